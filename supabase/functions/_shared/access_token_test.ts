import assert from "node:assert/strict";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { type ExpectedAccessToken, verifyAccessToken } from "./access_token.ts";
import { fromBase64Url, toBase64Url, utf8 } from "./encoding.ts";
import { OAuthError } from "./oauth_error.ts";

const ISSUER = "https://auth.example";
const RESOURCE = "https://auth.example/mcp";
const NOW = new Date("2026-11-21T00:00:00Z");
const SECONDS = NOW.getTime() / 1000;

const ours = await generateKeyPair("ES256", { extractable: true });
const foreign = await generateKeyPair("ES256", { extractable: true });
const publicJwk: JWK = { ...await exportJWK(ours.publicKey), kid: "one", alg: "ES256", use: "sig" };
const otherJwk: JWK = {
  ...await exportJWK((await generateKeyPair("ES256", { extractable: true })).publicKey),
  kid: "other",
  alg: "ES256",
  use: "sig",
};

const expected: ExpectedAccessToken = {
  issuer: ISSUER,
  resource: RESOURCE,
  keys: { keys: [otherJwk, publicJwk] },
  now: NOW,
};

const CLAIMS = {
  iss: ISSUER,
  sub: "person",
  aud: RESOURCE as string | string[],
  client_id: "client",
  scope: "product:read",
  jti: "jti",
  iat: SECONDS,
  exp: SECONDS + 900,
};

interface Forged {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly key?: CryptoKey | Uint8Array;
}

function sign({ claims = {}, header = {}, key = ours.privateKey }: Forged = {}): Promise<string> {
  const payload = Object.fromEntries(
    Object.entries({ ...CLAIMS, ...claims }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "one", ...header })
    .sign(key);
}

async function assertInvalid(token: string, reason: string, overrides: Partial<ExpectedAccessToken> = {}) {
  await assert.rejects(verifyAccessToken(token, { ...expected, ...overrides }), (error) => {
    assert.ok(error instanceof OAuthError);
    assert.equal(error.code, "invalid_token");
    assert.equal(error.description, "The access token is expired, revoked or not for this resource.");
    assert.equal(error.reason, reason);
    // jose keeps the payload in its errors.
    assert.equal(error.cause, undefined);
    return true;
  });
}

const encodeJson = (value: unknown) => toBase64Url(utf8(JSON.stringify(value)));

Deno.test("verifyAccessToken answers the claims of a good token", async () => {
  assert.deepEqual(await verifyAccessToken(await sign(), expected), CLAIMS);
});

Deno.test("verifyAccessToken refuses alg none, with and without a signature", async () => {
  const header = encodeJson({ alg: "none", typ: "at+jwt", kid: "one" });
  const [, payload, signature] = (await sign()).split(".");
  await assertInvalid(`${header}.${payload}.`, "err_jose_alg_not_allowed");
  await assertInvalid(`${header}.${payload}.${signature}`, "err_jose_alg_not_allowed");
});

Deno.test("verifyAccessToken refuses HS256 made with the public key", async () => {
  const asSecret = utf8(JSON.stringify(publicJwk));
  await assertInvalid(await sign({ header: { alg: "HS256" }, key: asSecret }), "err_jose_alg_not_allowed");
});

Deno.test("verifyAccessToken refuses another type of token", async () => {
  for (const typ of ["JWT", "id+jwt", "dpop+jwt", "logout+jwt", undefined]) {
    await assertInvalid(await sign({ header: { typ } }), "err_jwt_claim_validation_failed");
  }
});

Deno.test("verifyAccessToken refuses every audience but exactly ours", async () => {
  for (
    const aud of ["https://other.example/mcp", `${RESOURCE}/`, RESOURCE.toUpperCase(), "authenticated", []]
  ) {
    await assertInvalid(await sign({ claims: { aud } }), "err_jwt_claim_validation_failed");
  }
  await assertInvalid(
    await sign({ claims: { aud: [RESOURCE, "https://other.example"] } }),
    "claims_malformed",
  );
  await assertInvalid(await sign({ claims: { aud: [RESOURCE] } }), "claims_malformed");
  await assertInvalid(await sign({ claims: { aud: undefined } }), "err_jwt_claim_validation_failed");
});

Deno.test("verifyAccessToken refuses every issuer but ours, byte for byte", async () => {
  for (const iss of [`${ISSUER}/`, "https://AUTH.example", "https://evil.example", undefined]) {
    await assertInvalid(await sign({ claims: { iss } }), "err_jwt_claim_validation_failed");
  }
});

Deno.test("verifyAccessToken refuses an expired token at its last second, and one that is not yet valid", async () => {
  await assertInvalid(await sign({ claims: { exp: SECONDS } }), "err_jwt_expired");
  await assertInvalid(await sign({ claims: { exp: SECONDS - 1 } }), "err_jwt_expired");
  await verifyAccessToken(await sign({ claims: { exp: SECONDS + 1 } }), expected);
  await assertInvalid(await sign({ claims: { nbf: SECONDS + 60 } }), "err_jwt_claim_validation_failed");
});

Deno.test("verifyAccessToken refuses a token without one of its claims", async () => {
  for (const name of ["sub", "jti", "iat", "exp"]) {
    await assertInvalid(await sign({ claims: { [name]: undefined } }), "err_jwt_claim_validation_failed");
  }
  for (const name of ["client_id", "scope"]) {
    await assertInvalid(await sign({ claims: { [name]: undefined } }), "claims_malformed");
  }
  await assertInvalid(await sign({ claims: { scope: ["product:read"] } }), "claims_malformed");
});

Deno.test("verifyAccessToken refuses a foreign key under our kid, another of our keys, and an unknown kid", async () => {
  await assertInvalid(await sign({ key: foreign.privateKey }), "err_jws_signature_verification_failed");
  await assertInvalid(await sign({ header: { kid: "other" } }), "err_jws_signature_verification_failed");
  await assertInvalid(await sign({ header: { kid: "unknown" } }), "err_jwks_no_matching_key");
  await assertInvalid(await sign(), "err_jwks_no_matching_key", { keys: { keys: [] } });
});

Deno.test("verifyAccessToken ignores a key that the token brings along", async () => {
  const jwk = await exportJWK(foreign.publicKey);
  const token = await sign({ key: foreign.privateKey, header: { jwk } });
  await assertInvalid(token, "err_jws_signature_verification_failed");
});

Deno.test("verifyAccessToken refuses a token altered in any part", async () => {
  const [header = "", , signature = ""] = (await sign()).split(".");
  const more = encodeJson({ ...CLAIMS, scope: "product:read product:write" });
  await assertInvalid(`${header}.${more}.${signature}`, "err_jws_signature_verification_failed");
  const bytes = fromBase64Url(signature) ?? new Uint8Array();
  const payload = encodeJson(CLAIMS);
  for (const index of [0, 31, 32, 63]) {
    const altered = bytes.slice();
    altered[index] = (altered[index] ?? 0) ^ 1;
    await assertInvalid(
      `${header}.${payload}.${toBase64Url(altered)}`,
      "err_jws_signature_verification_failed",
    );
  }
});

Deno.test("verifyAccessToken refuses a truncated token and what is none", async () => {
  const token = await sign();
  for (let length = 0; length < token.length; length += 7) {
    await assert.rejects(
      verifyAccessToken(token.slice(0, length), expected),
      (error) => error instanceof OAuthError && error.code === "invalid_token",
    );
  }
  for (const text of ["", ".", "..", "...", "a.b.c", "opaque", "\0", "あ.い.う", `${token}.x`, ` ${token}`]) {
    await assert.rejects(
      verifyAccessToken(text, expected),
      (error) => error instanceof OAuthError && error.code === "invalid_token",
      JSON.stringify(text),
    );
  }
});
