/**
 * The token that registration needs where REGISTRATION=token (initial access token, RFC 7591 §3): presented as Bearer
 * (RFC 6750 §2.1), in the header only. Which are good, and for how many clients, is decided by `oauth.create_client`.
 */
import { type Bytes, sha256 } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";

/** What `oauth.create_registration_token` makes: what does not fit is not looked up. */
const REGISTRATION_TOKEN = /^registration_[A-Za-z0-9_-]{43}$/;
/** Reason of the refusal of a request without any. */
export const REGISTRATION_TOKEN_MISSING = "registration_token_missing";

/**
 * The hash of the registration token in this `Authorization` header.
 *
 * @throws OAuthError `invalid_token` when there is none, or none that could be ours.
 */
export async function hashRegistrationToken(authorization: string | null): Promise<Bytes> {
  const [, scheme = "", credentials = ""] = /^([^ ]*) *(.*)$/.exec(authorization ?? "") ?? [];
  if (scheme.toLowerCase() !== "bearer") {
    throw new OAuthError(
      "invalid_token",
      "Registering a client here needs a registration token.",
      REGISTRATION_TOKEN_MISSING,
    );
  }
  if (!REGISTRATION_TOKEN.test(credentials)) throw invalidRegistrationToken("malformed");
  return await sha256(credentials);
}

/** The refusal of a registration token: one text for every cause. */
export function invalidRegistrationToken(cause: string): OAuthError {
  return new OAuthError(
    "invalid_token",
    "The registration token is unknown, expired, revoked or used up.",
    `registration_token_${cause}`,
  );
}
