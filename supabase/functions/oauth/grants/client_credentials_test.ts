/** `client_credentials` through the token endpoint. */
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { assertRefused } from "../testing/assert_refused.ts";
import {
  addClient,
  addConfidentialClient,
  CLIENT_SECRET,
  createTestServer,
  postToken,
} from "../testing/test_server.ts";

const ID = "client_secret_post client";

async function setUp(grantTypes: readonly string[] = ["client_credentials"]) {
  const server = createTestServer();
  addClient(server);
  await addConfidentialClient(server, "client_secret_post");
  server.deps.memory.changeClient(ID, { grantTypes, serviceScope: ["product:read"] });
  return server;
}

const form = { grant_type: "client_credentials", client_id: ID, client_secret: CLIENT_SECRET };

Deno.test("client_credentials issues a token whose subject is the client, without refresh token", async () => {
  const server = await setUp();
  const response = await postToken(server, form);
  assert.equal(response.status, 200);
  const body = await response.json();
  assert.deepEqual(Object.keys(body).sort(), ["access_token", "expires_in", "scope", "token_type"]);
  const claims = decodeJwt(body.access_token);
  assert.equal(claims.sub, ID);
  assert.equal(claims["client_id"], ID);
  assert.equal(body.scope, "product:read");
});

Deno.test("client_credentials is refused to a client that was not given it", async () => {
  const server = await setUp(["authorization_code"]);
  await assertRefused(server, await postToken(server, form), {
    status: 400,
    code: "unauthorized_client",
    description: "The client may not use this grant type.",
    reason: "grant_type_not_allowed",
  });
});

Deno.test("client_credentials expands wildcards of the request and of the ceiling to names", async () => {
  const server = await setUp();
  const scopeOf = async (scope?: string) => {
    const response = await postToken(server, { ...form, ...(scope === undefined ? {} : { scope }) });
    const { access_token } = await response.json();
    return decodeJwt(access_token)["scope"];
  };
  assert.equal(await scopeOf("product:*"), "product:read");
  server.deps.memory.changeClient(ID, { serviceScope: ["product:*"] });
  assert.equal(await scopeOf(), "product:read product:write");
  assert.equal(await scopeOf("product:write"), "product:write");
  for (const scope of ["*", "order:*", "product:**"]) {
    assert.equal((await postToken(server, { ...form, scope })).status, 400, scope);
  }
});

Deno.test("client_credentials refuses a scope beyond the ceiling and an unknown resource", async () => {
  const server = await setUp();
  await assertRefused(server, await postToken(server, { ...form, scope: "product:write" }), {
    status: 400,
    code: "invalid_scope",
    description: "The client may not have this scope.",
    reason: "scope_exceeded",
  });
  await assertRefused(server, await postToken(server, { ...form, resource: "https://nowhere.test/mcp" }), {
    status: 400,
    code: "invalid_target",
    description: "The resource is unknown, or not the one that was authorized.",
    reason: "resource_unknown",
  });
});
