/** The refusal of whoever has asked enough for this hour (RFC 6585 §4). */
import { OAuthError } from "../../_shared/oauth_error.ts";

/** One text for every limit: which one it was is for the log. */
export function tooManyRequests(
  { retryAfterSeconds }: { readonly retryAfterSeconds: number },
  reason: string,
): OAuthError {
  return new OAuthError(
    "too_many_requests",
    "Too many requests in this hour. Try again later.",
    reason,
    { retryAfterSeconds },
  );
}
