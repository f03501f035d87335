/** Clients whose id is the URL of a document, through the app: when it is fetched, and what is made of it. */
import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import { assertRefusedByPage } from "../testing/assert_refused.ts";
import {
  authorizePath,
  begin,
  codeForm,
  createTestServer,
  HTTPS,
  obtainCode,
  postToken,
  showInteraction,
  type TestServer,
} from "../testing/test_server.ts";
import type { OAuthSettings } from "../deps.ts";

const ID = "https://app.example/client.json";
const DOCUMENT = {
  client_id: ID,
  client_name: "An app",
  redirect_uris: [HTTPS, "http://127.0.0.1/callback"],
};

function setUp(settings: Partial<OAuthSettings> = {}, document: unknown = DOCUMENT): TestServer {
  const server = createTestServer(settings);
  server.deps.published.set(ID, { body: document, freshSeconds: 600 });
  return server;
}

Deno.test("a client that is a document goes from authorize to a token, fetched once while it is fresh", async () => {
  const server = setUp();
  const code = await obtainCode(server, { client_id: ID });
  assert.equal((await postToken(server, { ...codeForm(code), client_id: ID })).status, 200);
  await begin(server, { client_id: ID });
  assert.deepEqual(server.deps.fetched, [ID]);
  server.deps.clock.elapse(601);
  await begin(server, { client_id: ID });
  assert.deepEqual(server.deps.fetched, [ID, ID]);
});

Deno.test("consent shows the host of the document, and calls it verified only if the operator trusts that host", async () => {
  for (const [trustedClientHosts, verified] of [[[], false], [["app.example"], true]] as const) {
    const server = setUp({ trustedClientHosts });
    const { id } = await begin(server, { client_id: ID });
    const { client } = await (await showInteraction(server, id)).json();
    assert.deepEqual(client, { id: ID, name: "An app", host: "app.example", verified, borrowed_name: false });
  }
});

Deno.test("authorize refuses by a page a document that is missing, wrong or not where it may be", async () => {
  const page = { status: 400, title: "Unknown app" };
  const missing = createTestServer();
  await assertRefusedByPage(missing, await missing.request(authorizePath({ client_id: ID })), {
    ...page,
    reason: "document_status",
  });
  const wrong = setUp({}, { ...DOCUMENT, client_id: "https://other.example/client.json" });
  await assertRefusedByPage(wrong, await wrong.request(authorizePath({ client_id: ID })), {
    ...page,
    reason: "document_client_id_differs",
  });
  const local = createTestServer();
  const localId = "http://localhost:3000/client.json";
  await assertRefusedByPage(local, await local.request(authorizePath({ client_id: localId })), {
    ...page,
    reason: "document_url",
  });
  assert.deepEqual(local.deps.fetched, []);
});

Deno.test("a failure is not remembered, and a document is never fetched for the token endpoint while its copy is usable", async () => {
  const server = createTestServer();
  await server.request(authorizePath({ client_id: ID }));
  server.deps.published.set(ID, { body: DOCUMENT, freshSeconds: 600 });
  const code = await obtainCode(server, { client_id: ID });
  const body = await (await postToken(server, { ...codeForm(code), client_id: ID })).json();
  server.deps.published.clear();
  server.deps.fetched.length = 0;
  const refresh = { grant_type: "refresh_token", client_id: ID, refresh_token: body.refresh_token };
  server.deps.clock.elapse(3600);
  assert.equal((await postToken(server, refresh)).status, 200);
  assert.deepEqual(server.deps.fetched, []);
});

Deno.test("a copy older than a day is fetched again, and 503 tells a client to come back when that fails", async () => {
  const server = setUp({ refreshTokenSeconds: 1_000_000 });
  const code = await obtainCode(server, { client_id: ID });
  const body = await (await postToken(server, { ...codeForm(code), client_id: ID })).json();
  const refresh = { grant_type: "refresh_token", client_id: ID, refresh_token: body.refresh_token };
  server.deps.clock.elapse(86_401);
  server.deps.published.clear();
  const refused = await postToken(server, refresh);
  assert.equal(refused.status, 503);
  assert.ok(refused.headers.get("Retry-After"));
  server.deps.published.set(ID, { body: DOCUMENT });
  assert.equal((await postToken(server, refresh)).status, 200);
});

Deno.test("an unknown document client at the token endpoint is unknown: nothing is fetched for it", async () => {
  const server = setUp();
  const refused = await postToken(server, { grant_type: "refresh_token", client_id: ID, refresh_token: "x" });
  assert.equal(refused.status, 401);
  assert.deepEqual(server.deps.fetched, []);
});

Deno.test("a document is given the grants that a client may give itself, out of those that it lists", async () => {
  const server = setUp({}, { ...DOCUMENT, grant_types: ["authorization_code", "refresh_token"] });
  const app = createApp({ ...server.deps, selfRegisteredGrants: ["authorization_code"] });
  const narrowed = {
    ...server,
    request: async (...sent: [string, RequestInit?]) => await app.request(...sent),
  };
  const code = await obtainCode(narrowed, { client_id: ID });
  const body = await (await postToken(narrowed, { ...codeForm(code), client_id: ID })).json();
  assert.equal(typeof body.access_token, "string");
  assert.equal("refresh_token" in body, false);
});

Deno.test("a refusal goes straight back to a client whose document the operator trusts, and through a page to any other", async () => {
  for (const [trustedClientHosts, status] of [[["app.example"], 303], [[], 400]] as const) {
    const server = setUp({ trustedClientHosts });
    const changes = { client_id: ID, redirect_uri: HTTPS, code_challenge_method: "plain" };
    const response = await server.request(authorizePath(changes));
    assert.equal(response.status, status);
    assert.equal(server.deps.logged.at(-1)?.fields["reason"], "code_challenge_method");
  }
});
