/**
 * Refusals in the shapes of Supabase Auth: JSON for a request that is wrong, parameters in the address of a page for a
 * person on the way back. Every text is fixed: nothing that a provider or an address says is passed on.
 */

/** `error`, `error_code` and `error_description` of each, as Supabase Auth names them. */
const RETURNED = {
  state: ["invalid_request", "bad_oauth_state", "OAuth state not found or expired"],
  denied: ["access_denied", "access_denied", "The sign-in was not finished at the provider"],
  provider: ["server_error", "unexpected_failure", "Unable to exchange external code"],
  no_verified_email: [
    "access_denied",
    "provider_email_needs_verification",
    "The provider names no verified email address",
  ],
  banned: ["access_denied", "user_banned", "User is banned"],
} as const;

export type ReturnedRefusal = keyof typeof RETURNED;

/** The page's address with the refusal in it. */
export function withRefusal(page: string, refusal: ReturnedRefusal): string {
  const [error, code, description] = RETURNED[refusal];
  const url = new URL(page);
  url.searchParams.set("error", error);
  url.searchParams.set("error_code", code);
  url.searchParams.set("error_description", description);
  return url.href;
}

const ANSWERED = {
  provider_disabled: [400, "validation_failed", "Unsupported provider: provider is not enabled"],
  pkce_required: [
    400,
    "validation_failed",
    "PKCE flow requires code_challenge_method s256 and code_challenge",
  ],
  malformed: [400, "validation_failed", "A parameter is missing, repeated or too long"],
  provider_unreachable: [503, "unexpected_failure", "The provider could not be reached. Try again."],
} as const;

export type AnsweredRefusal = keyof typeof ANSWERED;

/** The refusal as an answer to a request that leads nowhere. */
export function refusalResponse(refusal: AnsweredRefusal): Response {
  const [status, code, msg] = ANSWERED[refusal];
  const headers = new Headers({ "Cache-Control": "no-store", "X-Sb-Error-Code": code });
  if (status === 503) headers.set("Retry-After", "5");
  return Response.json({ code: status, error_code: code, msg }, { status, headers });
}
