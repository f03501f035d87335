/** `POST /oauth/revoke` and `POST /oauth/introspect`: who may, what is answered, and nothing more. */
import assert from "node:assert/strict";
import { assertRefused, assertSafeHeaders, CANARY } from "../testing/assert_refused.ts";
import { ALICE } from "../testing/test_deps.ts";
import {
  addClient,
  addConfidentialClient,
  type Changes,
  CLIENT_SECRET,
  createTestServer,
  encode,
  obtainTokens,
  postToken,
  type TestServer,
} from "../testing/test_server.ts";

const SERVER = "client_secret_basic client";
const BASIC = {
  Authorization: `Basic ${btoa(`${encodeURIComponent(SERVER)}:${encodeURIComponent(CLIENT_SECRET)}`)}`,
};
const OWNER = { client_id: "client_public" };

async function setUp() {
  const server = createTestServer();
  addClient(server);
  addClient(server, { id: "client_other" });
  await addConfidentialClient(server, "client_secret_basic");
  server.deps.memory.changeClient(SERVER, { resource: server.deps.urls.resource });
  return { server, tokens: await obtainTokens(server) };
}

const post = (server: TestServer, path: string, form: Changes, headers: Record<string, string> = {}) =>
  server.request(`/oauth/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
    body: encode(form),
  });

async function introspected(server: TestServer, form: Changes, headers: Record<string, string> = BASIC) {
  const response = await post(server, "introspect", form, headers);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("Content-Type"), "application/json");
  assertSafeHeaders(response);
  return await response.json();
}

async function revoked(server: TestServer, form: Changes) {
  const response = await post(server, "revoke", form);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "");
  assertSafeHeaders(response);
}

Deno.test("introspect answers what an access token is, in the claims of RFC 7662 and RFC 9068", async () => {
  const { server, tokens } = await setUp();
  const { iat, exp, jti, ...rest } = await introspected(server, { token: tokens.access_token });
  assert.equal(exp - iat, 900);
  assert.match(jti, /^[A-Za-z0-9_-]{22}$/);
  assert.deepEqual(rest, {
    active: true,
    iss: "https://auth.example",
    sub: ALICE.id,
    aud: "https://auth.example/mcp",
    client_id: "client_public",
    scope: "product:read product:write",
    token_type: "Bearer",
  });
});

Deno.test("introspect answers what a refresh token is to its client, and to nobody else", async () => {
  const { server, tokens } = await setUp();
  const { iat, exp, ...rest } = await introspected(server, { ...OWNER, token: tokens.refresh_token }, {});
  assert.equal(exp - iat, 86_400);
  assert.deepEqual(rest, {
    active: true,
    iss: "https://auth.example",
    sub: ALICE.id,
    aud: "https://auth.example/mcp",
    client_id: "client_public",
    scope: "product:read product:write",
  });
  assert.deepEqual(await introspected(server, { token: tokens.refresh_token }), { active: false });
});

Deno.test("introspect answers {active: false} and nothing more for whatever is no live token of the caller's", async () => {
  const { server, tokens } = await setUp();
  const [header, payload = "", signature = ""] = tokens.access_token.split(".");
  const flipped = `${signature[0] === "A" ? "B" : "A"}${signature.slice(1)}`;
  for (
    const token of [
      CANARY,
      "x".repeat(43),
      "x".repeat(5000),
      "a.b.c",
      `${header}.${payload}.${flipped}`,
      `${header}.${payload}`,
      tokens.access_token.slice(0, -1),
      `${tokens.access_token}A`,
      `${btoa('{"alg":"none"}')}.${payload}.`,
    ]
  ) {
    assert.deepEqual(await introspected(server, { token }), { active: false }, token.slice(0, 20));
  }
  assert.deepEqual(
    await introspected(server, { client_id: "client_other", token: tokens.access_token }, {}),
    {
      active: false,
    },
  );
  server.deps.clock.elapse(901);
  assert.deepEqual(await introspected(server, { token: tokens.access_token }), { active: false });
});

Deno.test("revoke kills one access token, or with a refresh token everything; the hint does not matter", async () => {
  const { server, tokens } = await setUp();
  const form = { ...OWNER, token: tokens.access_token, token_type_hint: "refresh_token" };
  await revoked(server, form);
  await revoked(server, form);
  assert.deepEqual(await introspected(server, { token: tokens.access_token }), { active: false });
  const refreshing = { ...OWNER, grant_type: "refresh_token", refresh_token: tokens.refresh_token };
  const next = await (await postToken(server, refreshing)).json();
  assert.equal((await introspected(server, { token: next.access_token })).active, true);
  await revoked(server, { ...OWNER, token: tokens.refresh_token, token_type_hint: CANARY });
  assert.deepEqual(await introspected(server, { token: next.access_token }), { active: false });
  const refused = await postToken(server, { ...refreshing, refresh_token: next.refresh_token });
  assert.equal((await refused.json()).error, "invalid_grant");
});

Deno.test("revoke answers 200 for what is no token any more, or never was", async () => {
  const { server } = await setUp();
  for (const token of [CANARY, "x".repeat(43), "a.b.c", "x".repeat(5000)]) {
    await revoked(server, { ...OWNER, token });
  }
});

Deno.test("revoke refuses a token of another client, which lives on", async () => {
  const { server, tokens } = await setUp();
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    await assertRefused(server, await post(server, "revoke", { client_id: "client_other", token }), {
      status: 400,
      code: "invalid_grant",
      description: "The token was issued to another client.",
      reason: "token_of_another_client",
    });
    await assertRefused(server, await post(server, "revoke", { token }, BASIC), {
      status: 400,
      code: "invalid_grant",
      description: "The token was issued to another client.",
      reason: "token_of_another_client",
    });
  }
  assert.equal((await introspected(server, { token: tokens.access_token })).active, true);
});

for (const path of ["revoke", "introspect"]) {
  Deno.test(`${path} asks for a client and a token, once each, in a form`, async () => {
    const { server, tokens } = await setUp();
    const { access_token: token } = tokens;
    const text = "The client is unknown or could not be authenticated.";
    await assertRefused(server, await post(server, path, { ...OWNER }), {
      status: 400,
      code: "invalid_request",
      description: "The token parameter is missing.",
      reason: "token_missing",
    });
    await assertRefused(server, await post(server, path, { token }), {
      status: 401,
      code: "invalid_client",
      description: "The request does not name its client.",
      reason: "client_id_missing",
    });
    await assertRefused(server, await post(server, path, { client_id: CANARY, token }), {
      status: 401,
      code: "invalid_client",
      description: text,
      reason: "client_unknown",
    });
    const wrong = { Authorization: `Basic ${btoa(`${encodeURIComponent(SERVER)}:${CANARY}`)}` };
    const refused = await post(server, path, { token }, wrong);
    assert.equal(refused.headers.get("WWW-Authenticate"), 'Basic realm="sekisho"');
    await assertRefused(server, refused, {
      status: 401,
      code: "invalid_client",
      description: text,
      reason: "secret_wrong",
    });
    const twice = await server.request(`/oauth/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "client_id=client_public&token=a&token=b",
    });
    assert.equal(twice.status, 400);
    assert.equal((await post(server, `${path}?token=${token}`, OWNER)).status, 400);
    assert.equal((await server.request(`/oauth/${path}`)).status, 405);
  });
}
