/** What authorize refuses, where the refusal goes and in which order: the table of steps.ts, row by row. */
import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import {
  assertLogHoldsNoCanary,
  assertNoCanary,
  assertReason,
  assertRefusedByPage,
  CANARY,
} from "../testing/assert_refused.ts";
import {
  addClient,
  authorizePath,
  type Changes,
  createTestServer,
  encode,
  HTTPS,
  locationOf,
  LOOPBACK,
  STATE,
  type TestServer,
} from "../testing/test_server.ts";
import { RECORDING, STEPS } from "./steps.ts";

const ISSUER = "https://auth.example";

function setUp(): TestServer {
  const server = createTestServer();
  addClient(server);
  addClient(server, { id: "client_verified" }, true);
  addClient(server, { id: "client_without_code", grantTypes: ["refresh_token"] });
  addClient(server, { id: "client_with_one_redirect", redirectUris: [LOOPBACK] });
  addClient(server, { id: "client_of_an_app", redirectUris: ["cursor://callback"] });
  return server;
}

/** Refusals before the redirect URI is proved to be the client's. */
const PAGES: readonly { name: string; changes: Changes; title: string; reason: string }[] = [
  ...[undefined, "", CANARY, `${CANARY}\0`, "x".repeat(501), " client_public", "CLIENT_PUBLIC"].map((
    client_id,
  ) => ({
    name: `client_id ${JSON.stringify(client_id)}`,
    changes: { client_id },
    title: "Unknown app",
    reason: "client_unknown",
  })),
  ...[
    undefined,
    "",
    CANARY,
    "https://evil.example/",
    `${HTTPS}/`,
    `${HTTPS}?x=${CANARY}`,
    `${HTTPS}#${CANARY}`,
    "https://client.example/Callback",
    "https://client.example@evil.example/callback",
    "http://localhost:50123/callback",
    "http://127.1/callback",
    `http://127.0.0.1:50123/callback/${CANARY}`,
    "javascript:alert(1)",
    `${HTTPS}\r\nLocation: https://evil.example`,
  ].map((redirect_uri) => ({
    name: `redirect_uri ${JSON.stringify(redirect_uri)}`,
    changes: { redirect_uri, state: CANARY },
    title: "Wrong return address",
    reason: "redirect_uri_not_registered",
  })),
];

for (const { name, changes, title, reason } of PAGES) {
  Deno.test(`authorize refuses by a page, never a Location: ${name}`, async () => {
    const server = setUp();
    const response = await server.request(authorizePath(changes));
    await assertRefusedByPage(server, response, { status: 400, title, reason });
    assert.equal(server.deps.memory.tables.requests.size, 0);
  });
}

for (const name of ["client_id", "redirect_uri"]) {
  Deno.test(`authorize refuses by a page, never a Location: ${name} sent twice`, async () => {
    const server = setUp();
    const value = name === "client_id" ? "client_public" : LOOPBACK;
    const response = await server.request(`${authorizePath()}&${encode({ [name]: value })}`);
    const [title, reason] = name === "client_id"
      ? ["Unknown app", "client_unknown"]
      : ["Wrong return address", "redirect_uri_not_registered"];
    await assertRefusedByPage(server, response, { status: 400, title, reason });
  });
}

Deno.test("authorize refuses a query over 16 KiB by a page, before it is parsed", async () => {
  const server = setUp();
  const response = await server.request(authorizePath({ state: CANARY.repeat(1500) }));
  await assertRefusedByPage(server, response, {
    status: 400,
    title: "Unknown app",
    reason: "client_unknown",
  });
});

interface RedirectRefusal {
  readonly name: string;
  readonly changes: Changes;
  /** Appended to the query. */
  readonly more?: string;
  readonly code: string;
  readonly description: string;
  readonly reason: string;
  readonly state?: string | null;
}

const REDIRECTS: readonly RedirectRefusal[] = [
  ...["state", "scope", "code_challenge", "response_type", CANARY].map((parameter) => ({
    name: `${parameter} sent twice`,
    changes: { [parameter]: "x" },
    more: `&${encode({ [parameter]: "x" })}`,
    code: "invalid_request",
    description: "A parameter was sent more than once.",
    reason: "parameter_repeated",
    ...(parameter === "state" ? { state: null } : {}),
  })),
  {
    name: "resource sent twice",
    changes: {},
    more: `&${encode({ resource: "x" })}&${encode({ resource: "y" })}`,
    code: "invalid_target",
    description: "The resource is unknown, or not the one that was authorized.",
    reason: "resource_repeated",
  },
  ...[`${CANARY}\0`, `${CANARY}\r\nX: y`, "\x7f"].map((scope) => ({
    name: `control characters ${JSON.stringify(scope)}`,
    changes: { scope },
    code: "invalid_request",
    description: "A parameter holds control characters.",
    reason: "parameter_not_plain",
  })),
  {
    name: "state with NUL",
    changes: { state: `${CANARY}\0` },
    code: "invalid_request",
    description: "A parameter holds control characters.",
    reason: "parameter_not_plain",
    state: null,
  },
  {
    name: "state over 2000 characters",
    changes: { state: CANARY.padEnd(2001, "x") },
    code: "invalid_request",
    description: "The state parameter is too long.",
    reason: "state_too_long",
    state: null,
  },
  {
    name: "response_type missing",
    changes: { response_type: undefined },
    code: "invalid_request",
    description: "The response_type parameter is missing.",
    reason: "response_type_missing",
  },
  ...["token", "id_token", "code token", "CODE", CANARY].map((response_type) => ({
    name: `response_type ${response_type}`,
    changes: { response_type },
    code: "unsupported_response_type",
    description: "Only response_type=code exists here.",
    reason: "response_type",
  })),
  ...["fragment", "form_post", "query.jwt", CANARY].map((response_mode) => ({
    name: `response_mode ${response_mode}`,
    changes: { response_mode },
    code: "invalid_request",
    description: "Only response_mode=query exists here.",
    reason: "response_mode",
  })),
  ...["request", "request_uri"].map((parameter) => ({
    name: `a request object by ${parameter}`,
    changes: { [parameter]: CANARY },
    code: `${parameter}_not_supported`,
    description: "Request objects are not supported.",
    reason: "request_object",
  })),
  {
    name: "a client that may not use codes",
    changes: { client_id: "client_without_code" },
    code: "unauthorized_client",
    description: "The client may not use this grant type.",
    reason: "grant_type_not_allowed",
  },
  {
    name: "code_challenge missing",
    changes: { code_challenge: undefined },
    code: "invalid_request",
    description: "The code_challenge parameter is missing.",
    reason: "code_challenge_missing",
  },
  ...[undefined, "", "plain", "s256", "S512", CANARY].map((code_challenge_method) => ({
    name: `code_challenge_method ${JSON.stringify(code_challenge_method)}`,
    changes: { code_challenge_method },
    code: "invalid_request",
    description: "The code_challenge_method must be S256.",
    reason: "code_challenge_method",
  })),
  ...[CANARY, "a".repeat(42), "a".repeat(44), `${"a".repeat(42)}=`, `${"a".repeat(42)}+`].map((
    code_challenge,
  ) => ({
    name: `code_challenge ${code_challenge}`,
    changes: { code_challenge },
    code: "invalid_request",
    description: "The code_challenge is not an S256 challenge.",
    reason: "code_challenge_malformed",
  })),
  ...[CANARY, "https://auth.example", "https://auth.example/mcp#x", "https://evil.example/mcp"].map((
    resource,
  ) => ({
    name: `resource ${resource}`,
    changes: { resource },
    code: "invalid_target",
    description: "The resource is unknown, or not the one that was authorized.",
    reason: "resource_unknown",
  })),
  ...[
    CANARY,
    "product:delete",
    "offline_access product:admin",
    "*",
    ":*",
    "product:**",
    "prod*",
    "product:*:x",
    "order:*",
  ].map((scope) => ({
    name: `scope ${scope}`,
    changes: { scope },
    code: "invalid_scope",
    description: "None of the requested scopes exists at this resource.",
    reason: "scope_unknown",
  })),
  {
    name: "scope malformed",
    changes: { scope: `product:read "${CANARY}"` },
    code: "invalid_scope",
    description: "The scope parameter is malformed.",
    reason: "scope_malformed",
  },
  {
    name: "scope over 2000 characters",
    changes: { scope: `${CANARY} `.repeat(200) },
    code: "invalid_scope",
    description: "The scope parameter is too long.",
    reason: "scope_too_long",
  },
  {
    name: "authorization_details",
    changes: { authorization_details: `[{"type":"${CANARY}"}]` },
    code: "invalid_authorization_details",
    description: "The authorization details are malformed, or ask for what does not exist at this resource.",
    reason: "details_type_unknown",
  },
  ...["none", "login none"].map((prompt) => ({
    name: `prompt ${prompt}`,
    changes: { prompt },
    code: "interaction_required",
    description: "This server asks for consent every time.",
    reason: "prompt_none",
  })),
];

for (const refusal of REDIRECTS) {
  Deno.test(`authorize refuses by redirect: ${refusal.name}`, async () => {
    const server = setUp();
    const { state = STATE } = refusal;
    const response = await server.request(`${authorizePath(refusal.changes)}${refusal.more ?? ""}`);
    assertReason(server, refusal.reason);
    assert.equal(response.status, 303);
    const location = response.headers.get("Location") ?? "";
    const expected = new URLSearchParams({ error: refusal.code, error_description: refusal.description });
    if (state !== null) expected.set("state", state);
    expected.set("iss", ISSUER);
    assert.equal(location, `${LOOPBACK}?${expected}`);
    assert.equal(response.headers.get("Set-Cookie"), null);
    assert.equal(response.headers.get("Cache-Control"), "no-store");
    assert.equal(response.headers.get("Referrer-Policy"), "no-referrer");
    assertNoCanary(response, await response.text());
    assertLogHoldsNoCanary(server);
    assert.equal(server.deps.memory.tables.requests.size, 0);
  });
}

Deno.test("STEPS: each step refuses before every later one", async () => {
  const wrong: readonly [Changes, string][] = [
    [{ client_id: "nobody" }, "client_unknown"],
    [{ redirect_uri: "https://evil.example/" }, "redirect_uri_not_registered"],
    [{ state: "x".repeat(2001) }, "state_too_long"],
    [{ response_type: "token" }, "response_type"],
    [{ code_challenge_method: "plain" }, "code_challenge_method"],
    [{ resource: "https://evil.example" }, "resource_unknown"],
    [{ scope: '"' }, "scope_malformed"],
    [{ authorization_details: "[]" }, "details_malformed"],
    [{ prompt: "none" }, "prompt_none"],
  ];
  assert.equal(wrong.length, STEPS.length);
  for (const [index, [, reason]] of wrong.entries()) {
    const server = setUp();
    const changes = Object.assign({}, ...wrong.slice(index).map(([change]) => change));
    await server.request(authorizePath(changes));
    assertReason(server, reason);
  }
  assert.deepEqual(STEPS.map((step) => step.refusal), ["page", "page", ...Array(7).fill("redirect")]);
});

Deno.test("RECORDING: what recording refuses comes after every step, and goes where the table says", async () => {
  const after = setUp();
  await after.request(authorizePath({ scope: "unknown", prompt: "none" }));
  assertReason(after, "prompt_none");
  for (const [outcome, refusal] of Object.entries(RECORDING)) {
    const server = setUp();
    const createAuthorizationRequest = () => Promise.resolve({ outcome: outcome as keyof typeof RECORDING });
    const app = createApp({ ...server.deps, store: { ...server.deps.store, createAuthorizationRequest } });
    const response = await app.request(authorizePath());
    assertReason(server, outcome);
    assert.equal(response.headers.get("Set-Cookie"), null);
    assert.equal(response.headers.has("Location"), refusal === "redirect");
    assert.equal(response.status, refusal === "redirect" ? 303 : 400);
  }
});

Deno.test("authorize shows an unverified https client's refusal on a page with a link, and redirects nowhere", async () => {
  const server = setUp();
  const response = await server.request(
    authorizePath({ redirect_uri: HTTPS, scope: `${CANARY}`, state: '"><script>alert(1)</script>' }),
  );
  const title = "The app&#39;s request cannot be used";
  const page = await assertRefusedByPage(server, response, { status: 400, title, reason: "scope_unknown" });
  assert.ok(page.includes(">Return to client.example</a>"));
  const href = /href="([^"]+)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "";
  assert.ok(href.startsWith(`${HTTPS}?error=invalid_scope&`));
  const { searchParams } = new URL(href);
  assert.equal(searchParams.get("state"), '"><script>alert(1)</script>');
  assert.equal(searchParams.get("iss"), ISSUER);
});

Deno.test("authorize shows the refusal of an app's own scheme on a page, naming the scheme", async () => {
  const server = setUp();
  const changes = { client_id: "client_of_an_app", redirect_uri: "cursor://callback", prompt: "none" };
  const response = await server.request(authorizePath(changes));
  const title = "The app&#39;s request cannot be used";
  const page = await assertRefusedByPage(server, response, { status: 400, title, reason: "prompt_none" });
  assert.ok(page.includes(">Return to cursor:</a>"));
});

Deno.test("authorize redirects a verified client's refusal to https at once", async () => {
  const server = setUp();
  const changes = { client_id: "client_verified", redirect_uri: HTTPS, prompt: "none" };
  const response = await server.request(authorizePath(changes));
  assert.equal(response.status, 303);
  const { origin, searchParams } = locationOf(response);
  assert.equal(origin, "https://client.example");
  assert.deepEqual([...searchParams.keys()], ["error", "error_description", "state", "iss"]);
  assert.equal(searchParams.get("error"), "interaction_required");
});

Deno.test("authorize takes the only redirect URI when none is sent", async () => {
  const server = setUp();
  const changes = { client_id: "client_with_one_redirect", redirect_uri: undefined };
  const response = await server.request(authorizePath(changes));
  assert.equal(locationOf(response).pathname, "/consent");
  const [request] = server.deps.memory.tables.requests.values();
  assert.equal(request?.redirectUri, LOOPBACK);
});

Deno.test("authorize takes the only redirect URI for none sent, never for two", async () => {
  const server = setUp();
  const changes = { client_id: "client_with_one_redirect" };
  const response = await server.request(`${authorizePath(changes)}&${encode({ redirect_uri: LOOPBACK })}`);
  const title = "Wrong return address";
  await assertRefusedByPage(server, response, { status: 400, title, reason: "redirect_uri_not_registered" });
});

Deno.test("authorize asks the store for no client id that cannot be one", async () => {
  const { deps } = setUp();
  const findClient = () => Promise.reject(new Error("asked"));
  const app = createApp({ ...deps, store: { ...deps.store, findClient } });
  for (const client_id of [undefined, "", "x".repeat(501), "a\0b"]) {
    assert.equal((await app.request(authorizePath({ client_id }))).status, 400);
  }
});

Deno.test("authorize gives no redirect URI to a refusal that was not sent one of several", async () => {
  const server = setUp();
  const response = await server.request(authorizePath({ redirect_uri: undefined, prompt: "none" }));
  const title = "Wrong return address";
  await assertRefusedByPage(server, response, { status: 400, title, reason: "redirect_uri_not_registered" });
});
