/** The authorization_code grant over the endpoint. Which refusal consumes what is the store contract's. */
import assert from "node:assert/strict";
import { verifyAccessToken } from "../../_shared/access_token.ts";
import { createApp } from "../app.ts";
import { assertRefused, assertSafeHeaders, CANARY, type Refusal } from "../testing/assert_refused.ts";
import { ALICE } from "../testing/test_deps.ts";
import {
  addClient,
  type Changes,
  codeForm,
  createTestServer,
  LOOPBACK,
  obtainCode,
  postToken,
  VERIFIER,
} from "../testing/test_server.ts";

const RESOURCE = "https://auth.example/mcp";

function setUp() {
  const server = createTestServer();
  addClient(server);
  addClient(server, { id: "client_other" });
  addClient(server, { id: "client_without_refresh", grantTypes: ["authorization_code"] });
  return server;
}

const invalidGrant = (reason: string): Refusal => ({
  status: 400,
  code: "invalid_grant",
  description: "The authorization code is invalid, expired or used, or does not belong to this request.",
  reason: `code_${reason}`,
});
const missing = (name: string, reason: string): Refusal => ({
  status: 400,
  code: "invalid_request",
  description: `The ${name} parameter is missing.`,
  reason,
});
const TARGET: Refusal = {
  status: 400,
  code: "invalid_target",
  description: "The resource is unknown, or not the one that was authorized.",
  reason: "resource_mismatch",
};

Deno.test("authorization_code answers a token that verifies, with scope, lifetime and refresh token", async () => {
  const server = setUp();
  const response = await postToken(server, codeForm(await obtainCode(server)));
  assert.equal(response.status, 200);
  assertSafeHeaders(response);
  const { access_token, refresh_token, ...rest } = await response.json();
  assert.deepEqual(rest, { token_type: "Bearer", expires_in: 900, scope: "product:read product:write" });
  assert.match(refresh_token, /^[A-Za-z0-9_-]{43}$/);
  const claims = await verifyAccessToken(access_token, {
    issuer: "https://auth.example",
    resource: RESOURCE,
    keys: { keys: [...await server.deps.signer.publicKeys()] },
    now: server.deps.now(),
  });
  const { jti, iat, exp, ...others } = claims;
  assert.deepEqual(others, {
    iss: "https://auth.example",
    sub: ALICE.id,
    aud: RESOURCE,
    client_id: "client_public",
    scope: "product:read product:write",
  });
  assert.ok(server.deps.memory.tables.accessTokens.has(jti));
  assert.equal(exp - iat, 900);
  assert.equal(iat, server.deps.now().getTime() / 1000);
});

Deno.test("authorization_code gives no refresh token to a client that may not use one", async () => {
  const server = setUp();
  const client_id = "client_without_refresh";
  const form = codeForm(await obtainCode(server, { client_id }));
  const answer = await (await postToken(server, { ...form, client_id })).json();
  assert.equal("refresh_token" in answer, false);
});

Deno.test("authorization_code accepts an absent redirect_uri and the resource in any tolerated form", async () => {
  for (
    const changes of [{ redirect_uri: undefined }, { resource: RESOURCE }, {
      resource: "HTTPS://Auth.Example/mcp/",
    }]
  ) {
    const server = setUp();
    const response = await postToken(server, { ...codeForm(await obtainCode(server)), ...changes });
    assert.equal(response.status, 200);
  }
});

const CASES: readonly (readonly [changes: Changes, refusal: Refusal])[] = [
  [{ code: undefined }, missing("code", "code_missing")],
  [{ code: "" }, missing("code", "code_missing")],
  [{ code_verifier: undefined }, missing("code_verifier", "verifier_missing")],
  [{ code_verifier: "" }, missing("code_verifier", "verifier_missing")],
  [{ code: CANARY }, invalidGrant("code_malformed")],
  [{ code: "a".repeat(43) }, invalidGrant("not_found")],
  [{ client_id: "client_other" }, invalidGrant("client_mismatch")],
  [{ redirect_uri: "http://127.0.0.1/callback" }, invalidGrant("redirect_uri_mismatch")],
  [{ redirect_uri: `${LOOPBACK}/` }, invalidGrant("redirect_uri_mismatch")],
  [{ redirect_uri: `https://${CANARY}.example/` }, invalidGrant("redirect_uri_mismatch")],
  [{ code_verifier: VERIFIER.slice(1) }, invalidGrant("verifier_malformed")],
  [{ code_verifier: "a".repeat(129) }, invalidGrant("verifier_malformed")],
  [{ code_verifier: `${VERIFIER}${CANARY}+` }, invalidGrant("verifier_malformed")],
  [{ code_verifier: `${VERIFIER}${CANARY}` }, invalidGrant("verifier_mismatch")],
  // The challenge is no verifier.
  [{ code_verifier: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" }, invalidGrant("verifier_mismatch")],
  [{ resource: CANARY }, TARGET],
  [{ resource: "https://auth.example" }, TARGET],
];

for (const [changes, refusal] of CASES) {
  Deno.test(`authorization_code refuses with ${refusal.reason} and consumes nothing: ${JSON.stringify(changes)}`, async () => {
    const server = setUp();
    const form = codeForm(await obtainCode(server));
    await assertRefused(server, await postToken(server, { ...form, ...changes }), refusal);
    assert.equal((await postToken(server, form)).status, 200);
  });
}

Deno.test("authorization_code refuses after 60 seconds", async () => {
  const server = setUp();
  const form = codeForm(await obtainCode(server));
  server.deps.clock.elapse(60);
  await assertRefused(server, await postToken(server, form), invalidGrant("expired"));
});

Deno.test("authorization_code refuses a person who was banned meanwhile", async () => {
  const server = setUp();
  const form = codeForm(await obtainCode(server));
  server.deps.memory.banPerson(ALICE.id, 600);
  await assertRefused(server, await postToken(server, form), invalidGrant("person_inactive"));
});

Deno.test("authorization_code refuses a double submit and leaves the first tokens alive; later it revokes them", async () => {
  const server = setUp();
  const form = codeForm(await obtainCode(server));
  const first = await (await postToken(server, form)).json();
  const [family] = server.deps.memory.tables.families.values();
  server.deps.clock.elapse(9);
  await assertRefused(server, await postToken(server, form), invalidGrant("replayed"));
  assert.equal(family?.revokedBecause, null);
  server.deps.clock.elapse(1);
  await assertRefused(server, await postToken(server, form), invalidGrant("replayed_and_revoked"));
  assert.equal(family?.revokedBecause, "authorization code replayed");
  const refresh = {
    grant_type: "refresh_token",
    client_id: "client_public",
    refresh_token: first.refresh_token,
  };
  assert.equal((await postToken(server, refresh)).status, 400);
  assert.equal(server.deps.logged.at(-1)?.fields["reason"], "refresh_token_revoked");
});

Deno.test("authorization_code refuses a client that changed behind the cache like one that is unknown", async () => {
  const server = setUp();
  const form = codeForm(await obtainCode(server));
  const { store } = server.deps;
  const stale = await store.findClient("client_public");
  server.deps.memory.changeClient("client_public", { blocked: true });
  const app = createApp({ ...server.deps, store: { ...store, findClient: () => Promise.resolve(stale) } });
  const response = await postToken(
    { ...server, request: async (...sent) => await app.request(...sent) },
    form,
  );
  await assertRefused(server, response, {
    status: 401,
    code: "invalid_client",
    description: "The client is unknown or could not be authenticated.",
    reason: "client_changed",
  });
});
