/** The step from decision to code: both proofs, once. */
import assert from "node:assert/strict";
import { sha256, toBase64Url } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { createApp } from "../app.ts";
import { assertRefusedByPage, assertSafeHeaders, CANARY } from "../testing/assert_refused.ts";
import { ALICE } from "../testing/test_deps.ts";
import {
  addClient,
  begin,
  type Changes,
  createTestServer,
  decide,
  HTTPS,
  locationOf,
  LOOPBACK,
  STATE,
  type TestServer,
} from "../testing/test_server.ts";

const ISSUER = "https://auth.example";

/** A server with a decided request: where to continue, and the cookie that is needed. */
async function setUp({ changes, decision }: { changes?: Changes; decision?: unknown } = {}) {
  const server = createTestServer();
  addClient(server);
  const { id, cookie } = await begin(server, changes);
  const path = await decide(server, id, decision);
  const next = (headers: Record<string, string> = { Cookie: cookie }) => server.request(path, { headers });
  return { server, cookie, path, next };
}

async function assertOver(
  server: TestServer,
  response: Response,
  reason: string,
  title = "This request is over",
): Promise<void> {
  const expected = { status: 400, title, reason };
  await assertRefusedByPage(server, response, expected);
  assert.equal(server.deps.memory.tables.codes.size, 0);
}

Deno.test("continue sends the browser to the client with code, state and iss, by 303", async () => {
  const { server, next } = await setUp();
  const response = await next();
  assert.equal(response.status, 303);
  assertSafeHeaders(response);
  const location = locationOf(response);
  assert.ok(location.href.startsWith(`${LOOPBACK}?code=`));
  assert.deepEqual([...location.searchParams.keys()], ["code", "state", "iss"]);
  assert.equal(location.searchParams.get("state"), STATE);
  assert.equal(location.searchParams.get("iss"), ISSUER);
  const code = location.searchParams.get("code") ?? "";
  const [[key, stored] = []] = server.deps.memory.tables.codes;
  assert.equal(key, toBase64Url(await sha256(code)));
  assert.equal(stored?.personId, ALICE.id);
  assert.equal(stored?.expiresAt, server.deps.now().getTime() + 60_000);
  assert.equal(await response.text(), "");
  assert.deepEqual(server.deps.logged, []);
});

Deno.test("continue keeps the query of the redirect URI and sends no state that was not sent", async () => {
  const server = createTestServer();
  addClient(server, { redirectUris: [`${HTTPS}?fixed=1`] });
  const { id, cookie } = await begin(server, { redirect_uri: `${HTTPS}?fixed=1`, state: undefined });
  const response = await server.request(await decide(server, id), { headers: { Cookie: cookie } });
  const location = response.headers.get("Location") ?? "";
  assert.ok(location.startsWith(`${HTTPS}?fixed=1&code=`));
  assert.deepEqual([...new URL(location).searchParams.keys()], ["fixed", "code", "iss"]);
});

Deno.test("continue returns the state unchanged, whatever is in it", async () => {
  for (const state of ["a b+c", "&code=evil&iss=x", "名前", "'\"<>", "x".repeat(2000)]) {
    const { next } = await setUp({ changes: { state } });
    const { searchParams } = locationOf(await next());
    assert.equal(searchParams.get("state"), state);
    assert.equal(searchParams.getAll("code").length, 1);
  }
});

Deno.test("continue tells the client when the person refused", async () => {
  const { server, next } = await setUp({ decision: { decision: "deny" } });
  const response = await next();
  const expected = new URLSearchParams({
    error: "access_denied",
    error_description: "The person refused.",
    state: STATE,
    iss: ISSUER,
  });
  assert.equal(response.headers.get("Location"), `${LOOPBACK}?${expected}`);
  assert.equal(server.deps.memory.tables.codes.size, 0);
});

Deno.test("continue ends the request for good in a browser without the cookie, or with another", async () => {
  const wrong: Record<string, string>[] = [
    {},
    { Cookie: `__Host-sekisho-browser=${"x".repeat(43)}` },
    { Cookie: `__Host-sekisho-browser=${CANARY}` },
    { Cookie: `sekisho-browser=${"x".repeat(43)}` },
  ];
  for (const headers of wrong) {
    const { server, next } = await setUp({ changes: { state: CANARY } });
    await assertOver(server, await next(headers), "continue_wrong_browser", "Begun in another browser");
    // The right browser comes too late.
    await assertOver(server, await next(), "continue_already_continued");
  }
});

Deno.test("continue shows a page when it is reloaded, and the code stays as it was", async () => {
  const { server, next } = await setUp();
  assert.equal((await next()).status, 303);
  const expected = { status: 400, title: "This request is over", reason: "continue_already_continued" };
  await assertRefusedByPage(server, await next(), expected);
  assert.equal(server.deps.memory.tables.codes.size, 1);
});

Deno.test("continue refuses an unknown or malformed secret, an old request and a blocked client", async () => {
  const { server, cookie, next } = await setUp();
  const open = (secret: string) =>
    server.request(`/oauth/continue/${secret}`, { headers: { Cookie: cookie } });
  await assertOver(server, await open("a".repeat(43)), "continue_not_found");
  for (const secret of [CANARY, "a".repeat(44), "%00", "%", "%E5%90%8D"]) {
    await assertOver(server, await open(secret), "continue_secret_malformed");
  }
  server.deps.clock.elapse(600);
  await assertOver(server, await next(), "continue_expired");

  const other = await setUp();
  other.server.deps.memory.changeClient("client_public", { blocked: true });
  await assertOver(other.server, await other.next(), "continue_not_found");
});

Deno.test("continue shows the page of a failing server as such, with 5xx", async () => {
  const { server, path, cookie } = await setUp();
  const busy = new OAuthError("temporarily_unavailable", "Busy.", "database");
  for (const [error, status] of [[busy, 503], [new Error("unforeseen"), 500]] as const) {
    const store = { ...server.deps.store, continueAuthorizationRequest: () => Promise.reject(error) };
    const response = await createApp({ ...server.deps, store }).request(path, {
      headers: { Cookie: cookie },
    });
    const reason = status === 503 ? "database" : "unexpected";
    const title = "The server cannot answer right now";
    await assertRefusedByPage(server, response, { status, title, reason });
    assert.equal(response.headers.get("Retry-After"), status === 503 ? "5" : null);
  }
});

Deno.test("continue logs its route, never the secret in its path", async () => {
  const { server, next, path } = await setUp();
  await next({});
  const text = JSON.stringify(server.deps.logged);
  assert.ok(text.includes("/oauth/continue/:secret"));
  assert.ok(!text.includes(path.slice("/oauth/continue/".length)));
});

Deno.test("HEAD neither spends a decision nor records a request", async () => {
  const { server, path, cookie, next } = await setUp();
  const head = await server.request(path, { method: "HEAD", headers: { Cookie: cookie } });
  assert.equal(head.status, 405);
  assert.equal(head.headers.get("Location"), null);
  assert.equal((await next()).status, 303);
  const requests = server.deps.memory.tables.requests.size;
  assert.equal((await server.request("/oauth/authorize?x", { method: "HEAD" })).status, 405);
  assert.equal(server.deps.memory.tables.requests.size, requests);
});

Deno.test("the log says the status that was answered, not that of the error's code", async () => {
  const { server, path } = await setUp();
  assert.equal((await server.request(`${path.slice(0, -4)}AAAA`)).status, 400);
  assert.equal(server.deps.logged.at(-1)?.fields["status"], 400);
  assert.equal(server.deps.logged.at(-1)?.fields["code"], "request_expired");
});
