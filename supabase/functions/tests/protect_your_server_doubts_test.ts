/**
 * What the servers of docs/examples do when the authorization server is not what it should be: an answer that is not a
 * clear yes lets nobody in. The authorization server here is the test's own, for ours does not answer such things.
 */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { createServer as protectByIntrospection } from "../../../docs/examples/protect_by_introspection.ts";
import { createServer as protectByJwks } from "../../../docs/examples/protect_by_jwks.ts";
import { freePort } from "../../local/testing/product_process.ts";
import { serve } from "./testing/second_resource.ts";

const RESOURCE = "http://localhost/mcp";
const now = () => Math.floor(Date.now() / 1000);

/** An authorization server that answers everything by this, and keeps the credentials of who asked. */
function authorizationServer(answer: (request: Request) => Response | Promise<Response>) {
  const port = freePort();
  const url = `http://localhost:${port}`;
  const asked: (string | null)[] = [];
  const running = serve({ port }, (request) => {
    asked.push(request.headers.get("Authorization"));
    return answer(request);
  });
  return { url, asked, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

/** Lists parcels over MCP and answers the status. */
async function list(server: (request: Request) => Promise<Response>, token = "a.b.c"): Promise<number> {
  const response = await server(
    new Request(RESOURCE, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": "2025-06-18",
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name: "parcel_list", arguments: {} },
      }),
    }),
  );
  await response.body?.cancel();
  return response.status;
}

Deno.test("introspection: only a clear yes about this resource lets in", async (t) => {
  let answer = new Response();
  await using server = authorizationServer(() => answer.clone());
  const reported: unknown[] = [];
  const protectedServer = protectByIntrospection({
    resource: RESOURCE,
    issuer: server.url,
    introspectionEndpoint: `${server.url}/introspect`,
    clientId: "a client:%",
    clientSecret: "a secret:+",
    report: (error) => reported.push(error),
  });
  const yes = () => ({
    active: true,
    iss: server.url,
    aud: RESOURCE,
    token_type: "Bearer",
    exp: now() + 60,
    sub: "a person",
    client_id: "a client",
    scope: "parcel:read",
  });

  await t.step("the yes, asked with the credentials as RFC 6749 §2.3.1 writes them", async () => {
    answer = Response.json(yes());
    assert.equal(await list(protectedServer), 200);
    const credentials = btoa("a%20client%3A%25:a%20secret%3A%2B");
    assert.equal(server.asked[0], `Basic ${credentials}`);
  });

  const no: readonly (readonly [string, Record<string, unknown>])[] = [
    ["inactive", { active: false }],
    ["for another resource", { aud: "http://localhost/other" }],
    ["for this resource among others", { aud: [RESOURCE, "http://localhost/other"] }],
    ["for this resource in a list", { aud: [RESOURCE] }],
    ["for this resource with a slash", { aud: `${RESOURCE}/` }],
    ["for no resource", { aud: undefined }],
    ["of another issuer", { iss: "https://evil.example" }],
    ["of no issuer", { iss: undefined }],
    ["expired", { exp: now() - 1 }],
    ["without an expiry", { exp: undefined }],
    ["a refresh token", { token_type: undefined }],
    ["of nobody", { sub: undefined }],
  ];
  for (const [what, changed] of no) {
    await t.step(`${what}: 401`, async () => {
      answer = Response.json({ ...yes(), ...changed });
      assert.equal(await list(protectedServer), 401);
    });
  }

  await t.step("without the tool's scope: 403", async () => {
    answer = Response.json({ ...yes(), scope: "" });
    assert.equal(await list(protectedServer), 403);
  });

  const unclear: readonly (readonly [string, () => Response])[] = [
    ["credentials refused", () => Response.json({ error: "invalid_client" }, { status: 401 })],
    ["too many requests", () => Response.json({ error: "too_many_requests" }, { status: 429 })],
    ["a failure with a yes in it", () => Response.json(yes(), { status: 500 })],
    ["a redirect", () => Response.redirect(`${server.url}/elsewhere`, 307)],
    ["a page", () => new Response("<p>OK</p>")],
    ["a word for active", () => Response.json({ ...yes(), active: "true" })],
    ["no active at all", () => Response.json({ ...yes(), active: undefined })],
    ["nothing", () => new Response("")],
    ["null", () => new Response("null")],
  ];
  for (const [what, unclearAnswer] of unclear) {
    await t.step(`${what}: 503, and the owner is told`, async () => {
      answer = unclearAnswer();
      reported.length = 0;
      server.asked.length = 0;
      assert.equal(await list(protectedServer), 503);
      assert.deepEqual([reported.length, server.asked.length], [1, 1]);
    });
  }

  await t.step("a page of another origin is not let through, whoever's token it has", async () => {
    answer = Response.json(yes());
    const headers = { Authorization: "Bearer a.b.c", Origin: "https://evil.example" };
    const { status } = await protectedServer(new Request(RESOURCE, { method: "POST", headers }));
    assert.equal(status, 403);
  });
});

Deno.test("JWKS: keys are asked for seldom, found when they are new, and nobody is let in without", async (t) => {
  const [first, second] = [await generateKeyPair("ES256"), await generateKeyPair("ES256")];
  const jwk = async ({ publicKey }: typeof first, kid: string) => ({ ...await exportJWK(publicKey), kid });
  const longer = await generateKeyPair("ES384");
  const known = [await jwk(longer, "longer"), await jwk(first, "first")];
  let answer = () => Response.json({ keys: known });
  await using server = authorizationServer(() => answer());
  const reported: unknown[] = [];
  const start = () =>
    protectByJwks({
      resource: RESOURCE,
      issuer: server.url,
      jwksUri: `${server.url}/jwks`,
      report: (error) => reported.push(error),
    });
  const sign = ({ privateKey }: typeof first, kid: string, changed: JWTPayload = {}, header = {}) =>
    new SignJWT({
      iss: server.url,
      aud: RESOURCE,
      sub: "a person",
      client_id: "a client",
      scope: "parcel:read",
      jti: "a token",
      iat: now(),
      exp: now() + 600,
      ...changed,
    }).setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid, ...header }).sign(privateKey);
  const get = async (protectedServer: ReturnType<typeof start>, token: string) => {
    const request = new Request(RESOURCE, { headers: { Authorization: `Bearer ${token}` } });
    const response = await protectedServer(request);
    await response.body?.cancel();
    return response.status;
  };
  const protectedServer = start();
  const [good, next] = [await sign(first, "first"), await sign(second, "second")];

  await t.step("fifty requests at once, and tokens of made-up keys: one look at the keys", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => get(protectedServer, good)));
    assert.deepEqual([...new Set(answers)], [200]);
    for (let index = 0; index < 50; index++) {
      assert.equal(await get(protectedServer, await sign(second, `made up ${index}`)), 401);
    }
    assert.equal(server.asked.length, 1);
  });

  await t.step("a new key is found after ten seconds, before the old ones are a minute old", async () => {
    known.push(await jwk(second, "second"));
    assert.equal(await get(protectedServer, next), 401);
    await ahead(11, async () => assert.equal(await get(protectedServer, next), 200));
    assert.equal(server.asked.length, 2);
  });

  await t.step("a key that was taken away is gone after a minute", async () => {
    known.pop();
    assert.equal(await get(protectedServer, next), 200);
    await ahead(72, async () => assert.equal(await get(protectedServer, next), 401));
  });

  await t.step("the right key, wrong claims: 401", async () => {
    for (
      const changed of [
        { aud: [RESOURCE, "http://localhost/other"] },
        { aud: [RESOURCE] },
        { aud: "http://localhost/other" },
        { iss: "https://evil.example" },
        { exp: now() - 1 },
        { exp: undefined },
        { jti: undefined },
        { client_id: undefined },
        { scope: 7 as unknown as string },
        { sub: undefined },
      ]
    ) {
      const token = await sign(first, "first", changed as JWTPayload);
      assert.equal(await get(protectedServer, token), 401, JSON.stringify(changed));
    }
  });

  await t.step("the right key, another type; a published key of another algorithm: 401", async () => {
    for (const typ of ["JWT", "id+jwt", undefined]) {
      assert.equal(await get(protectedServer, await sign(first, "first", {}, { typ })), 401, `${typ}`);
    }
    assert.equal(await get(protectedServer, await sign(longer, "longer", {}, { alg: "ES384" })), 401);
  });

  await t.step("without the scope: 403", async () => {
    for (const scope of ["", "parcel:write", "parcel:reader", "parcel:*"]) {
      assert.equal(await get(protectedServer, await sign(first, "first", { scope })), 403, scope);
    }
  });

  assert.deepEqual(reported, []);
  const broken: readonly (readonly [string, () => Response])[] = [
    ["a failure with keys in it", () => Response.json({ keys: known }, { status: 500 })],
    ["a redirect", () => Response.redirect(`${server.url}/elsewhere`, 307)],
    ["a page", () => new Response("<p>OK</p>")],
    ["no key set", () => Response.json({ keys: "none" })],
    ["keys that are none", () => Response.json({ keys: [{ kty: "EC", crv: "P-256", kid: "first" }] })],
  ];
  for (const [what, brokenAnswer] of broken) {
    await t.step(`${what}: 503, and the owner is told`, async () => {
      answer = brokenAnswer;
      reported.length = 0;
      assert.equal(await get(start(), good), 503);
      assert.equal(reported.length, 1);
    });
  }
});

/** With this process's clock so many seconds ahead. */
async function ahead(seconds: number, run: () => Promise<void>): Promise<void> {
  const { now } = Date;
  Date.now = () => now() + seconds * 1000;
  try {
    await run();
  } finally {
    Date.now = now;
  }
}
