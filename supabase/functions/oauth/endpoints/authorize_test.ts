/** What authorize records and where it sends the browser. Its refusals are in ../authorize/steps_test.ts. */
import assert from "node:assert/strict";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { sha256 } from "../../_shared/encoding.ts";
import { createApp } from "../app.ts";
import { assertRefusedByPage, assertSafeHeaders } from "../testing/assert_refused.ts";
import {
  addClient,
  authorizePath,
  begin,
  CHALLENGE,
  createTestServer,
  locationOf,
  LOOPBACK,
  STATE,
} from "../testing/test_server.ts";

function setUp(settings = {}) {
  const server = createTestServer(settings);
  addClient(server);
  const [requests, tables] = [server.deps.memory.tables.requests, server.deps.memory.tables];
  return { server, requests, tables, latest: () => [...requests.values()].at(-1) };
}

Deno.test("authorize records a good request by hashes and sends the browser to the consent page", async () => {
  const { server, latest } = setUp();
  const response = await server.request(authorizePath({ resource: "https://AUTH.example/mcp/" }));
  assert.equal(response.status, 303);
  assertSafeHeaders(response);
  const location = response.headers.get("Location") ?? "";
  const [, id = ""] = /^https:\/\/web\.example\/consent\?request=([A-Za-z0-9_-]{43})$/.exec(location) ?? [];
  const cookie = response.headers.get("Set-Cookie") ?? "";
  const [, browser = ""] = /^__Host-sekisho-browser=([A-Za-z0-9_-]{43}); /.exec(cookie) ?? [];
  const request = latest();
  assert.ok(request !== undefined);
  const { expiresAt, decision, personId, grantedScope, continueKey, endedAt, grantedDetails, ...recorded } =
    request;
  assert.deepEqual(recorded, {
    idHash: await sha256(id),
    browserHash: await sha256(browser),
    clientId: "client_public",
    redirectUri: LOOPBACK,
    registeredRedirectUri: "http://127.0.0.1/callback",
    resource: "https://auth.example/mcp",
    scope: ["product:read", "product:write"],
    authorizationDetails: [],
    state: STATE,
    codeChallenge: CHALLENGE,
    lifetimeSeconds: 600,
  });
  assert.deepEqual([decision, personId, grantedScope, continueKey, endedAt], [null, null, null, null, null]);
  assert.deepEqual(grantedDetails, []);
  assert.equal(expiresAt, server.deps.now().getTime() + 600_000);
  assert.deepEqual(server.deps.logged, []);
});

Deno.test("authorize keeps the scopes that exist, takes the default for none, and no state for none", async () => {
  const { server, latest } = setUp();
  await begin(server, { scope: "unknown product:write offline_access openid" });
  assert.deepEqual(latest()?.scope, ["product:write"]);
  for (const scope of [undefined, "", "offline_access"]) {
    await begin(server, { scope, state: undefined });
    assert.deepEqual(latest()?.scope, ["product:read"]);
    assert.equal(latest()?.state, null);
  }
});

Deno.test("authorize records what a wildcard stands for at the resource, never the wildcard", async () => {
  const { server, latest } = setUp();
  for (
    const [scope, recorded] of [
      ["product:*", ["product:read", "product:write"]],
      ["product:write product:* product:read", ["product:write", "product:read"]],
      ["* prod* product:read product:** order:*", ["product:read"]],
    ] as const
  ) {
    await begin(server, { scope });
    assert.deepEqual(latest()?.scope, recorded, scope);
  }
});

Deno.test("authorize accepts what OpenID clients add and ignores it", async () => {
  const { server } = setUp();
  const prompts = ["login", "consent", "select_account", undefined];
  for (const prompt of prompts) {
    await begin(server, { prompt, response_mode: "query", nonce: "n", max_age: "0", ui_locales: "ja" });
  }
});

Deno.test("authorize keeps the cookie of a browser that has a good one, and replaces a bad one", async () => {
  const { server, latest } = setUp();
  const first = await begin(server);
  const again = await server.request(authorizePath(), { headers: { Cookie: first.cookie } });
  assert.ok((again.headers.get("Set-Cookie") ?? "").startsWith(`${first.cookie};`));
  const value = first.cookie.slice(first.cookie.indexOf("=") + 1);
  assert.deepEqual(latest()?.browserHash, await sha256(value));
  for (
    const Cookie of [
      "__Host-sekisho-browser=short",
      `${first.cookie}; ${first.cookie}`,
      `sekisho-browser=${value}`,
    ]
  ) {
    const other = await server.request(authorizePath(), { headers: { Cookie } });
    assert.ok(!(other.headers.get("Set-Cookie") ?? "").includes(value), Cookie);
  }
});

Deno.test("authorize never makes two requests alike", async () => {
  const { server, requests } = setUp();
  const ids = await Promise.all([begin(server), begin(server), begin(server)]);
  assert.equal(new Set(ids.map(({ id }) => id)).size, 3);
  assert.equal(new Set(ids.map(({ cookie }) => cookie)).size, 3);
  assert.equal(requests.size, 3);
});

Deno.test("authorize shows a page when the client changed behind the cache", async () => {
  const { server } = setUp();
  const stale = await server.deps.store.findClient("client_public");
  server.deps.memory.changeClient("client_public", { blocked: true });
  const store = { ...server.deps.store, findClient: () => Promise.resolve(stale) };
  const app = createApp({ ...server.deps, store });
  const response = await app.request(authorizePath());
  const expected = { status: 400, title: "Unknown app", reason: "client_changed" };
  await assertRefusedByPage(server, response, expected);
});

Deno.test("authorize answers by a page of its own when the server cannot answer, never by redirect", async () => {
  const { server } = setUp();
  const busy = new OAuthError("temporarily_unavailable", "Busy.", "database");
  for (
    const [error, status, reason] of [
      [busy, 503, "database"],
      [new Error("unforeseen"), 500, "unexpected"],
    ] as const
  ) {
    for (const operation of ["findClient", "listResources", "createAuthorizationRequest"] as const) {
      const store = { ...server.deps.store, [operation]: () => Promise.reject(error) };
      const response = await createApp({ ...server.deps, store }).request(authorizePath());
      const title = "The server cannot answer right now";
      await assertRefusedByPage(server, response, { status, title, reason });
      assert.equal(response.headers.get("Retry-After"), status === 503 ? "5" : null);
    }
  }
});

Deno.test("authorize of a bare host answers refusals as plain text", async () => {
  const { server } = setUp({ publicUrl: "https://ref.example/functions/v1" });
  const response = await server.request(authorizePath({ client_id: "nobody" }));
  assert.equal(response.headers.get("Content-Type"), "text/plain; charset=utf-8");
  assert.ok((await response.text()).startsWith("Unknown app\n\n"));
  const good = await server.request(authorizePath());
  assert.equal(locationOf(good).origin, "https://web.example");
  const refused = await server.request(authorizePath({ prompt: "none" }));
  assert.equal(locationOf(refused).searchParams.get("iss"), "https://ref.example/functions/v1/oauth");
});
