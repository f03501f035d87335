/** Dynamic client registration (RFC 7591 §3): what is answered, what is stored, what is refused. */
import assert from "node:assert/strict";
import { sha256 } from "../../_shared/encoding.ts";
import { assertRefused, assertSafeHeaders, CANARY, type Refusal } from "../testing/assert_refused.ts";
import type { OAuthSettings } from "../deps.ts";
import { createTestServer, type TestServer } from "../testing/test_server.ts";

const LEAST = { redirect_uris: ["https://client.example/callback"] };

function post(
  server: TestServer,
  body: unknown,
  type = "application/json",
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers = { "Content-Type": type, ...more };
  return server.request("/oauth/register", { method: "POST", headers, body: text });
}

async function registered(server: TestServer, body: unknown) {
  const response = await post(server, body);
  assert.equal(response.status, 201);
  assertSafeHeaders(response);
  return await response.json();
}

Deno.test("register answers a confidential client with its secret, once, and every default", async () => {
  const server = createTestServer();
  const { client_id, client_secret, ...rest } = await registered(server, LEAST);
  assert.match(client_id, /^client_[A-Za-z0-9_-]{22}$/);
  assert.match(client_secret, /^[A-Za-z0-9_-]{43}$/);
  assert.deepEqual(rest, {
    client_id_issued_at: server.deps.now().getTime() / 1000,
    client_secret_expires_at: 0,
    redirect_uris: ["https://client.example/callback"],
    client_name: "Unnamed client",
    application_type: "web",
    token_endpoint_auth_method: "client_secret_basic",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  });
  const client = await server.deps.store.findClient(client_id);
  assert.deepEqual(client?.secretHash, await sha256(client_secret));
  assert.equal(client?.verified, false);
  assert.ok(!JSON.stringify([...server.deps.memory.tables.clients.values()]).includes(client_secret));
});

Deno.test("register answers a public client without any secret", async () => {
  const server = createTestServer();
  const body = {
    ...LEAST,
    client_name: "Example",
    client_uri: "https://client.example",
    application_type: "native",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code"],
    response_types: ["code"],
    scope: "product:read",
  };
  const { client_id, client_id_issued_at, ...rest } = await registered(server, body);
  assert.deepEqual(rest, body);
  assert.equal(client_id_issued_at, server.deps.now().getTime() / 1000);
  const { verified, secretHash, name, uri } = await server.deps.store.findClient(client_id) ?? {};
  assert.deepEqual({ verified, secretHash, name, uri }, {
    verified: false,
    secretHash: null,
    name: "Example",
    uri: "https://client.example",
  });
});

Deno.test("register answers nothing null and nothing that it ignored", async () => {
  const server = createTestServer();
  const answer = await registered(server, {
    ...LEAST,
    client_uri: null,
    scope: null,
    logo_uri: `https://${CANARY}.example/logo.png`,
    policy_uri: CANARY,
    software_statement: CANARY,
    client_id: CANARY,
    client_secret: CANARY,
    verified: true,
    grant_types: ["authorization_code", "implicit", CANARY],
  });
  assert.ok(!JSON.stringify(answer).includes(CANARY));
  assert.ok(!Object.values(answer).includes(null));
  assert.equal("client_uri" in answer, false);
  assert.deepEqual(answer.grant_types, ["authorization_code"]);
});

Deno.test("register gives every client an id and a secret of its own", async () => {
  const server = createTestServer();
  const answers = await Promise.all([registered(server, LEAST), registered(server, LEAST)]);
  assert.equal(new Set(answers.flatMap((answer) => [answer.client_id, answer.client_secret])).size, 4);
});

const metadata = (code: string, description: string, member: string): Refusal => ({
  status: 400,
  code,
  description,
  reason: `metadata_${member}`,
});
const REDIRECTS = metadata(
  "invalid_redirect_uri",
  "redirect_uris must list 1 to 20 URIs: https, http on loopback, or a private-use scheme, without fragment or user.",
  "redirect_uris",
);

const REFUSALS: readonly (readonly [body: unknown, refusal: Refusal])[] = [
  [{}, REDIRECTS],
  ...[
    `javascript:${CANARY}`,
    `JaVaScRiPt:${CANARY}`,
    ` javascript:${CANARY}`,
    `\tjavascript:${CANARY}`,
    `data:text/html,${CANARY}`,
    `vbscript:${CANARY}`,
    `blob:https://${CANARY}.example/x`,
    `file:///${CANARY}`,
    `http://${CANARY}.example/`,
    "http://evil",
    `https://client.example/#${CANARY}`,
    `https://${CANARY}@client.example/`,
    `https://client.example/\r\n${CANARY}`,
  ].map((uri) => [{ redirect_uris: [LEAST.redirect_uris[0], uri] }, REDIRECTS] as const),
  [
    { ...LEAST, client_name: `${CANARY}\0` },
    metadata(
      "invalid_client_metadata",
      "client_name must be a text of at most 200 characters.",
      "client_name",
    ),
  ],
  [
    { ...LEAST, client_name: CANARY.repeat(700) },
    metadata(
      "invalid_client_metadata",
      "client_name must be a text of at most 200 characters.",
      "client_name",
    ),
  ],
  [
    { ...LEAST, client_uri: `javascript:${CANARY}` },
    metadata("invalid_client_metadata", "client_uri must be an http or https URL.", "client_uri"),
  ],
  [
    { ...LEAST, application_type: CANARY },
    metadata("invalid_client_metadata", "application_type must be web or native.", "application_type"),
  ],
  [
    { ...LEAST, token_endpoint_auth_method: CANARY },
    metadata(
      "invalid_client_metadata",
      "token_endpoint_auth_method must be one of none, private_key_jwt, client_secret_basic, client_secret_post.",
      "token_endpoint_auth_method",
    ),
  ],
  [
    { ...LEAST, grant_types: [CANARY] },
    metadata("invalid_client_metadata", "grant_types must include authorization_code.", "grant_types"),
  ],
  [
    { ...LEAST, response_types: [CANARY] },
    metadata("invalid_client_metadata", "response_types must include code.", "response_types"),
  ],
  [
    { ...LEAST, scope: CANARY.repeat(200) },
    metadata("invalid_client_metadata", "scope must be a text of at most 2000 characters.", "scope"),
  ],
  ...[[], [LEAST], null, 1, `"${CANARY}"`].map((body) =>
    [
      body,
      metadata(
        "invalid_client_metadata",
        "The request body must be a JSON object of client metadata.",
        "not_an_object",
      ),
    ] as const
  ),
  ...["", "{", CANARY].map((body) =>
    [body, {
      status: 400,
      code: "invalid_request",
      description: "The body is not JSON.",
      reason: "body_not_json",
    }] as const
  ),
  [{ ...LEAST, unknown: CANARY.repeat(3000) }, {
    status: 413,
    code: "payload_too_large",
    description: "The request body is too large.",
    reason: "body_too_large",
  }],
];

for (const [body, refusal] of REFUSALS) {
  Deno.test(`register refuses with ${refusal.reason}: ${JSON.stringify(body).slice(0, 90)}`, async () => {
    const server = createTestServer();
    await assertRefused(server, await post(server, body), refusal);
    assert.equal(server.deps.memory.tables.clients.size, 0);
  });
}

Deno.test("register refuses every type but JSON", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", `application/${CANARY}`]) {
    const server = createTestServer();
    await assertRefused(server, await post(server, LEAST, type), {
      status: 415,
      code: "unsupported_media_type",
      description: "The body must be application/json in UTF-8.",
      reason: "content_type",
    });
  }
});

Deno.test("register refuses everything when it is off", async () => {
  const server = createTestServer({ registration: "off" });
  await assertRefused(server, await post(server, LEAST), {
    status: 403,
    code: "access_denied",
    description: "This server does not register clients.",
    reason: "registration_off",
  });
  assert.equal(server.deps.memory.tables.clients.size, 0);
});

const TOKEN = `registration_${"t".repeat(43)}`;

/** A server that registers with a token, and one token of two uses. */
async function setUpWithToken(settings: Partial<OAuthSettings> = { registration: "token" }) {
  const server = createTestServer(settings);
  server.deps.memory.recordRegistrationToken(await sha256(TOKEN), "test", 100, 2);
  const [token] = server.deps.memory.tables.registrationTokens.values();
  assert.ok(token !== undefined);
  const present = (Authorization?: string, body: unknown = LEAST) =>
    post(server, body, "application/json", Authorization === undefined ? {} : { Authorization });
  return { server, token, present };
}

const NO_TOKEN: Refusal = {
  status: 401,
  code: "invalid_token",
  description: "Registering a client here needs a registration token.",
  reason: "registration_token_missing",
};
const badToken = (cause: string): Refusal => ({
  status: 401,
  code: "invalid_token",
  description: "The registration token is unknown, expired, revoked or used up.",
  reason: `registration_token_${cause}`,
});
const CHALLENGE = 'Bearer realm="sekisho"';
const CHALLENGE_WITH_ERROR =
  `${CHALLENGE}, error="invalid_token", error_description="The registration token is unknown, expired, revoked or used up."`;

Deno.test("register with a token counts its uses, and what it registers is not verified by it", async () => {
  const { server, token, present } = await setUpWithToken();
  for (const uses of [1, 2]) {
    const response = await present(`Bearer ${TOKEN}`);
    assert.equal(response.status, 201);
    assertSafeHeaders(response);
    const { client_id, client_id_issued_at } = await response.json();
    assert.equal((await server.deps.store.findClient(client_id))?.verified, false);
    assert.equal(client_id_issued_at, server.deps.now().getTime() / 1000);
    assert.equal(token.uses, uses);
  }
  const third = await present(`Bearer ${TOKEN}`);
  assert.equal(third.headers.get("WWW-Authenticate"), CHALLENGE_WITH_ERROR);
  await assertRefused(server, third, badToken("used_up"));
  assert.equal(server.deps.memory.tables.clients.size, 2);
});

Deno.test("register without a token where one is needed is challenged without an error (RFC 6750 §3.1)", async () => {
  for (const header of [undefined, "", `Basic ${btoa(`${CANARY}:x`)}`, TOKEN, CANARY]) {
    const { server, token, present } = await setUpWithToken();
    // Before the body is looked at: whoever may not register is told nothing about metadata.
    for (const body of [LEAST, "{", {}]) {
      const response = await present(header, body);
      assert.equal(response.headers.get("WWW-Authenticate"), CHALLENGE);
      await assertRefused(server, response, NO_TOKEN);
    }
    assert.equal(token.uses, 0);
    assert.equal(server.deps.memory.tables.clients.size, 0);
  }
});

Deno.test("register refuses a token that is malformed or unknown in one text", async () => {
  const cases = [
    ...["", CANARY, `${TOKEN}x`, `${TOKEN}, Bearer ${TOKEN}`, `sb_${"x".repeat(43)}`, "x".repeat(50_000)]
      .map((credentials) => [credentials, "malformed"] as const),
    [`registration_${"u".repeat(43)}`, "unknown"] as const,
  ];
  for (const [credentials, cause] of cases) {
    const { server, present } = await setUpWithToken();
    const response = await present(`Bearer ${credentials}`);
    assert.equal(response.headers.get("WWW-Authenticate"), CHALLENGE_WITH_ERROR);
    await assertRefused(server, response, badToken(cause));
    assert.equal(server.deps.memory.tables.clients.size, 0);
  }
});

Deno.test("register refuses a token that was revoked or is past its time in the same text", async () => {
  const { server, token, present } = await setUpWithToken();
  server.deps.clock.elapse(100);
  await assertRefused(server, await present(`Bearer ${TOKEN}`), badToken("expired"));
  server.deps.memory.revokeRegistrationToken("test");
  await assertRefused(server, await present(`Bearer ${TOKEN}`), badToken("revoked"));
  assert.equal(token.uses, 0);
});

Deno.test("register counts no use of a token for metadata that it refuses", async () => {
  const { server, token, present } = await setUpWithToken();
  await assertRefused(server, await present(`Bearer ${TOKEN}`, {}), REDIRECTS);
  assert.equal(token.uses, 0);
});

Deno.test("register looks at no token where none is needed, or where nobody registers", async () => {
  const { token, present } = await setUpWithToken({ registration: "open" });
  for (const header of [`Bearer ${TOKEN}`, `Bearer ${CANARY}`, "Basic x"]) {
    assert.equal((await present(header)).status, 201);
  }
  assert.equal(token.uses, 0);
  const closed = await setUpWithToken({ registration: "off" });
  assert.equal((await closed.present(`Bearer ${TOKEN}`)).status, 403);
  assert.equal(closed.token.uses, 0);
});
