/** Metadata lists exactly what is served, and the issuer is the same everywhere, byte for byte. */
import assert from "node:assert/strict";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { GRANTS } from "../grants/index.ts";
import { assertSafeHeaders } from "../testing/assert_refused.ts";
import {
  addClient,
  authorizePath,
  createTestServer,
  locationOf,
  LOOPBACK,
  obtainCode,
  obtainTokens,
  type TestServer,
} from "../testing/test_server.ts";

const AS = "/oauth/.well-known/oauth-authorization-server";
const OPENID = "/oauth/.well-known/openid-configuration";

async function metadata(server: TestServer, path = AS) {
  const response = await server.request(path);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("Content-Type"), "application/json");
  assertSafeHeaders(response);
  return await response.json();
}

const AUTH_METHODS = ["none", "private_key_jwt", "client_secret_basic", "client_secret_post"];
const ALGORITHMS = ["ES256", "RS256", "EdDSA", "Ed25519"];

const EXPECTED = {
  issuer: "https://auth.example",
  authorization_endpoint: "https://auth.example/oauth/authorize",
  token_endpoint: "https://auth.example/oauth/token",
  registration_endpoint: "https://auth.example/oauth/register",
  jwks_uri: "https://auth.example/oauth/jwks",
  scopes_supported: ["product:read", "product:write"],
  response_types_supported: ["code"],
  response_modes_supported: ["query"],
  grant_types_supported: GRANTS.map((grant) => grant.type),
  token_endpoint_auth_methods_supported: AUTH_METHODS,
  token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  revocation_endpoint: "https://auth.example/oauth/revoke",
  revocation_endpoint_auth_methods_supported: AUTH_METHODS,
  revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  introspection_endpoint: "https://auth.example/oauth/introspect",
  introspection_endpoint_auth_methods_supported: AUTH_METHODS,
  introspection_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  code_challenge_methods_supported: ["S256"],
  client_id_metadata_document_supported: true,
  authorization_response_iss_parameter_supported: true,
};

Deno.test("authorization server metadata is exactly this (RFC 8414 §2)", async () => {
  assert.deepEqual(await metadata(createTestServer()), EXPECTED);
});

Deno.test("OpenID discovery is the same with the two members that SDKs require, and without request objects", async () => {
  assert.deepEqual(await metadata(createTestServer(), OPENID), {
    ...EXPECTED,
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
    request_uri_parameter_supported: false,
  });
});

Deno.test("metadata of a bare host lies below its path", async () => {
  const publicUrl = "https://ref.example/functions/v1";
  const found = await metadata(createTestServer({ publicUrl }));
  assert.equal(found.issuer, `${publicUrl}/oauth`);
  for (const name of ["authorization", "token", "registration"]) {
    assert.ok(found[`${name}_endpoint`].startsWith(`${publicUrl}/oauth/`), name);
  }
});

Deno.test("metadata lists the registration endpoint when registration needs a token", async () => {
  assert.deepEqual(await metadata(createTestServer({ registration: "token" })), EXPECTED);
});

Deno.test("metadata lists no registration endpoint when registration is off", async () => {
  const { registration_endpoint: _, ...others } = EXPECTED;
  assert.deepEqual(await metadata(createTestServer({ registration: "off" })), others);
});

Deno.test("metadata lists the scopes of every resource, each once", async () => {
  const server = createTestServer();
  const [resource] = await server.deps.store.listResources();
  assert.ok(resource !== undefined);
  const [first] = resource.scopes;
  assert.ok(first !== undefined);
  server.deps.memory.recordResource({
    ...resource,
    identifier: "https://other.example",
    isDefault: false,
    scopes: [first, { ...first, name: "booking:read" }],
  });
  const { scopes_supported } = await metadata(server);
  assert.deepEqual(scopes_supported, ["product:read", "product:write", "booking:read"]);
});

Deno.test("metadata lists only endpoints that answer, each by its method", async () => {
  const server = createTestServer();
  const found = await metadata(server);
  const methods: Record<string, string> = {
    authorization_endpoint: "GET",
    token_endpoint: "POST",
    registration_endpoint: "POST",
    revocation_endpoint: "POST",
    introspection_endpoint: "POST",
    jwks_uri: "GET",
  };
  const listed = Object.keys(found).filter((name) => name.endsWith("_endpoint") || name.endsWith("_uri"));
  assert.deepEqual(listed.sort(), Object.keys(methods).sort());
  for (const [name, method] of Object.entries(methods)) {
    const path = found[name].slice("https://auth.example".length);
    const { status } = await server.request(path, { method });
    assert.ok(![404, 405, 500].includes(status), `${name} ${status}`);
  }
});

for (
  const publicUrl of ["https://auth.example", "https://ref.example/functions/v1", "http://localhost:54321"]
) {
  Deno.test(`the issuer of ${publicUrl} is byte-equal in metadata, redirects and tokens`, async () => {
    const server = createTestServer({ publicUrl });
    addClient(server);
    const { issuer } = await metadata(server);
    assert.equal((await metadata(server, OPENID)).issuer, issuer);
    assert.ok(!issuer.endsWith("/"));
    const refused = await server.request(authorizePath({ prompt: "none" }));
    assert.equal(locationOf(refused).searchParams.get("iss"), issuer);
    assert.ok((await obtainCode(server)).length > 0);
    const { access_token } = await obtainTokens(server);
    assert.equal(decodeJwt(access_token).iss, issuer);
  });
}

Deno.test("jwks answers the public keys, of the one that signs and the next, for a minute, as application/jwk-set+json", async () => {
  const server = createTestServer();
  addClient(server);
  const response = await server.request("/oauth/jwks");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("Content-Type"), "application/jwk-set+json");
  assert.equal(response.headers.get("Cache-Control"), "public, max-age=60");
  assert.equal(response.headers.get("X-Content-Type-Options"), "nosniff");
  const { keys, ...rest } = await response.json();
  assert.deepEqual(rest, {});
  assert.equal(keys.length, 2);
  for (const { x: _, y: __, kid: ___, ...key } of keys) {
    assert.deepEqual(key, { kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
  }
  const [{ kid }] = keys;
  const { access_token } = await obtainTokens(server);
  assert.deepEqual(decodeProtectedHeader(access_token), { alg: "ES256", typ: "at+jwt", kid });
  assert.equal(
    locationOf(await server.request(authorizePath({ redirect_uri: LOOPBACK }))).pathname,
    "/consent",
  );
});
