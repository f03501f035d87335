/** What holds for the whole function: the flow from end to end, CORS, methods, unknown routes, headers, the log. */
import assert from "node:assert/strict";
import {
  assertLogHoldsNoCanary,
  assertRefused,
  assertSafeHeaders,
  CANARY,
} from "./testing/assert_refused.ts";
import { SESSIONS } from "./testing/test_deps.ts";
import {
  addClient,
  authorizePath,
  CHALLENGE,
  createTestServer,
  encode,
  locationOf,
  postToken,
  type TestServer,
  VERIFIER,
} from "./testing/test_server.ts";

const WEB = "https://web.example";
const FOREIGN = "https://foreign.example";

/** Everything secret that one flow brings about. */
async function wholeFlow(server: TestServer): Promise<string[]> {
  const registration = await server.request("/oauth/register", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ redirect_uris: ["http://localhost/callback"], client_name: "Example" }),
  });
  const { client_id, client_secret } = await registration.json();
  const redirect_uri = "http://localhost:3030/callback";
  const authorize = await server.request(`/oauth/authorize?${
    encode({
      response_type: "code",
      client_id,
      redirect_uri,
      code_challenge: CHALLENGE,
      code_challenge_method: "S256",
      state: "the client's state",
      scope: "product:read",
      resource: "https://auth.example/mcp",
    })
  }`);
  assert.equal(authorize.status, 303);
  const [cookie = ""] = (authorize.headers.get("Set-Cookie") ?? "").split(";");
  const consent = locationOf(authorize);
  assert.equal(`${consent.origin}${consent.pathname}`, `${WEB}/consent`);
  const id = consent.searchParams.get("request") ?? "";

  const session = { Authorization: `Bearer ${SESSIONS.alice}`, Origin: WEB };
  const shown = await server.request(`/oauth/interaction/${id}`, { headers: session });
  assert.equal(shown.status, 200);
  const scopes = (await shown.json()).scopes.map((scope: { name: string }) => scope.name);
  const decided = await server.request(`/oauth/interaction/${id}`, {
    method: "POST",
    headers: { ...session, "Content-Type": "application/json" },
    body: JSON.stringify({ decision: "approve", scopes }),
  });
  assert.equal(decided.status, 200);
  const { continue_to } = await decided.json();
  const continued = await server.request(new URL(continue_to).pathname, { headers: { Cookie: cookie } });
  assert.equal(continued.status, 303);
  const returned = locationOf(continued);
  assert.equal(`${returned.origin}${returned.pathname}`, redirect_uri);
  assert.equal(returned.searchParams.get("state"), "the client's state");
  assert.equal(returned.searchParams.get("iss"), "https://auth.example");
  const code = returned.searchParams.get("code") ?? "";

  const Authorization = `Basic ${btoa(`${client_id}:${client_secret}`)}`;
  const token = async (form: Record<string, string>) => {
    const response = await postToken(server, form, { Authorization });
    assert.equal(response.status, 200);
    return await response.json();
  };
  const first = await token({
    grant_type: "authorization_code",
    code,
    redirect_uri,
    code_verifier: VERIFIER,
    resource: "https://auth.example/mcp",
  });
  assert.equal(first.scope, "product:read");
  const second = await token({ grant_type: "refresh_token", refresh_token: first.refresh_token });
  assert.equal(second.scope, "product:read");
  return [
    client_secret,
    cookie.slice(cookie.indexOf("=") + 1),
    id,
    continue_to.slice(continue_to.lastIndexOf("/") + 1),
    code,
    VERIFIER,
    SESSIONS.alice,
    first.access_token,
    first.refresh_token,
    second.access_token,
    second.refresh_token,
  ];
}

Deno.test("register, authorize, consent, continue, token, refresh: the whole way, without one refusal", async () => {
  const server = createTestServer();
  await wholeFlow(server);
  assert.deepEqual(server.deps.logged, []);
});

Deno.test("the log holds no secret of a flow, also when every secret is presented again", async () => {
  const server = createTestServer();
  addClient(server);
  const secrets = await wholeFlow(server);
  for (const secret of secrets) {
    const sent = encode({ client_id: secret, state: secret, code: secret });
    await server.request(`/oauth/authorize?${sent}`);
    await server.request(authorizePath({ scope: secret, state: secret, code_challenge: secret }));
    await server.request(`/oauth/continue/${secret}`, {
      headers: { Cookie: `__Host-sekisho-browser=${secret}` },
    });
    await server.request(`/oauth/interaction/${secret}`, { headers: { Authorization: `Bearer ${secret}` } });
    await server.request(`/oauth/${secret}`);
    await server.request(`/oauth/token/${secret}?${sent}`, { method: "DELETE" });
    for (const grant_type of ["authorization_code", "refresh_token", secret]) {
      const form = { grant_type, client_id: "client_public", code: secret, refresh_token: secret };
      await postToken(server, { ...form, code_verifier: VERIFIER });
      await postToken(server, form, { Authorization: `Basic ${btoa(`${secret}:${secret}`)}` });
    }
  }
  assert.ok(server.deps.logged.length > 100);
  const text = JSON.stringify(server.deps.logged);
  for (const [index, secret] of secrets.entries()) assert.ok(!text.includes(secret), `secret ${index}`);
});

const OPEN = [
  ["/oauth/.well-known/oauth-authorization-server", "GET"],
  ["/oauth/.well-known/openid-configuration", "GET"],
  ["/oauth/jwks", "GET"],
  ["/oauth/register", "POST"],
  ["/oauth/token", "POST"],
] as const;

for (const [path, method] of OPEN) {
  Deno.test(`CORS: ${path} may be called by any page, without credentials`, async () => {
    const server = createTestServer();
    for (const Origin of [FOREIGN, "null", WEB]) {
      const preflight = await server.request(path, {
        method: "OPTIONS",
        headers: {
          Origin,
          "Access-Control-Request-Method": method,
          "Access-Control-Request-Headers": "authorization,content-type,mcp-protocol-version",
        },
      });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers.get("Access-Control-Allow-Origin"), "*");
      assert.equal(preflight.headers.get("Access-Control-Allow-Methods"), method);
      assert.equal(
        preflight.headers.get("Access-Control-Allow-Headers"),
        "authorization,content-type,mcp-protocol-version",
      );
      // Refusals are readable too: a client must see why.
      for (const sent of [method, "DELETE"]) {
        const response = await server.request(path, { method: sent, headers: { Origin } });
        assert.equal(response.headers.get("Access-Control-Allow-Origin"), "*", `${sent} ${response.status}`);
        assert.match(response.headers.get("Access-Control-Expose-Headers") ?? "", /WWW-Authenticate/);
        assert.equal(response.headers.get("Access-Control-Allow-Credentials"), null);
      }
    }
  });
}

for (const path of ["/oauth/authorize", `/oauth/continue/${"a".repeat(43)}`, "/oauth/unknown"]) {
  Deno.test(`CORS: ${path} is for no page`, async () => {
    const server = createTestServer();
    for (const Origin of [FOREIGN, WEB]) {
      for (const method of ["GET", "OPTIONS"]) {
        const { headers } = await server.request(path, {
          method,
          headers: { Origin, "Access-Control-Request-Method": "GET" },
        });
        for (const [name] of headers) assert.ok(!name.startsWith("access-control-"), name);
      }
    }
  });
}

Deno.test("CORS: interaction is for the consent page only, without credentials", async () => {
  const server = createTestServer();
  const path = `/oauth/interaction/${"a".repeat(43)}`;
  const preflight = (Origin: string) =>
    server.request(path, {
      method: "OPTIONS",
      headers: {
        Origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
      },
    });
  const ours = await preflight(WEB);
  assert.equal(ours.status, 204);
  assert.equal(ours.headers.get("Access-Control-Allow-Origin"), WEB);
  assert.equal(ours.headers.get("Access-Control-Allow-Methods"), "GET, POST");
  assert.equal(ours.headers.get("Access-Control-Allow-Headers"), "authorization");
  assert.equal(ours.headers.get("Access-Control-Allow-Credentials"), null);
  for (
    const origin of [FOREIGN, "null", `${WEB}.evil.example`, "http://web.example", "https://auth.example"]
  ) {
    assert.equal((await preflight(origin)).headers.get("Access-Control-Allow-Origin"), null, origin);
  }
});

Deno.test("interaction refuses a foreign or null Origin, also with a session; none at all is allowed", async () => {
  const server = createTestServer();
  const path = `/oauth/interaction/${"a".repeat(43)}`;
  const Authorization = `Bearer ${SESSIONS.alice}`;
  for (const Origin of [FOREIGN, "null", "", `${WEB}/`, WEB.toUpperCase(), CANARY]) {
    for (const method of ["GET", "POST"]) {
      const response = await server.request(path, { method, headers: { Authorization, Origin } });
      await assertRefused(server, response, {
        status: 403,
        code: "origin_not_allowed",
        description: "This origin may not act for people.",
        reason: "origin_not_allowed",
      });
      assert.equal(response.headers.get("Access-Control-Allow-Origin"), null);
    }
  }
  assert.equal((await server.request(path, { headers: { Authorization } })).status, 404);
  assert.equal((await server.request(path, { headers: { Authorization, Origin: WEB } })).status, 404);
});

const METHODS = [
  ["/oauth/.well-known/oauth-authorization-server", "GET"],
  ["/oauth/.well-known/openid-configuration", "GET"],
  ["/oauth/jwks", "GET"],
  ["/oauth/authorize", "GET"],
  [`/oauth/continue/${CANARY}`, "GET"],
  ["/oauth/register", "POST"],
  ["/oauth/token", "POST"],
  [`/oauth/interaction/${CANARY}`, "GET or POST"],
] as const;

for (const [path, allowed] of METHODS) {
  Deno.test(`${path} answers only to ${allowed}`, async () => {
    const server = createTestServer();
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      if (allowed.split(" or ").includes(method)) continue;
      const response = await server.request(`${path}?x=${CANARY}`, { method });
      await assertRefused(server, response, {
        status: 405,
        code: "method_not_allowed",
        description: `Use ${allowed} here.`,
        reason: "method_not_allowed",
      });
      assert.equal(response.headers.get("Allow"), allowed.replace(" or ", ", "));
    }
  });
}

Deno.test("unknown routes are a 404 JSON, logged without their path", async () => {
  const server = createTestServer();
  for (
    const path of [
      "/",
      "/oauth",
      "/oauth/",
      `/oauth/${CANARY}`,
      `/oauth/.well-known/${CANARY}`,
      "/oauth/token/",
      `/oauth/token/${CANARY}`,
      `/oauth/interaction/${CANARY}/${CANARY}`,
      "/oauth/continue/",
      "/OAuth/token",
      `/${CANARY}`,
      "/oauth/%00",
      "/oauth/%",
    ]
  ) {
    for (const method of ["GET", "POST"]) {
      await assertRefused(server, await server.request(path, { method }), {
        status: 404,
        code: "not_found",
        description: "There is nothing here.",
        reason: "route_unknown",
      });
    }
  }
});

Deno.test("every answer carries a request id of its own, and a refusal logs the same", async () => {
  const server = createTestServer();
  const [one, other] = [await server.request("/oauth/jwks"), await server.request("/oauth/unknown")];
  const ids = [one, other].map((response) => response.headers.get("X-Request-Id") ?? "");
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{16}$/);
  assert.notEqual(ids[0], ids[1]);
  assert.equal(server.deps.logged.at(-1)?.fields["id"], ids[1]);
  const chosen = await server.request("/oauth/unknown", { headers: { "X-Request-Id": CANARY } });
  assert.match(chosen.headers.get("X-Request-Id") ?? "", /^[A-Za-z0-9_-]{16}$/);
  assertLogHoldsNoCanary(server);
});

Deno.test("a refusal is one log line with route, method, status, code and reason", async () => {
  const server = createTestServer();
  const response = await server.request(authorizePath({ client_id: CANARY }));
  assertSafeHeaders(response);
  assert.deepEqual(server.deps.logged, [{
    level: "info",
    event: "request refused",
    fields: {
      id: response.headers.get("X-Request-Id"),
      method: "GET",
      route: "/oauth/authorize",
      status: 400,
      code: "invalid_client",
      reason: "client_unknown",
    },
  }]);
});
