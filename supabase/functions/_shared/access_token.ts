/**
 * Access tokens (RFC 9068): what is in them and how they are checked. Pure: keys and time are passed in.
 */
import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, jwtVerify } from "jose";
import { z } from "zod";
import { OAuthError } from "./oauth_error.ts";

export const ACCESS_TOKEN_TYPE = "at+jwt";
export const ACCESS_TOKEN_ALGORITHM = "ES256";

/** Claims of an access token (RFC 9068 §2.2). `aud` is one string: a token is good at one place only. */
const claims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  client_id: z.string(),
  scope: z.string(),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
});
export type AccessTokenClaims = z.infer<typeof claims>;

export interface ExpectedAccessToken {
  readonly issuer: string;
  /** The one audience that is accepted: this resource's identifier. Null where any single one will do. */
  readonly resource: string | null;
  readonly keys: JSONWebKeySet;
  readonly now: Date;
}

/**
 * Checks signature, type, issuer, audience and times (RFC 9068 §4). Whether the token was revoked is the caller's next
 * question: only the database knows.
 *
 * @throws OAuthError `invalid_token` with the private reason.
 */
export async function verifyAccessToken(
  token: string,
  expected: ExpectedAccessToken,
): Promise<AccessTokenClaims> {
  const payload = await verifiedPayload(token, expected);
  // jose asks whether our audience is among the token's; one of several is not enough (RFC 8707 §2).
  const parsed = claims.safeParse(payload);
  if (!parsed.success) throw invalidToken("claims_malformed");
  return parsed.data;
}

/**
 * The `jti` that a token claims to have, before anything about it was checked: good for asking about it, for nothing else.
 *
 * @throws OAuthError `invalid_token` when it cannot be one of ours.
 */
export function unverifiedJti(token: string): string {
  try {
    const { jti } = decodeJwt(token);
    if (typeof jti === "string" && /^[A-Za-z0-9_-]{22}$/.test(jti)) return jti;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
  }
  throw invalidToken("token_malformed");
}

async function verifiedPayload(token: string, expected: ExpectedAccessToken): Promise<unknown> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(expected.keys), {
      algorithms: [ACCESS_TOKEN_ALGORITHM],
      typ: ACCESS_TOKEN_TYPE,
      issuer: expected.issuer,
      ...(expected.resource === null ? {} : { audience: expected.resource }),
      currentDate: expected.now,
      requiredClaims: ["exp", "iat", "jti", "sub"],
    });
    return payload;
  } catch (error) {
    // Never the cause: jose keeps the token's payload in it.
    if (error instanceof errors.JOSEError) throw invalidToken(error.code.toLowerCase());
    throw error;
  }
}

/** The refusal of an access token: one text for every cause (RFC 6750 §3.1). */
export function invalidToken(reason: string): OAuthError {
  return new OAuthError(
    "invalid_token",
    "The access token is expired, revoked or not for this resource.",
    reason,
  );
}
