/**
 * docs/protect_your_server.md, tried: a server of somebody else is recorded with the document's own statements and
 * protected by each of docs/examples. A token for it works there and nowhere else, and nothing else works there.
 */
import assert from "node:assert/strict";
import { decodeJwt, generateKeyPair, SignJWT } from "jose";
import { createServer as protectByIntrospection } from "../../../docs/examples/protect_by_introspection.ts";
import { createServer as protectByJwks } from "../../../docs/examples/protect_by_jwks.ts";
import { onStage, send, type Stage } from "./attacks/testing/attack_stage.ts";
import { forgeAccessToken, type Forgery } from "./attacks/testing/forge_access_token.ts";
import {
  callTool,
  grantCode,
  redeem,
  refresh,
  register,
  sendPerson,
  signInByPassword,
} from "./testing/http_flow.ts";
import { askMcp, MODERN } from "./testing/mcp_request.ts";
import { v1, v2 } from "./testing/official_clients.ts";
import { TestOAuthProvider } from "./testing/sdk_provider.ts";
import {
  obtainTokens,
  recordAsDocumented,
  type SecondResource,
  serve,
  startAsDocumented,
} from "./testing/second_resource.ts";

/** One of the examples: how it is started, and what its two scopes are asked with. */
interface Example {
  start(stage: Stage, second: SecondResource, reported: unknown[]): (request: Request) => Promise<Response>;
  read(second: SecondResource, token: string): Promise<{ status: number; headers: Headers; text: string }>;
  write(second: SecondResource, token: string): Promise<{ status: number; headers: Headers; text: string }>;
  /** Whether it asks about each token: then it learns of a revocation, and what is known of a token is what the row says. */
  readonly asks: boolean;
}

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
const call = ({ resource }: SecondResource, token: string, name: string, input = {}) =>
  askMcp(resource.replace("/mcp", ""), MODERN, token, "tools/call", { name, arguments: input });

const EXAMPLES: Readonly<Record<string, Example>> = {
  introspection: {
    start: ({ url }, { resource, clientId, clientSecret }, reported) =>
      protectByIntrospection({
        resource,
        issuer: url,
        introspectionEndpoint: `${url}/oauth/introspect`,
        clientId,
        clientSecret,
        report: (error) => reported.push(error),
      }),
    read: (second, token) => call(second, token, "parcel_list"),
    write: (second, token) => call(second, token, "parcel_send", { to: "Kyoto" }),
    asks: true,
  },
  JWKS: {
    start: ({ url }, { resource }, reported) =>
      protectByJwks({
        resource,
        issuer: url,
        jwksUri: `${url}/oauth/jwks`,
        report: (error) => reported.push(error),
      }),
    read: ({ resource }, token) => send(resource, bearer(token)),
    write: ({ resource }, token) => send(resource, { method: "POST", ...bearer(token) }),
    asks: false,
  },
};

for (const [name, example] of Object.entries(EXAMPLES)) {
  Deno.test(`a server protected by ${name}: its tokens work there and nowhere else`, (t) =>
    onStage(async (stage) => {
      const { url } = stage;
      const second = await recordAsDocumented(stage);
      const third = await recordAsDocumented(stage);
      const metadataUrl = second.resource.replace("/mcp", "/.well-known/oauth-protected-resource/mcp");
      const reported: unknown[] = [];
      await using _server = serve(second, example.start(stage, second, reported));
      const session = await signInByPassword(url);
      const client = await register(url);
      const obtain = (scope?: string, resource = second.resource) =>
        obtainTokens(url, client, session, resource, scope);
      const good = await obtain();

      await t.step("its metadata names the resource and the authorization server", async () => {
        const { status, text, headers } = await send(metadataUrl);
        assert.deepEqual([status, headers.get("Access-Control-Allow-Origin")], [200, "*"]);
        const { resource, authorization_servers, scopes_supported } = JSON.parse(text);
        assert.deepEqual(
          [resource, authorization_servers, scopes_supported],
          [second.resource, [url], ["parcel:read"]],
        );
        assert.equal((await send(second.resource.replace("/mcp", "/other"))).status, 404);
      });

      await t.step("a token for it is let in, with the scope that is the default", async () => {
        assert.deepEqual([good.scope, decodeJwt(good.access_token).aud], ["parcel:read", second.resource]);
        const { status, text } = await example.read(second, good.access_token);
        assert.equal(status, 200, text);
      });

      await t.step("without the scope: 403 that says what to ask for, and nothing was done", async () => {
        const { status, headers } = await example.write(second, good.access_token);
        assert.equal(status, 403);
        const challenge = headers.get("WWW-Authenticate") ?? "";
        assert.match(challenge, /^Bearer .*error="insufficient_scope"/);
        assert.ok(challenge.includes(`resource_metadata="${metadataUrl}"`), challenge);
        const [, scope = ""] = /scope="([^"]*)"/.exec(challenge) ?? [];
        assert.deepEqual(scope.split(" "), ["parcel:write", "parcel:read"]);
        assert.doesNotMatch((await example.read(second, good.access_token)).text, /Kyoto|-4[0-9a-f]{3}-/);
        const wider = await obtain(scope);
        assert.ok((await example.write(second, wider.access_token)).status < 300);
        assert.match((await example.read(second, wider.access_token)).text, /Kyoto|-4[0-9a-f]{3}-/);
      });

      await t.step("what one person sent another does not see", async () => {
        const other = await signInByPassword(url, "second_user@example.com");
        const theirs = await obtainTokens(url, client, other, second.resource);
        const { status, text } = await example.read(second, theirs.access_token);
        assert.equal(status, 200);
        assert.doesNotMatch(text, /Kyoto|-4[0-9a-f]{3}-/);
      });

      await t.step("no token: 401 with the way in and no error", async () => {
        for (const init of [{}, { method: "POST" }]) {
          const { status, headers } = await send(second.resource, init);
          assert.equal(status, 401);
          assert.equal(
            headers.get("WWW-Authenticate"),
            `Bearer scope="parcel:read", resource_metadata="${metadataUrl}"`,
          );
        }
      });

      const refused = async (token: string, what: string) => {
        const { status, headers, text } = await example.read(second, token);
        assert.equal(status, 401, what);
        assert.match(
          headers.get("WWW-Authenticate") ?? "",
          /^Bearer error="invalid_token", .*metadata="/,
          what,
        );
        if (token.length > 20) assert.ok(!text.includes(token), what);
      };

      await t.step("tokens of other places are refused here, and its token there", async () => {
        const ours = (await redeem(url, await grantCode(url, client, session))).body;
        assert.equal((await callTool(url, ours.access_token, "get_time")).status, 200);
        await refused(ours.access_token, "the product's own resource");
        await refused((await obtain(undefined, third.resource)).access_token, "a third resource");
        await refused(session, "a session of Supabase Auth");
        assert.equal((await callTool(url, good.access_token, "get_time")).status, 401);
        assert.equal((await callTool(url, good.access_token, "product_list")).status, 401);
      });

      await t.step("what is no access token is refused", async () => {
        await refused(good.refresh_token, "a refresh token");
        await refused("x", "a word");
        await refused("a.b.c", "dots");
        await refused(`${good.access_token}, Bearer ${good.access_token}`, "two tokens");
        await refused("a".repeat(5000), "a long one");
        const basic = await send(second.resource, { headers: { Authorization: `Basic ${btoa("a:b")}` } });
        assert.equal(basic.status, 401);
        const inQuery = await send(`${second.resource}?access_token=${good.access_token}`);
        assert.equal(inQuery.status, 401);
      });

      const past = Math.floor(Date.now() / 1000) - 60;
      const forgeries: readonly (readonly [string, Forgery])[] = [
        ["foreign issuer", { claims: { iss: "https://evil.example" } }],
        ["issuer with a slash", { claims: { iss: `${url}/` } }],
        ["past expiry", { claims: { exp: past } }],
        ["missing expiry", { claims: { exp: undefined } }],
        ["list of audiences", { claims: { aud: [second.resource, `${url}/mcp`] } }],
        ["list of one audience", { claims: { aud: [second.resource] } }],
        // Introspection looks at the row, not at the claims (docs/adr/0010).
        ...(example.asks
          ? []
          : [["audience with a slash", { claims: { aud: `${second.resource}/` } }] as const]),
        ["type of an ID token", { header: { typ: "JWT" } }],
        ["unknown key", { header: { kid: "other" } }],
      ];
      for (const [what, forgery] of forgeries) {
        await t.step(`signed by the server's key, with ${what}: refused`, async () => {
          await refused(await forgeAccessToken(stage, good.access_token, forgery), what);
        });
      }

      await t.step("the forger can forge: unchanged claims in a new signature are let in", async () => {
        const same = await forgeAccessToken(stage, good.access_token, {});
        assert.equal((await example.read(second, same)).status, 200);
      });

      await t.step("altered, signed by somebody else, or not at all: refused", async () => {
        const [header = "", payload = "", signature = ""] = good.access_token.split(".");
        const encode = (value: unknown) =>
          new TextEncoder().encode(JSON.stringify(value)).toBase64({
            alphabet: "base64url",
            omitPadding: true,
          });
        const claims = { ...decodeJwt(good.access_token), scope: "parcel:read parcel:write" };
        const { kid } = JSON.parse(atob(header.replaceAll("-", "+").replaceAll("_", "/")));
        const { privateKey } = await generateKeyPair("ES256");
        const sign = (alg: string, key: CryptoKey | Uint8Array) =>
          new SignJWT(claims).setProtectedHeader({ alg, typ: "at+jwt", kid }).sign(key);
        const keySet = new TextEncoder().encode((await send(`${url}/oauth/jwks`)).text);
        await refused(`${header}.${encode(claims)}.${signature}`, "more scope in the same signature");
        await refused(`${header}.${payload}.${"A".repeat(86)}`, "another signature");
        await refused(await sign("ES256", privateKey as CryptoKey), "another key");
        await refused(await sign("HS256", keySet), "the public keys as a secret");
        await refused(`${encode({ alg: "none", typ: "at+jwt", kid })}.${payload}.`, "no signature");
      });

      await t.step("a revoked token: dead at once by introspection, by JWKS when it expires", async () => {
        const { access_token, refresh_token } = await obtain();
        assert.equal((await example.read(second, access_token)).status, 200);
        const body = new URLSearchParams({ token: refresh_token, client_id: client.client_id });
        assert.equal((await send(`${url}/oauth/revoke`, { method: "POST", body })).status, 200);
        const { status } = await example.read(second, access_token);
        assert.equal(status, example.asks ? 401 : 200);
      });

      if (example.asks) {
        await t.step(
          "introspection tells it about its own tokens alone, and shows of others nothing",
          async () => {
            const ask = async (token: string, { clientId, clientSecret }: SecondResource) => {
              const { text } = await send(`${url}/oauth/introspect`, {
                method: "POST",
                headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
                body: new URLSearchParams({ token }),
              });
              return JSON.parse(text);
            };
            const theirs = await obtain(undefined, third.resource);
            const ours = (await redeem(url, await grantCode(url, client, session))).body;
            assert.equal((await ask(good.access_token, second)).active, true);
            assert.equal((await ask(theirs.access_token, third)).active, true);
            for (const token of [theirs.access_token, ours.access_token, good.refresh_token, session]) {
              assert.deepEqual(await ask(token, second), { active: false });
            }
            assert.deepEqual(await ask(good.access_token, third), { active: false });
          },
        );
      }

      await t.step("a refreshed token goes on, for the same resource", async () => {
        const { body } = await refresh(url, client, (await obtain()).refresh_token);
        assert.equal((await example.read(second, body.access_token)).status, 200);
      });

      await t.step("nothing so far was a failure of the authorization server", () => {
        assert.deepEqual(reported, []);
      });

      await t.step("the authorization server is gone: 503, never 200", async () => {
        await stage.products[0]?.stop();
        // A process that begins now has no keys.
        const fresh = example.start(stage, second, reported);
        const { read } = example;
        await using _replaced = serve(
          { port: third.port },
          (request) => fresh(new Request(second.resource, request)),
        );
        const { status, headers } = await read({ ...second, resource: third.resource }, good.access_token);
        assert.deepEqual([status, headers.get("Retry-After")], [503, "5"]);
        assert.equal(reported.length, 1);
        // One that has keys is good for a minute with them, and no longer.
        assert.equal((await read(second, good.access_token)).status, example.asks ? 503 : 200);
        await inAMinute(async () => assert.equal((await read(second, good.access_token)).status, 503));
        assert.equal((await send(metadataUrl)).status, 200);
      });
    }));
}

/** With this process's clock 61 seconds ahead. */
async function inAMinute(run: () => Promise<void>): Promise<void> {
  const { now } = Date;
  Date.now = () => now() + 61_000;
  try {
    await run();
  } finally {
    Date.now = now;
  }
}

Deno.test("started as documented, each lets in who signs in for it", (t) =>
  onStage(async (stage) => {
    const second = await recordAsDocumented(stage);
    const third = await recordAsDocumented(stage);
    await using _introspects = await startAsDocumented(stage, second, "protect_by_introspection.ts");
    await using _knowsKeys = await startAsDocumented(stage, third, "protect_by_jwks.ts");

    for (const [line, connect] of Object.entries({ v1, v2 })) {
      await t.step(
        `the official client ${line} finds the way to the MCP server by its URL alone`,
        async () => {
          const provider = new TestOAuthProvider();
          const client = connect(new URL(second.resource), provider);
          await client.begin();
          assert.ok(provider.authorizationUrl);
          assert.equal(provider.authorizationUrl.searchParams.get("resource"), second.resource);
          assert.equal(provider.authorizationUrl.searchParams.get("scope"), "parcel:read");
          await client.finish(await sendPerson(stage.url, provider.authorizationUrl));
          const { content } = await client.call("parcel_list") as { content: readonly { text: string }[] };
          assert.equal(content[0]?.text, "[]");
          await client.close();
        },
      );
    }

    await t.step("the JSON server answers", async () => {
      const { url } = stage;
      const session = await signInByPassword(url);
      const { access_token } = await obtainTokens(url, await register(url), session, third.resource);
      const { status, text } = await send(third.resource, bearer(access_token));
      assert.deepEqual([status, text], [200, `{"parcels":[]}`]);
    });
  }));
