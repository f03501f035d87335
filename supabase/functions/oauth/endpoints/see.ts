/** Redirects by 303: whatever brought the browser here, it goes on with GET and without a body (RFC 9700 §4.12). */
import { SAFE_HEADERS } from "../../_shared/http/respond.ts";

/** A redirect of the browser to this absolute URL. */
export function see(location: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { ...SAFE_HEADERS, Location: location, ...headers } });
}
