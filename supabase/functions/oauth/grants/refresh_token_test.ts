/** The refresh_token grant over the endpoint. Which refusal consumes what is the store contract's. */
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { createApp } from "../app.ts";
import { assertRefused, assertSafeHeaders, CANARY, type Refusal } from "../testing/assert_refused.ts";
import { ALICE } from "../testing/test_deps.ts";
import {
  addClient,
  type Changes,
  createTestServer,
  obtainTokens,
  postToken,
} from "../testing/test_server.ts";

async function setUp(settings = {}) {
  const server = createTestServer(settings);
  addClient(server);
  addClient(server, { id: "client_other" });
  const first = await obtainTokens(server);
  const refresh = (refresh_token: string, changes: Changes = {}) =>
    postToken(server, { grant_type: "refresh_token", client_id: "client_public", refresh_token, ...changes });
  const refreshed = async (refresh_token: string, changes: Changes = {}) => {
    const response = await refresh(refresh_token, changes);
    assert.equal(response.status, 200);
    assertSafeHeaders(response);
    return await response.json();
  };
  return { server, first, refresh, refreshed };
}

const invalidGrant = (reason: string): Refusal => ({
  status: 400,
  code: "invalid_grant",
  description: "The refresh token is invalid, expired, revoked or used, or was issued to another client.",
  reason: `refresh_token_${reason}`,
});
const invalidScope = (description: string, reason: string): Refusal => (
  { status: 400, code: "invalid_scope", description, reason }
);

Deno.test("refresh_token answers a new access token and the successor", async () => {
  const { first, refreshed } = await setUp();
  const { access_token, refresh_token, ...rest } = await refreshed(first.refresh_token);
  assert.deepEqual(rest, { token_type: "Bearer", expires_in: 900, scope: "product:read product:write" });
  assert.notEqual(refresh_token, first.refresh_token);
  const [before, after] = [decodeJwt(first.access_token), decodeJwt(access_token)];
  assert.notEqual(after.jti, before.jti);
  assert.deepEqual({ ...after, jti: "" }, { ...before, jti: "" });
});

Deno.test("refresh_token answers N simultaneous refreshes with one successor and N access tokens", async () => {
  const { server, first, refreshed } = await setUp();
  const answers = await Promise.all(Array.from({ length: 20 }, () => refreshed(first.refresh_token)));
  assert.equal(new Set(answers.map((answer) => answer.refresh_token)).size, 1);
  assert.equal(new Set(answers.map((answer) => answer.access_token)).size, 20);
  assert.equal(server.deps.memory.tables.refreshTokens.size, 2);
});

Deno.test("refresh_token gives a lost answer again inside the window", async () => {
  const { server, first, refreshed } = await setUp();
  const { refresh_token } = await refreshed(first.refresh_token);
  server.deps.clock.elapse(59);
  assert.equal((await refreshed(first.refresh_token)).refresh_token, refresh_token);
});

Deno.test("refresh_token revokes the family after the window, and says the same for ever", async () => {
  const { server, first, refresh, refreshed } = await setUp();
  const { refresh_token } = await refreshed(first.refresh_token);
  server.deps.clock.elapse(60);
  await assertRefused(server, await refresh(first.refresh_token), invalidGrant("reused"));
  await assertRefused(server, await refresh(first.refresh_token), invalidGrant("revoked"));
  await assertRefused(server, await refresh(refresh_token), invalidGrant("revoked"));
});

Deno.test("refresh_token revokes the family when the successor was used", async () => {
  const { server, first, refresh, refreshed } = await setUp();
  await refreshed((await refreshed(first.refresh_token)).refresh_token);
  await assertRefused(server, await refresh(first.refresh_token), invalidGrant("reused"));
});

Deno.test("refresh_token with a window of 0 revokes at the second presentation", async () => {
  const { server, first, refresh, refreshed } = await setUp({ refreshReplaySeconds: 0 });
  await refreshed(first.refresh_token);
  await assertRefused(server, await refresh(first.refresh_token), invalidGrant("reused"));
});

Deno.test("refresh_token stops answering after 100 replays", async () => {
  const { server, first, refresh, refreshed } = await setUp();
  for (let count = 0; count <= 100; count++) await refreshed(first.refresh_token);
  await assertRefused(server, await refresh(first.refresh_token), invalidGrant("replays_exhausted"));
});

Deno.test("refresh_token narrows one access token only", async () => {
  const { first, refreshed } = await setUp();
  const narrow = await refreshed(first.refresh_token, { scope: "product:read" });
  assert.equal(narrow.scope, "product:read");
  assert.equal(decodeJwt(narrow.access_token)["scope"], "product:read");
  assert.equal((await refreshed(narrow.refresh_token)).scope, "product:read product:write");
});

Deno.test("refresh_token gives a wildcard all that the family has of it, and refuses no client that repeats one", async () => {
  const { first, refreshed } = await setUp();
  for (const scope of ["product:*", "product:* order:*", "product:read product:*"]) {
    const { access_token } = await refreshed(first.refresh_token, { scope });
    assert.equal(decodeJwt(access_token)["scope"], "product:read product:write");
  }
});

Deno.test("refresh_token takes an empty scope and offline_access for no narrowing", async () => {
  for (const scope of ["", "offline_access"]) {
    const { first, refreshed } = await setUp();
    assert.equal((await refreshed(first.refresh_token, { scope })).scope, "product:read product:write");
  }
});

Deno.test("refresh_token accepts its resource in any tolerated form", async () => {
  for (const resource of ["https://auth.example/mcp", "HTTPS://AUTH.example/mcp/"]) {
    const { first, refreshed } = await setUp();
    await refreshed(first.refresh_token, { resource });
  }
});

const CASES: readonly (readonly [changes: Changes, refusal: Refusal])[] = [
  [
    { scope: "product:read product:delete" },
    invalidScope("The scope exceeds what was granted.", "scope_exceeded"),
  ],
  ...["order:*", "*", ":*", "prod*", "product:*:x", "product:* product:delete", "product:** product:read"]
    .map((
      scope,
    ) => [{ scope }, invalidScope("The scope exceeds what was granted.", "scope_exceeded")] as const),
  [{ scope: CANARY }, invalidScope("The scope exceeds what was granted.", "scope_exceeded")],
  [{ scope: `"${CANARY}"` }, invalidScope("The scope parameter is malformed.", "scope_malformed")],
  [{ scope: `${CANARY} `.repeat(200) }, invalidScope("The scope parameter is too long.", "scope_too_long")],
  [{ client_id: "client_other" }, invalidGrant("client_mismatch")],
  [{ refresh_token: CANARY }, invalidGrant("malformed")],
  [{ refresh_token: "a".repeat(43) }, invalidGrant("not_found")],
  [{ resource: CANARY }, {
    status: 400,
    code: "invalid_target",
    description: "The resource is unknown, or not the one that was authorized.",
    reason: "resource_mismatch",
  }],
  ...[undefined, ""].map((refresh_token) =>
    [{ refresh_token }, {
      status: 400,
      code: "invalid_request",
      description: "The refresh_token parameter is missing.",
      reason: "refresh_token_missing",
    }] as const
  ),
];

for (const [changes, refusal] of CASES) {
  const name = JSON.stringify(changes).slice(0, 60);
  Deno.test(`refresh_token refuses with ${refusal.reason} and consumes nothing: ${name}`, async () => {
    const { server, first, refresh, refreshed } = await setUp();
    await assertRefused(server, await refresh(first.refresh_token, changes), refusal);
    const [token] = server.deps.memory.tables.refreshTokens.values();
    assert.equal(token?.rotatedAt, null);
    await refreshed(first.refresh_token);
  });
}

Deno.test("refresh_token refuses a client that changed behind the cache like one that is unknown", async () => {
  const { server, first } = await setUp();
  const { store } = server.deps;
  const stale = await store.findClient("client_public");
  server.deps.memory.changeClient("client_public", { blocked: true });
  const app = createApp({ ...server.deps, store: { ...store, findClient: () => Promise.resolve(stale) } });
  const form = { grant_type: "refresh_token", client_id: "client_public", ...first };
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

Deno.test("refresh_token refuses an expired token and a person who is banned or deleted", async () => {
  const { server, first, refresh } = await setUp();
  server.deps.memory.banPerson(ALICE.id, 60);
  await assertRefused(server, await refresh(first.refresh_token), invalidGrant("person_inactive"));
  server.deps.clock.elapse(86_400);
  await assertRefused(server, await refresh(first.refresh_token), invalidGrant("expired"));
  server.deps.memory.deletePerson(ALICE.id);
  await assertRefused(server, await refresh(first.refresh_token), invalidGrant("person_inactive"));
});
