/**
 * A redirect that may be performed: holding one proves that the client is known and that the URI is one of its own.
 * Errors travel in it only after that (RFC 6749 §4.1.2.1, RFC 9207 §2).
 */
import { isLoopback } from "../../_shared/public_urls.ts";
import { describeRedirectHost } from "../clients/redirect_uri.ts";

declare const validated: unique symbol;

export interface ValidatedRedirect {
  readonly [validated]: true;
  readonly uri: string;
  /** The registered entry that matched. */
  readonly registered: string;
  /** The client's `state`, to be returned unchanged. */
  readonly state: string | null;
  /** Whether a refusal may go there without the person's act (RFC 9700 §4.11.2). */
  readonly trusted: boolean;
  readonly host: string;
}

/** Made by `check_redirect_uri.ts` after the match, and by `continue.ts` from a request that was recorded after it. */
export function validatedRedirect(
  uri: string,
  registered: string,
  state: string | null,
  clientIsVerified: boolean,
): ValidatedRedirect {
  const trusted = clientIsVerified || isLoopback(uri);
  return { uri, registered, state, trusted, host: describeRedirectHost(uri) } as ValidatedRedirect;
}

/** The URI with these parameters, `state` and `iss` added to whatever query it has (RFC 6749 §3.1.2). */
export function redirectUrl(
  redirect: ValidatedRedirect,
  issuer: string,
  parameters: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams(parameters);
  if (redirect.state !== null) query.set("state", redirect.state);
  query.set("iss", issuer);
  return `${redirect.uri}${redirect.uri.includes("?") ? "&" : "?"}${query}`;
}
