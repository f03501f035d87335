/** What the consent page is told, what it may decide, and what is refused. */
import assert from "node:assert/strict";
import { sha256, toBase64Url } from "../../_shared/encoding.ts";
import { ALICE, BOB, SESSIONS } from "../testing/test_deps.ts";
import { assertRefused, assertSafeHeaders, CANARY, type Refusal } from "../testing/assert_refused.ts";
import {
  addClient,
  begin,
  createTestServer,
  decide,
  HTTPS,
  LOOPBACK,
  postDecision,
  showInteraction,
  type TestServer,
} from "../testing/test_server.ts";

const APPROVE = { decision: "approve", scopes: ["product:read"] };

function setUp(): TestServer {
  const server = createTestServer();
  addClient(server);
  return server;
}

const SIGN_IN = { status: 401, code: "login_required", description: "Sign in first." } as const;
const NOT_FOUND: Refusal = {
  status: 404,
  code: "not_found",
  description: "There is no such authorization request.",
  reason: "request_not_found",
};
const DECIDED: Refusal = {
  status: 409,
  code: "already_decided",
  description: "This authorization request was already decided.",
  reason: "request_decided",
};
const EXPIRED: Refusal = {
  status: 410,
  code: "request_expired",
  description: "This authorization request is too old.",
  reason: "request_expired",
};

Deno.test("GET interaction answers everything that consent shows, and nothing of the client's state", async () => {
  const server = setUp();
  const { id } = await begin(server);
  const response = await showInteraction(server, id);
  assert.equal(response.status, 200);
  assertSafeHeaders(response);
  assert.deepEqual(await response.json(), {
    client: {
      id: "client_public",
      name: "Example client",
      host: null,
      verified: false,
      borrowed_name: false,
    },
    redirect_host: "127.0.0.1:50123",
    loopback: true,
    resource: "https://auth.example/mcp",
    scopes: [
      {
        name: "product:read",
        description: { en: "See products", ja: "商品を見る" },
        tools: ["product_list"],
        earlier: false,
        limited_by: null,
      },
      {
        name: "product:write",
        description: { en: "Change products", ja: "商品を変更する" },
        tools: [],
        earlier: false,
        limited_by: null,
      },
    ],
    authorization_details: [],
    user: { id: ALICE.id, email: "alice@example.com", name: "Alice" },
  });
});

Deno.test("GET interaction shows each scope that a wildcard stands for, and no wildcard can be approved", async () => {
  const server = setUp();
  const { id } = await begin(server, { scope: "product:*" });
  const { scopes } = await (await showInteraction(server, id)).json();
  assert.deepEqual(scopes.map(({ name }: { name: string }) => name), ["product:read", "product:write"]);
  for (const wildcard of ["product:*", "*"]) {
    const response = await postDecision(server, id, { decision: "approve", scopes: [wildcard] });
    await assertRefused(server, response, {
      status: 400,
      code: "invalid_scope",
      description: "A scope was approved that was not asked for.",
      reason: "scope_not_requested",
    });
  }
  assert.equal((await postDecision(server, id, APPROVE)).status, 200);
});

Deno.test("GET interaction tells a verified client, an https redirect, and a person without a name", async () => {
  const server = createTestServer();
  addClient(server, { uri: null }, true);
  const { id } = await begin(server, { redirect_uri: HTTPS });
  const shown = await (await showInteraction(server, id, SESSIONS.bob)).json();
  assert.deepEqual(shown.client, {
    id: "client_public",
    name: "Example client",
    host: null,
    verified: true,
    borrowed_name: false,
  });
  assert.deepEqual([shown.redirect_host, shown.loopback], ["client.example", false]);
  assert.deepEqual(shown.user, { id: BOB.id, email: null, name: null });
});

Deno.test("GET interaction warns of a known name with answers elsewhere, unless the client is verified", async () => {
  for (const verified of [false, true]) {
    const server = createTestServer();
    addClient(server, { name: "Claude" }, verified);
    const shown = async (redirect_uri?: string) => {
      const { id } = await begin(server, redirect_uri === undefined ? {} : { redirect_uri });
      return (await (await showInteraction(server, id)).json()).client.borrowed_name;
    };
    assert.equal(await shown(HTTPS), !verified);
    assert.equal(await shown(), false, "on this computer");
  }
});

Deno.test("GET interaction shows a scope that its resource forgot by its name, instead of hiding it", async () => {
  const server = setUp();
  const { id } = await begin(server);
  const [resource] = await server.deps.store.listResources();
  assert.ok(resource !== undefined);
  server.deps.memory.recordResource({ ...resource, scopes: [] });
  const { scopes } = await (await showInteraction(server, id)).json();
  const description = { en: "product:read", ja: "product:read" };
  assert.deepEqual(scopes[0], {
    name: "product:read",
    description,
    tools: [],
    earlier: false,
    limited_by: null,
  });
});

Deno.test("GET interaction marks what this person gave before, for this person only", async () => {
  const server = setUp();
  const first = await begin(server);
  const path = await decide(server, first.id, APPROVE);
  await server.request(path, { headers: { Cookie: first.cookie } });
  const earlier = async (session: string) => {
    const { scopes } = await (await showInteraction(server, (await begin(server)).id, session)).json();
    return scopes.map((scope: { earlier: boolean }) => scope.earlier);
  };
  assert.deepEqual(await earlier(SESSIONS.alice), [true, false]);
  assert.deepEqual(await earlier(SESSIONS.bob), [false, false]);
});

Deno.test("POST interaction answers an absolute continue_to with a secret that is stored only as its hash", async () => {
  const server = setUp();
  const { id } = await begin(server);
  const response = await postDecision(server, id, APPROVE);
  assert.equal(response.status, 200);
  assertSafeHeaders(response);
  const body = await response.json();
  assert.deepEqual(Object.keys(body), ["continue_to"]);
  const [, secret = ""] =
    /^https:\/\/auth\.example\/oauth\/continue\/([A-Za-z0-9_-]{43})$/.exec(body.continue_to) ?? [];
  const [request] = server.deps.memory.tables.requests.values();
  assert.deepEqual([request?.decision, request?.personId, request?.grantedScope], [
    "approve",
    ALICE.id,
    ["product:read"],
  ]);

  assert.equal(request?.continueKey, toBase64Url(await sha256(secret)));
});

Deno.test("POST interaction takes parameters from the recorded request, never from the form", async () => {
  const server = setUp();
  const { id } = await begin(server, { scope: "product:read" });
  const more = { ...APPROVE, redirect_uri: "https://evil.example", client_id: "x", user: BOB, resource: "x" };
  assert.equal((await postDecision(server, id, more)).status, 200);
  const [request] = server.deps.memory.tables.requests.values();
  assert.deepEqual([request?.redirectUri, request?.clientId, request?.personId], [
    LOOPBACK,
    "client_public",
    ALICE.id,
  ]);
});

Deno.test("POST interaction denies without scopes, and accepts an empty authorization_details", async () => {
  const server = setUp();
  for (
    const body of [{ decision: "deny" }, { decision: "deny", scopes: [] }, {
      ...APPROVE,
      authorization_details: [],
    }]
  ) assert.equal((await postDecision(server, (await begin(server)).id, body)).status, 200);
});

Deno.test("interaction refuses whoever has no session, before it looks at the request", async () => {
  const server = setUp();
  const { id, cookie } = await begin(server);
  for (
    const [headers, reason] of [
      [{}, "session_missing"],
      [{ Cookie: cookie }, "session_missing"],
      [{ Authorization: `Basic ${btoa("a:b")}` }, "session_missing"],
      [{ Authorization: "Bearer" }, "session_missing"],
      [{ Authorization: `Bearer ${CANARY} ${CANARY}` }, "session_missing"],
      [{ Authorization: `Bearer ${"x".repeat(8001)}` }, "session_missing"],
      [{ Authorization: `Bearer ${CANARY}` }, "session_no_session"],
      [{ Authorization: `Bearer ${SESSIONS.anonymous}` }, "session_not_a_person"],
    ] as const
  ) {
    for (const path of [`/oauth/interaction/${id}`, "/oauth/interaction/unknown"]) {
      for (const method of ["GET", "POST"]) {
        const response = await server.request(path, { method, headers });
        await assertRefused(server, response, { ...SIGN_IN, reason });
      }
    }
  }
});

Deno.test("interaction asks for the second factor of a person who has one", async () => {
  const server = setUp();
  const { id } = await begin(server);
  const expected: Refusal = {
    status: 403,
    code: "second_factor_required",
    description: "Sign in with your second factor first.",
    reason: "aal2_required",
  };
  await assertRefused(server, await showInteraction(server, id, SESSIONS.withoutSecondFactor), expected);
  await assertRefused(
    server,
    await postDecision(server, id, APPROVE, SESSIONS.withoutSecondFactor),
    expected,
  );
});

Deno.test("interaction refuses a banned or deleted person", async () => {
  const server = setUp();
  const { id } = await begin(server);
  server.deps.memory.banPerson(ALICE.id, 60);
  server.deps.memory.deletePerson(BOB.id);
  for (const session of [SESSIONS.alice, SESSIONS.bob]) {
    const expected = { ...SIGN_IN, reason: "person_inactive" };
    await assertRefused(server, await showInteraction(server, id, session), expected);
    await assertRefused(server, await postDecision(server, id, APPROVE, session), expected);
  }
});

Deno.test("interaction refuses a request that is unknown, malformed, or of a blocked client", async () => {
  const server = setUp();
  for (const id of [CANARY, "a".repeat(43), "a".repeat(44), "%00", "%", "..%2f", "%E5%90%8D"]) {
    await assertRefused(server, await showInteraction(server, id), NOT_FOUND);
    await assertRefused(server, await postDecision(server, id, APPROVE), NOT_FOUND);
  }
  const { id } = await begin(server);
  server.deps.memory.changeClient("client_public", { blocked: true });
  await assertRefused(server, await showInteraction(server, id), NOT_FOUND);
});

Deno.test("interaction is over after a decision, whoever made it, and after ten minutes", async () => {
  const server = setUp();
  const [decided, old] = [await begin(server), await begin(server)];
  await decide(server, decided.id);
  for (const session of [SESSIONS.alice, SESSIONS.bob]) {
    await assertRefused(server, await showInteraction(server, decided.id, session), DECIDED);
    await assertRefused(server, await postDecision(server, decided.id, APPROVE, session), DECIDED);
  }
  server.deps.clock.elapse(600);
  await assertRefused(server, await showInteraction(server, old.id), EXPIRED);
  await assertRefused(server, await postDecision(server, old.id, APPROVE), EXPIRED);
});

Deno.test("POST interaction refuses to approve nothing, or what was not asked for, and stays open", async () => {
  const server = setUp();
  const { id } = await begin(server, { scope: "product:read" });
  const scope = { status: 400, code: "invalid_scope" } as const;
  for (const body of [{ decision: "approve" }, { decision: "approve", scopes: [] }]) {
    const description = "Approve at least one scope, or deny.";
    await assertRefused(server, await postDecision(server, id, body), {
      ...scope,
      description,
      reason: "scope_empty",
    });
  }
  for (const scopes of [["product:write"], ["product:read", "product:write"], [CANARY], [""]]) {
    const response = await postDecision(server, id, { decision: "approve", scopes });
    const description = "A scope was approved that was not asked for.";
    await assertRefused(server, response, { ...scope, description, reason: "scope_not_requested" });
  }
  assert.equal((await postDecision(server, id, APPROVE)).status, 200);
});

Deno.test("POST interaction refuses a malformed decision and stays open", async () => {
  const server = setUp();
  const { id } = await begin(server);
  const expected: Refusal = {
    status: 400,
    code: "invalid_request",
    description: "The decision is malformed.",
    reason: "decision_malformed",
  };
  for (
    const body of [
      null,
      [],
      CANARY,
      {},
      { scopes: ["product:read"] },
      { decision: CANARY, scopes: ["product:read"] },
      { decision: "Approve", scopes: ["product:read"] },
      { decision: true, scopes: ["product:read"] },
      { decision: "approve", scopes: CANARY },
      { decision: "approve", scopes: [1] },
      { decision: "approve", scopes: [null] },
      { decision: "approve", scopes: ["x".repeat(201)] },
      { decision: "approve", scopes: Array(201).fill("product:read") },
      { decision: "approve", scopes: [`product:read\0${CANARY}`] },
      { decision: "approve", scopes: ["product:read"], authorization_details: [{ type: CANARY }] },
      { decision: "approve", scopes: ["product:read"], authorization_details: CANARY },
      {
        decision: "approve",
        scopes: ["product:read"],
        authorization_details: [{ type: "\ud800", actions: [], maxAmount: 0, currency: "JPY" }],
      },
    ]
  ) await assertRefused(server, await postDecision(server, id, body), expected);
  assert.equal((await postDecision(server, id, APPROVE)).status, 200);
});

Deno.test("POST interaction refuses a body that is no JSON", async () => {
  const server = setUp();
  const { id } = await begin(server);
  const post = (body: string, type: string) =>
    server.request(`/oauth/interaction/${id}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${SESSIONS.alice}`, "Content-Type": type },
      body,
    });
  await assertRefused(server, await post(`{"decision":"${CANARY}"`, "application/json"), {
    status: 400,
    code: "invalid_request",
    description: "The body is not JSON.",
    reason: "body_not_json",
  });
  // What a form of another site can send without a preflight.
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    await assertRefused(server, await post(JSON.stringify(APPROVE), type), {
      status: 415,
      code: "unsupported_media_type",
      description: "The body must be application/json in UTF-8.",
      reason: "content_type",
    });
  }
});
