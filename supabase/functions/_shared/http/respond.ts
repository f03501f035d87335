/**
 * Answers: JSON with the headers that every answer of ours carries, and the rendering of refusals as JSON.
 */
import { errorBody, type OAuthError } from "../oauth_error.ts";

/** Seconds that a client is asked to wait when something cannot be reached. */
const UNAVAILABLE_SECONDS = 5;

/** Headers of every answer of a function: nothing is stored, sniffed, framed or referred. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  Pragma: "no-cache",
  "Content-Security-Policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** A JSON answer. Later headers win over the safe ones. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...SAFE_HEADERS, "Content-Type": "application/json", ...headers },
  });
}

/** An answer that says only that it was done. */
export function noContent(): Response {
  return new Response(null, { status: 204, headers: SAFE_HEADERS });
}

/** A refusal as JSON (RFC 6749 §5.2). */
export function errorResponse(error: OAuthError, headers: Readonly<Record<string, string>> = {}): Response {
  return json(errorBody(error), error.status, { ...retryAfter(error), ...headers });
}

/** The header that says when to try again, where that helps (RFC 6585 §4, RFC 9110 §10.2.3). */
export function retryAfter(error: OAuthError): Record<string, string> {
  const seconds = error.retryAfterSeconds ?? (error.status === 503 ? UNAVAILABLE_SECONDS : undefined);
  return seconds === undefined ? {} : { "Retry-After": String(seconds) };
}
