import assert from "node:assert/strict";
import { sha256 } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import {
  addClient,
  addConfidentialClient,
  type Changes,
  CLIENT_SECRET,
  createTestServer,
} from "../testing/test_server.ts";
import { authenticateClient } from "./authenticate_client.ts";

const BASIC = "client_secret_basic client";
const POST = "client_secret_post client";

async function setUp() {
  const server = createTestServer();
  addClient(server);
  await addConfidentialClient(server, "client_secret_basic");
  await addConfidentialClient(server, "client_secret_post");
  const authenticate = (authorization: string | undefined, form: Changes) => {
    const sent = Object.entries(form).flatMap((
      [name, value],
    ): [string, string][] => value === undefined ? [] : [[name, value]]);
    return authenticateClient(authorization, new Map(sent), server.deps);
  };
  return { server, authenticate };
}

/** RFC 6749 §2.3.1: both parts form-encoded, then Basic. */
function basic(id: string, secret: string): string {
  const encode = (text: string) => encodeURIComponent(text).replaceAll("%20", "+");
  return `Basic ${btoa(`${encode(id)}:${encode(secret)}`)}`;
}

const ONE_TEXT = "The client is unknown or could not be authenticated.";

async function assertInvalid(
  attempt: Promise<unknown>,
  reason: string,
  description = ONE_TEXT,
) {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof OAuthError);
    assert.deepEqual([error.code, error.reason, error.description], [
      "invalid_client",
      reason,
      description,
    ]);
    return true;
  });
}

Deno.test("authenticateClient accepts each client by its registered method", async () => {
  const { authenticate } = await setUp();
  const open = await authenticate(undefined, { client_id: "client_public" });
  assert.deepEqual([open.client.id, open.secretHash], ["client_public", null]);
  const post = await authenticate(undefined, {
    client_id: POST,
    client_secret: CLIENT_SECRET,
  });
  assert.equal(post.client.id, POST);
  assert.deepEqual(post.secretHash, await sha256(CLIENT_SECRET));
  const header = await authenticate(basic(BASIC, CLIENT_SECRET), {});
  assert.equal(header.client.id, BASIC);
  assert.deepEqual(header.secretHash, await sha256(CLIENT_SECRET));
});

Deno.test("authenticateClient accepts Basic in any case, with %20 or +, and with the same client_id in the body", async () => {
  const { authenticate } = await setUp();
  const encoded = btoa(
    `${encodeURIComponent(BASIC)}:${encodeURIComponent(CLIENT_SECRET)}`,
  );
  for (const scheme of ["Basic", "basic", "BASIC", "Basic "]) {
    assert.equal(
      (await authenticate(`${scheme} ${encoded}`, { client_id: BASIC })).client
        .id,
      BASIC,
    );
  }
});

Deno.test("authenticateClient refuses every method but the registered one", async () => {
  const { authenticate } = await setUp();
  for (
    const [header, form] of [
      [undefined, { client_id: BASIC, client_secret: CLIENT_SECRET }],
      [undefined, { client_id: BASIC }],
      [undefined, { client_id: POST }],
      [basic(POST, CLIENT_SECRET), {}],
      [basic("client_public", ""), {}],
      [basic("client_public", "x"), {}],
      [undefined, { client_id: "client_public", client_secret: "x" }],
    ] as const
  ) {
    await assertInvalid(
      authenticate(header, form),
      "auth_method_not_registered",
    );
  }
});

Deno.test("authenticateClient tells an unknown client and a wrong secret apart in the log only", async () => {
  const { authenticate } = await setUp();
  await assertInvalid(
    authenticate(basic("nobody", CLIENT_SECRET), {}),
    "client_unknown",
  );
  await assertInvalid(
    authenticate(undefined, { client_id: "nobody" }),
    "client_unknown",
  );
  for (
    const secret of [
      "",
      "wrong",
      `${CLIENT_SECRET} `,
      CLIENT_SECRET.toUpperCase(),
      "é",
    ]
  ) {
    await assertInvalid(authenticate(basic(BASIC, secret), {}), "secret_wrong");
  }
  await assertInvalid(
    authenticate(undefined, { client_id: POST, client_secret: "wrong" }),
    "secret_wrong",
  );
});

Deno.test("authenticateClient refuses a blocked client like an unknown one", async () => {
  const { server, authenticate } = await setUp();
  server.deps.memory.changeClient("client_public", { blocked: true });
  await assertInvalid(
    authenticate(undefined, { client_id: "client_public" }),
    "client_unknown",
  );
});

Deno.test("authenticateClient refuses two methods at once, also when both are right", async () => {
  const { authenticate } = await setUp();
  for (
    const form of [
      { client_secret: CLIENT_SECRET },
      { client_id: BASIC, client_secret: CLIENT_SECRET },
      { client_id: "client_public" },
    ]
  ) {
    await assert.rejects(
      authenticate(basic(BASIC, CLIENT_SECRET), form),
      (error) => {
        assert.ok(error instanceof OAuthError);
        assert.deepEqual([error.code, error.reason], [
          "invalid_request",
          "two_auth_methods",
        ]);
        assert.equal(
          error.description,
          "Authenticate the client in one way only.",
        );
        return true;
      },
    );
  }
});

Deno.test("authenticateClient refuses an Authorization header that is no Basic and falls back to nothing", async () => {
  const { authenticate } = await setUp();
  for (
    const header of [
      "",
      "Basic",
      "Basic ",
      "Basic !!!",
      "Basic YQ",
      `Basic ${btoa("no colon")}`,
      `Basic ${btoa(":secret")}`,
      `Basic ${btoa("%zz:secret")}`,
      `Basic ${btoa("a%00b:secret")}`,
      `Basic ${btoa("id:a%00b")}`,
      `Basic ${btoa("%ff:secret")}`,
      `Basic ${btoa(`${"i".repeat(501)}:secret`)}`,
      `Basic ${btoa(`id:${"s".repeat(501)}`)}`,
      `Basic ${btoa("id:secret")}, Basic ${btoa("id:secret")}`,
      "Bearer token",
      "Digest x",
    ]
  ) {
    const attempt = authenticate(header, { client_id: "client_public" });
    await assertInvalid(attempt, "authorization_header_malformed");
  }
});

Deno.test("authenticateClient refuses a request without a client and one that is too long", async () => {
  const { authenticate } = await setUp();
  const noClient = "The request does not name its client.";
  await assertInvalid(
    authenticate(undefined, {}),
    "client_id_missing",
    noClient,
  );
  await assertInvalid(
    authenticate(undefined, { client_secret: "x" }),
    "client_id_missing",
    noClient,
  );
  const long = "x".repeat(501);
  await assertInvalid(
    authenticate(undefined, { client_id: long }),
    "credentials_too_long",
  );
  await assertInvalid(
    authenticate(undefined, { client_id: POST, client_secret: long }),
    "credentials_too_long",
  );
});
