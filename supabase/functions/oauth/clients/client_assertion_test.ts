/** `private_key_jwt`: one assertion in which everything is right, and every one in which a single thing is wrong. */
import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { sha256 } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { type ClientKey, newClientKey } from "../testing/client_key.ts";
import { addClient, createTestServer } from "../testing/test_server.ts";
import { authenticateClient } from "./authenticate_client.ts";
import { ASSERTION_TYPE } from "./client_assertion.ts";

const ISSUER = "https://auth.example";
const TOKEN_ENDPOINT = `${ISSUER}/oauth/token`;
const KEYS = "https://client.example/keys.json";
const ID = "client_signing";
const key = await newClientKey();

function setUp(keys: { own?: readonly ClientKey[]; published?: readonly ClientKey[] } = { own: [key] }) {
  const server = createTestServer();
  const { deps } = server;
  addClient(server, {
    id: ID,
    tokenEndpointAuthMethod: "private_key_jwt",
    jwks: keys.own?.map(({ jwk }) => jwk) ?? null,
    jwksUri: keys.published === undefined ? null : KEYS,
  });
  const publish = (published: readonly ClientKey[], freshSeconds = 3600) =>
    deps.published.set(KEYS, { body: { keys: published.map(({ jwk }) => jwk) }, freshSeconds });
  if (keys.published !== undefined) publish(keys.published);
  const now = deps.now;
  const present: ClientKey["present"] = (id, audience, changes) =>
    key.present(id, audience, { now: now(), ...changes });
  const authenticate = (form: Record<string, string>, authorization?: string) =>
    authenticateClient(authorization, new Map(Object.entries(form)), deps);
  return { server, deps, publish, present, authenticate };
}

async function assertRefused(attempt: Promise<unknown>, reason: string, code = "invalid_client") {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof OAuthError, String(error));
    assert.deepEqual([error.code, error.reason], [code, reason]);
    return true;
  });
}

Deno.test("an assertion proves its client, named by client_id or not, for the issuer or the token endpoint", async () => {
  const { deps, present, authenticate } = setUp();
  for (const audience of [ISSUER, TOKEN_ENDPOINT]) {
    for (const named of [{}, { client_id: ID }]) {
      const exp = Math.floor(deps.now().getTime() / 1000) + 60;
      const proved = await authenticate({
        ...named,
        ...await present(ID, audience, { claims: { jti: "a jti" } }),
      });
      assert.equal(proved.client.id, ID);
      assert.equal(proved.secretHash, null);
      assert.deepEqual(proved.assertion, {
        key: key.jwk,
        jtiHash: await sha256("a jti"),
        expiresAt: new Date((exp + 30) * 1000),
      });
    }
  }
});

Deno.test("an assertion may be signed by every algorithm that metadata names", async () => {
  for (const algorithm of ["ES256", "RS256", "EdDSA", "Ed25519"]) {
    const signing = await newClientKey(algorithm);
    const { deps, authenticate } = setUp({ own: [key, signing] });
    const form = await signing.present(ID, ISSUER, { now: deps.now() });
    assert.deepEqual((await authenticate(form)).assertion?.key, signing.jwk);
  }
});

const at = (seconds: number) => Date.parse("2026-11-21T00:00:00Z") / 1000 + seconds;

const wrong: readonly [what: string, claims: Record<string, unknown>, reason: string][] = [
  ["another issuer", { iss: "client_other" }, "assertion_err_jwt_claim_validation_failed"],
  ["no issuer", { iss: undefined }, "assertion_err_jwt_claim_validation_failed"],
  ["another subject", { sub: "client_public" }, "client_unknown"],
  ["no subject", { sub: undefined }, "assertion_sub"],
  ["a subject that is no text", { sub: 1 }, "assertion_sub"],
  ["an endless subject", { sub: "x".repeat(501) }, "assertion_sub"],
  ["a subject with NUL", { sub: "a\0" }, "assertion_sub"],
  ["another server's audience", { aud: "https://other.example" }, "assertion_aud"],
  ["the issuer with a slash", { aud: `${ISSUER}/` }, "assertion_aud"],
  ["a list of audiences", { aud: [ISSUER, "https://other.example"] }, "assertion_aud"],
  ["a list of one", { aud: [ISSUER] }, "assertion_aud"],
  ["no audience", { aud: undefined }, "assertion_err_jwt_claim_validation_failed"],
  ["no expiry", { exp: undefined }, "assertion_err_jwt_claim_validation_failed"],
  ["an expiry that is no number", { exp: "soon" }, "assertion_err_jwt_claim_validation_failed"],
  ["an expiry that has passed", { exp: at(-31) }, "assertion_err_jwt_expired"],
  ["an expiry in an hour", { exp: at(3600) }, "assertion_exp_too_far"],
  ["an expiry a second too far", { exp: at(631) }, "assertion_exp_too_far"],
  ["a time before which it is void", { nbf: at(31) }, "assertion_err_jwt_claim_validation_failed"],
  ["no jti", { jti: undefined }, "assertion_err_jwt_claim_validation_failed"],
  ["an empty jti", { jti: "" }, "assertion_jti"],
  ["a jti that is no text", { jti: 7 }, "assertion_jti"],
];
for (const [what, claims, reason] of wrong) {
  Deno.test(`an assertion is refused with ${reason}: ${what}`, async () => {
    const { present, authenticate } = setUp();
    await assertRefused(authenticate(await present(ID, ISSUER, { claims })), reason);
  });
}

Deno.test("an assertion allows for a clock that is half a minute off", async () => {
  const { present, authenticate } = setUp();
  for (const claims of [{ exp: at(-29) }, { exp: at(630) }, { nbf: at(29) }]) {
    await authenticate(await present(ID, ISSUER, { claims }));
  }
});

Deno.test("an assertion is refused by any other key, algorithm or kid than the client's", async () => {
  const { deps, present, authenticate } = setUp({ own: [key, await newClientKey("ES256", "2")] });
  const stranger = await newClientKey("ES256", "1");
  const now = deps.now();
  await assertRefused(authenticate(await stranger.present(ID, ISSUER, { now })), "assertion_signature");
  await assertRefused(
    authenticate(await present(ID, ISSUER, { header: { kid: "2" } })),
    "assertion_signature",
  );
  await assertRefused(
    authenticate(await present(ID, ISSUER, { header: { kid: "3" } })),
    "assertion_key_unknown",
  );
  const rsa = await newClientKey("RS256", "1");
  await assertRefused(authenticate(await rsa.present(ID, ISSUER, { now })), "assertion_key_unknown");
});

Deno.test("an assertion is refused unsigned and under a shared secret, even the public key itself", async () => {
  const { authenticate } = setUp();
  const encode = (part: object) => btoa(JSON.stringify(part)).replaceAll("=", "");
  const claims = { iss: ID, sub: ID, aud: ISSUER, exp: at(60), jti: "x" };
  for (const alg of ["none", "NONE", ""]) {
    const unsigned = `${encode({ alg })}.${encode(claims)}.`;
    const form = { client_assertion_type: ASSERTION_TYPE, client_assertion: unsigned };
    await assertRefused(authenticate(form), "assertion_alg");
  }
  const secret = new TextEncoder().encode(JSON.stringify(key.jwk));
  const shared = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "1" }).sign(secret);
  const form = { client_assertion_type: ASSERTION_TYPE, client_assertion: shared };
  await assertRefused(authenticate(form), "assertion_alg");
});

Deno.test("an assertion is refused when it is none, too long, of another type, or beside another proof", async () => {
  const { present, authenticate } = setUp();
  const good = await present(ID, ISSUER);
  const { client_assertion, client_assertion_type } = good;
  for (
    const bad of ["x", "a.b.c", "....", client_assertion.slice(0, -2), client_assertion.replace(".", "!.")]
  ) {
    await assert.rejects(authenticate({ ...good, client_assertion: bad }), OAuthError);
  }
  await assertRefused(authenticate({ ...good, client_assertion: "x".repeat(5001) }), "assertion_too_long");
  await assertRefused(authenticate({ client_id: ID, client_assertion }), "assertion_type");
  await assertRefused(authenticate({ client_id: ID, client_assertion_type }), "assertion_type");
  await assertRefused(
    authenticate({
      ...good,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
    }),
    "assertion_type",
  );
  await assertRefused(authenticate({ ...good, client_id: "client_public" }), "assertion_of_another_client");
  await assertRefused(authenticate({ ...good, client_secret: "x" }), "two_auth_methods", "invalid_request");
  await assertRefused(authenticate(good, `Basic ${btoa("a:b")}`), "two_auth_methods", "invalid_request");
});

Deno.test("a client with a key gets nothing without it, and one without a key nothing with one", async () => {
  const { server, present, authenticate } = setUp();
  await assertRefused(authenticate({ client_id: ID }), "auth_method_not_registered");
  await assertRefused(authenticate({ client_id: ID, client_secret: "x" }), "auth_method_not_registered");
  addClient(server);
  await assertRefused(authenticate(await present("client_public", ISSUER)), "auth_method_not_registered");
  await assertRefused(authenticate(await present("client_nobody", ISSUER)), "client_unknown");
});

Deno.test("keys at a URL are read once, kept while fresh, and read again for a kid that is not among them", async () => {
  const { deps, publish, present, authenticate } = setUp({ published: [key] });
  const next = await newClientKey("ES256", "2");
  const authenticateNext = async () => authenticate(await next.present(ID, ISSUER, { now: deps.now() }));
  await authenticate(await present(ID, ISSUER));
  await authenticate(await present(ID, ISSUER));
  assert.deepEqual(deps.fetched, [KEYS]);

  publish([key, next]);
  await assertRefused(authenticateNext(), "assertion_key_unknown");
  assert.equal(deps.fetched.length, 1, "not within a minute");
  deps.clock.elapse(61);
  assert.deepEqual((await authenticateNext()).assertion?.key, next.jwk);
  assert.equal(deps.fetched.length, 2);

  deps.clock.elapse(3601);
  publish([next]);
  await assertRefused(authenticate(await present(ID, ISSUER)), "assertion_key_unknown");
  assert.equal(deps.fetched.length, 3, "no longer fresh: a key that is gone is gone");
});

Deno.test("keys that cannot be read again are used for a day; without any, the client is asked to try again", async () => {
  const { deps, publish, present, authenticate } = setUp({ published: [key] });
  const unreadable = ["client_keys_unreadable", "temporarily_unavailable"] as const;
  deps.published.clear();
  await assertRefused(authenticate(await present(ID, ISSUER)), ...unreadable);
  publish([key]);
  await assertRefused(authenticate(await present(ID, ISSUER)), ...unreadable);
  assert.equal(deps.fetched.length, 1, "not within ten seconds");
  deps.clock.elapse(11);
  await authenticate(await present(ID, ISSUER));
  deps.published.set(KEYS, { body: { keys: [] } });
  deps.clock.elapse(86_380);
  await authenticate(await present(ID, ISSUER));
  await authenticate(await present(ID, ISSUER));
  assert.equal(deps.fetched.length, 3, "only one request waits for what cannot be read");
  deps.clock.elapse(30);
  await assertRefused(authenticate(await present(ID, ISSUER)), ...unreadable);
});

const DOCUMENT = "https://app.example/client.json";
const described = (proof: Record<string, unknown>) => ({
  client_id: DOCUMENT,
  client_name: "An app",
  redirect_uris: ["https://app.example/callback"],
  ...proof,
});

Deno.test("a document's client that has moved from none to a key may use it once its kept copy is stale", async () => {
  const { deps, present, authenticate } = setUp();
  const publish = (proof: Record<string, unknown>) =>
    deps.published.set(DOCUMENT, { body: described(proof) });
  const { name, redirectUris, grantTypes, ...none } = {
    name: "An app",
    redirectUris: ["https://app.example/callback"],
    grantTypes: ["authorization_code"],
    tokenEndpointAuthMethod: "none" as const,
    jwks: null,
    jwksUri: null,
  };
  await deps.store.recordClientDocument({
    id: DOCUMENT,
    name,
    redirectUris,
    grantTypes,
    ...none,
    freshSeconds: 60,
  });
  publish({ token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [key.jwk] } });
  await assertRefused(authenticate(await present(DOCUMENT, ISSUER)), "auth_method_not_registered");
  assert.deepEqual(deps.fetched, [], "the kept copy is fresh");
  deps.clock.elapse(61);
  assert.equal((await authenticate({ client_id: DOCUMENT })).assertion, null, "none, as the kept copy says");
  assert.deepEqual((await authenticate(await present(DOCUMENT, ISSUER))).assertion?.key, key.jwk);
  await assertRefused(authenticate({ client_id: DOCUMENT }), "auth_method_not_registered");
  publish({});
  deps.clock.elapse(4000);
  await authenticate(await present(DOCUMENT, ISSUER));
  assert.equal(deps.fetched.length, 1, "from a key to none only at authorize");
});
