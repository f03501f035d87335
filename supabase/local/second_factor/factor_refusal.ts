/** Refusals of second factors, with codes and statuses of Supabase Auth. The texts are fixed. */

const REFUSALS = {
  malformed: [400, "validation_failed", "The request is not what this endpoint takes"],
  nothing_here: [404, "validation_failed", "There is nothing here"],
  factor_not_found: [404, "mfa_factor_not_found", "Factor not found"],
  too_many: [429, "over_request_rate_limit", "Too many attempts. Wait five minutes, then try again."],
  too_many_factors: [
    422,
    "too_many_enrolled_mfa_factors",
    "Maximum number of factors reached. Unenroll one first.",
  ],
  name_taken: [422, "mfa_factor_name_conflict", "A factor with this name exists already"],
  challenge_expired: [422, "mfa_challenge_expired", "The challenge is over: create another"],
  wrong_code: [422, "mfa_verification_failed", "Invalid TOTP code entered"],
  insufficient_aal: [403, "insufficient_aal", "AAL2 session is required"],
} as const;

/** The refusal as an answer. */
export function factorRefusal(refusal: keyof typeof REFUSALS): Response {
  const [status, code, msg] = REFUSALS[refusal];
  const headers = new Headers({ "Cache-Control": "no-store", "X-Sb-Error-Code": code });
  if (status === 429) headers.set("Retry-After", "300");
  return Response.json({ code: status, error_code: code, msg }, { status, headers });
}
