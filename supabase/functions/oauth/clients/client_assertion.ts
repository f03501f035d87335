/**
 * Client assertions: `private_key_jwt` (RFC 7521 §4.2, RFC 7523 §2.2 and §3). A JWT that the client signed for this
 * server, good for minutes and for one request: the database spends its `jti` in the transaction that it is for.
 */
import { decodeJwt, decodeProtectedHeader, errors, type JWK, type JWTPayload, jwtVerify } from "jose";
import { sha256 } from "../../_shared/encoding.ts";
import { isPlainText } from "../../_shared/plain_text.ts";
import { invalidClient } from "./invalid_client.ts";
import type { Client, Deps, SpentAssertion } from "../deps.ts";
import { ASSERTION_ALGORITHMS } from "./auth_methods.ts";
import { currentClientKeys } from "./client_key_set.ts";
import { keysForHeader } from "./client_keys.ts";

/** The only value of `client_assertion_type` (RFC 7523 §2.2). */
export const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const MOST_CHARACTERS = 5000;
/** How far ahead an assertion may expire: what is spent must be remembered for so long. */
const MOST_LIFETIME_SECONDS = 600;
/** How far a client's clock may be off. */
const LEEWAY_SECONDS = 30;

/**
 * Whom an assertion names, before anything about it was checked (RFC 7523 §3: `sub` is the client).
 *
 * @throws OAuthError `invalid_client`.
 */
export function assertedClientId(assertion: string): string {
  if (assertion.length > MOST_CHARACTERS) throw invalidClient("assertion_too_long");
  const { sub } = decoded(() => decodeJwt(assertion));
  if (typeof sub !== "string" || sub === "" || sub.length > 500 || !isPlainText(sub)) {
    throw invalidClient("assertion_sub");
  }
  return sub;
}

/**
 * Proves that this client signed this assertion for this server.
 *
 * @throws OAuthError `invalid_client` for whatever is wrong with it, `temporarily_unavailable` when the client's keys
 * cannot be read.
 */
export async function verifyClientAssertion(
  assertion: string,
  client: Client,
  deps: Pick<Deps, "store" | "documents" | "urls" | "now">,
): Promise<SpentAssertion> {
  const { alg, kid } = decoded(() => decodeProtectedHeader(assertion));
  if (!ASSERTION_ALGORITHMS.some((known) => known === alg)) throw invalidClient("assertion_alg");
  const header = { alg, kid };
  const keys = keysForHeader(await currentClientKeys(client, header, deps), header);
  const now = deps.now();
  for (const key of keys) {
    const claims = await claimsUnder(key, assertion, client.id, now);
    if (claims !== null) return await spendable(key, claims, now, [deps.urls.issuer, deps.urls.token]);
  }
  throw invalidClient(keys.length === 0 ? "assertion_key_unknown" : "assertion_signature");
}

/** The claims, or null when this key did not sign them. */
async function claimsUnder(
  key: JWK,
  assertion: string,
  clientId: string,
  now: Date,
): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(assertion, key, {
      algorithms: [...ASSERTION_ALGORITHMS],
      issuer: clientId,
      subject: clientId,
      currentDate: now,
      clockTolerance: LEEWAY_SECONDS,
      requiredClaims: ["aud", "exp", "jti"],
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return null;
    // Never the cause: jose keeps the payload in it. What is no JOSE error is a key that WebCrypto cannot import.
    throw invalidClient(
      error instanceof errors.JOSEError ? `assertion_${error.code.toLowerCase()}` : "assertion_key",
    );
  }
}

async function spendable(
  key: JWK,
  { aud, exp = 0, jti }: JWTPayload,
  now: Date,
  audiences: readonly string[],
): Promise<SpentAssertion> {
  // One string: an assertion for several servers could be replayed by one of them at another. The token endpoint's URL
  // is accepted beside the issuer for as long as clients in the field send it (ADR 0016).
  if (typeof aud !== "string" || !audiences.includes(aud)) throw invalidClient("assertion_aud");
  if (typeof jti !== "string" || jti === "") throw invalidClient("assertion_jti");
  if (exp - now.getTime() / 1000 > MOST_LIFETIME_SECONDS + LEEWAY_SECONDS) {
    throw invalidClient("assertion_exp_too_far");
  }
  return { key, jtiHash: await sha256(jti), expiresAt: new Date((exp + LEEWAY_SECONDS) * 1000) };
}

function decoded<Value>(decode: () => Value): Value {
  try {
    return decode();
  } catch {
    throw invalidClient("assertion_malformed");
  }
}
