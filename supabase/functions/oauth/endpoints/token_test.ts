/** The token endpoint before any grant: the form, the client, the grant type. */
import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { assertRefused, assertSafeHeaders, CANARY, type Refusal } from "../testing/assert_refused.ts";
import {
  addClient,
  addConfidentialClient,
  type Changes,
  CLIENT_SECRET,
  codeForm,
  createTestServer,
  encode,
  obtainCode,
  postToken,
} from "../testing/test_server.ts";

const BASIC = "client_secret_basic client";

async function setUp() {
  const server = createTestServer();
  addClient(server);
  addClient(server, { id: "client_without_refresh", grantTypes: ["authorization_code"] });
  await addConfidentialClient(server, "client_secret_basic");
  await addConfidentialClient(server, "client_secret_post");
  return server;
}

/** Everything about this form is wrong but what the refusal is about. */
const FORM: Changes = {
  client_id: "client_public",
  code: CANARY,
  refresh_token: CANARY,
  code_verifier: CANARY,
  redirect_uri: `https://${CANARY}.example/`,
  resource: CANARY,
  scope: CANARY,
};

const CLIENT = "The client is unknown or could not be authenticated.";
const invalidClient = (reason: string, description = CLIENT): Refusal => (
  { status: 401, code: "invalid_client", description, reason }
);
const basic = (id: string, secret: string) =>
  `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`;

interface Case {
  readonly name: string;
  readonly form: Changes;
  readonly headers?: Readonly<Record<string, string>>;
  readonly refusal: Refusal;
}

const CASES: readonly Case[] = [
  {
    name: "no client",
    form: { ...FORM, client_id: undefined },
    refusal: invalidClient("client_id_missing", "The request does not name its client."),
  },
  { name: "unknown client", form: { ...FORM, client_id: CANARY }, refusal: invalidClient("client_unknown") },
  {
    name: "wrong secret by Basic",
    form: { grant_type: "authorization_code" },
    headers: { Authorization: basic(BASIC, CANARY) },
    refusal: invalidClient("secret_wrong"),
  },
  {
    name: "wrong secret by post",
    form: { ...FORM, client_id: "client_secret_post client", client_secret: CANARY },
    refusal: invalidClient("secret_wrong"),
  },
  {
    name: "another method than the registered one",
    form: { ...FORM, client_id: BASIC, client_secret: CLIENT_SECRET },
    refusal: invalidClient("auth_method_not_registered"),
  },
  {
    name: "no secret of a client that has one",
    form: { ...FORM, client_id: BASIC },
    refusal: invalidClient("auth_method_not_registered"),
  },
  {
    name: "an assertion instead of a secret",
    form: { ...FORM, client_id: BASIC, client_assertion: CANARY, client_assertion_type: CANARY },
    refusal: invalidClient("assertion_type"),
  },
  {
    name: "a Bearer header",
    form: FORM,
    headers: { Authorization: `Bearer ${CANARY}` },
    refusal: invalidClient("authorization_header_malformed"),
  },
  {
    name: "Basic and a secret in the body",
    form: { ...FORM, client_id: BASIC, client_secret: CLIENT_SECRET },
    headers: { Authorization: basic(BASIC, CLIENT_SECRET) },
    refusal: {
      status: 400,
      code: "invalid_request",
      description: "Authenticate the client in one way only.",
      reason: "two_auth_methods",
    },
  },
  ...[undefined, ""].map((grant_type) => ({
    name: `grant_type ${JSON.stringify(grant_type)}`,
    form: { ...FORM, grant_type },
    refusal: {
      status: 400,
      code: "invalid_request",
      description: "The grant_type parameter is missing.",
      reason: "grant_type_missing",
    },
  })),
  ...[CANARY, "password", "password", "implicit", "AUTHORIZATION_CODE", "authorization_code "].map(
    (grant_type) => ({
      name: `grant_type ${grant_type}`,
      form: { ...FORM, grant_type },
      refusal: {
        status: 400,
        code: "unsupported_grant_type",
        description: "This grant type does not exist here.",
        reason: "grant_type_unknown",
      },
    }),
  ),
  {
    name: "a grant that the client may not use",
    form: { ...FORM, client_id: "client_without_refresh", grant_type: "refresh_token" },
    refusal: {
      status: 400,
      code: "unauthorized_client",
      description: "The client may not use this grant type.",
      reason: "grant_type_not_allowed",
    },
  },
  {
    name: "control characters",
    form: { ...FORM, grant_type: "authorization_code", code: `${CANARY}\0` },
    refusal: {
      status: 400,
      code: "invalid_request",
      description: "A parameter holds control characters.",
      reason: "parameter_not_plain",
    },
  },
];

for (const { name, form, headers, refusal } of CASES) {
  Deno.test(`token refuses with ${refusal.reason}: ${name}`, async () => {
    const server = await setUp();
    const response = await postToken(server, form, headers);
    await assertRefused(server, response, refusal);
    const challenge = headers?.["Authorization"] !== undefined && refusal.status === 401;
    assert.equal(response.headers.get("WWW-Authenticate"), challenge ? 'Basic realm="sekisho"' : null);
  });
}

const RESOURCE_REPEATED: Refusal = {
  status: 400,
  code: "invalid_target",
  description: "The resource is unknown, or not the one that was authorized.",
  reason: "resource_repeated",
};

const REPEATED: Refusal = {
  status: 400,
  code: "invalid_request",
  description: "A parameter was sent more than once.",
  reason: "parameter_repeated",
};

for (
  const name of [
    "grant_type",
    "client_id",
    "client_secret",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "resource",
    "scope",
    CANARY,
  ]
) {
  Deno.test(`token refuses ${name} sent twice, also with the same value or empty, and consumes nothing`, async () => {
    const server = await setUp();
    const good = codeForm(await obtainCode(server));
    const value = good[name] ?? CANARY;
    for (const [first, second] of [[value, value], [value, ""], ["", value]]) {
      const form = { ...good, [name]: first };
      const response = await server.request("/oauth/token", {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: `${encode(form)}&${encode({ [name]: second })}`,
      });
      await assertRefused(server, response, name === "resource" ? RESOURCE_REPEATED : REPEATED);
    }
    assert.equal((await postToken(server, good)).status, 200);
  });
}

Deno.test("token refuses parameters in the query and leaves the code as it was", async () => {
  const server = await setUp();
  const form = codeForm(await obtainCode(server));
  for (const path of [`/oauth/token?${encode(form)}`, `/oauth/token?x=${CANARY}`, "/oauth/token?"]) {
    const response = await server.request(path, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: encode(form),
    });
    await assertRefused(server, response, {
      status: 400,
      code: "invalid_request",
      description: "Parameters belong in the body.",
      reason: "query_parameters",
    });
  }
  assert.equal((await postToken(server, form)).status, 200);
});

Deno.test("token refuses every type but a form in UTF-8", async () => {
  const server = await setUp();
  const form = codeForm(await obtainCode(server));
  for (
    const [type, body] of [
      ["application/json", JSON.stringify(form)],
      ["application/json, application/x-www-form-urlencoded", encode(form)],
      ["multipart/form-data; boundary=x", encode(form)],
      ["text/plain", encode(form)],
      ["application/x-www-form-urlencoded; charset=utf-16", encode(form)],
    ] as const
  ) {
    const response = await server.request("/oauth/token", {
      method: "POST",
      headers: { "Content-Type": type },
      body,
    });
    await assertRefused(server, response, {
      status: 415,
      code: "unsupported_media_type",
      description: "The body must be application/x-www-form-urlencoded in UTF-8.",
      reason: "content_type",
    });
  }
  assert.equal((await postToken(server, form)).status, 200);
});

Deno.test("token refuses a large body", async () => {
  const server = await setUp();
  await assertRefused(server, await postToken(server, { ...FORM, code: CANARY.repeat(3000) }), {
    status: 413,
    code: "payload_too_large",
    description: "The request body is too large.",
    reason: "body_too_large",
  });
});

Deno.test("token ignores parameters that its grant does not read", async () => {
  const server = await setUp();
  const form = { ...codeForm(await obtainCode(server)), scope: "unknown", audience: "x", refresh_token: "x" };
  assert.equal((await postToken(server, form)).status, 200);
});

Deno.test("token answers confidential clients by both methods", async () => {
  for (const method of ["client_secret_basic", "client_secret_post"] as const) {
    const server = await setUp();
    const client_id = `${method} client`;
    const form = codeForm(await obtainCode(server, { client_id }));
    const response = method === "client_secret_basic"
      ? await postToken(server, { ...form, client_id: undefined }, {
        Authorization: basic(client_id, CLIENT_SECRET),
      })
      : await postToken(server, { ...form, client_id, client_secret: CLIENT_SECRET });
    assert.equal(response.status, 200);
    assertSafeHeaders(response);
  }
});

Deno.test("token answers an unreachable database with 503 and when to come back, a bug with 500", async () => {
  const server = await setUp();
  const busy = new OAuthError("temporarily_unavailable", "Busy.", "database", {
    cause: Object.assign(new Error(CANARY), { code: "57P01" }),
  });
  const bug = new Error(CANARY);
  for (
    const [error, refusal] of [
      [busy, { status: 503, code: "temporarily_unavailable", description: "Busy.", reason: "database" }],
      [bug, {
        status: 500,
        code: "server_error",
        description: "The server met an unexpected condition.",
        reason: "unexpected",
      }],
    ] as const
  ) {
    const store = { ...server.deps.store, findClient: () => Promise.reject(error) };
    const app = createApp({ ...server.deps, store });
    const response = await postToken(
      { ...server, request: async (...sent) => await app.request(...sent) },
      FORM,
    );
    await assertRefused(server, response, refusal);
    assert.equal(response.headers.get("Retry-After"), refusal.status === 503 ? "5" : null);
    assert.equal(server.deps.logged.at(-1)?.level, "error");
  }
});

Deno.test("token spends nothing while the server cannot sign", async () => {
  const server = await setUp();
  const good = codeForm(await obtainCode(server));
  const { ready } = server.deps.signer;
  Object.assign(server.deps.signer, { ready: () => Promise.reject(new Error("no key")) });
  assert.equal((await postToken(server, good)).status, 500);
  Object.assign(server.deps.signer, { ready });
  assert.equal((await postToken(server, good)).status, 200);
});
