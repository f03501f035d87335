/**
 * Hosted wall: a project without a domain of its own. Nothing at the root of the host is ours, no page may be HTML, and
 * the issuer has a path; official clients find everything from the MCP URL alone.
 */
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError as UnauthorizedErrorV1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { decodeJwt } from "jose";
import { allow, findBrowser, launchBrowser } from "../../local/testing/browser.ts";
import { freePort, onTestDatabase, startProductProcess } from "../../local/testing/product_process.ts";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import {
  authorizeParameters,
  beginRequest,
  decide,
  redeem,
  register,
  signInByPassword,
} from "./testing/http_flow.ts";
import { TestOAuthProvider } from "./testing/sdk_provider.ts";

interface BareHost {
  /** What the world is told: origin and path. */
  readonly publicUrl: string;
  /** Where the pages are, and Supabase Auth. */
  readonly origin: string;
}

/** @param pages Host name of the pages: another one than ours is another origin. */
async function withBareHost(run: (host: BareHost) => Promise<void>, pages = "localhost"): Promise<void> {
  const port = freePort();
  const origin = `http://localhost:${port}`;
  const publicUrl = `${origin}/functions/v1`;
  await using database = await freshDemoDatabase(publicUrl);
  await using _product = await startProductProcess({
    ...onTestDatabase(database),
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    WEB_URL: `http://${pages}:${port}`,
  });
  await run({ publicUrl, origin });
}

const test = (name: string, run: (host: BareHost) => Promise<void>) =>
  Deno.test(name, () => withBareHost(run));

const HIDDEN = [
  ...["oauth-authorization-server", "openid-configuration"].flatMap((name) => [
    `/.well-known/${name}`,
    `/.well-known/${name}/functions/v1/oauth`,
    `/oauth/.well-known/${name}`,
  ]),
  "/.well-known/oauth-protected-resource",
  "/.well-known/oauth-protected-resource/mcp",
  "/.well-known/oauth-protected-resource/functions/v1/mcp",
  "/mcp/.well-known/oauth-protected-resource",
  "/mcp",
  "/oauth/authorize",
  "/oauth/token",
  "/oauth/register",
  "/oauth/jwks",
  "/oauth/interaction/anything",
  "/authorize",
  "/token",
  "/register",
];

test("on the bare host, nothing of ours answers at the root", async ({ origin }) => {
  for (const path of HIDDEN) {
    const got = await fetch(`${origin}${path}`, { redirect: "manual" });
    const type = got.headers.get("Content-Type") ?? "";
    // A page for people is what a static host shows at any address; clients do not read it.
    assert.ok(
      got.status === 404 || (got.status === 200 && type.startsWith("text/html")),
      `${path}: ${got.status} ${type}`,
    );
    assert.equal(path.startsWith("/.well-known/") && got.status !== 404, false, path);
    assert.doesNotMatch(await got.text(), /"issuer"|"resource"|"keys"|_endpoint/, path);
    const posted = await fetch(`${origin}${path}`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "x" }),
    });
    await posted.body?.cancel();
    assert.ok(posted.status === 404 || posted.status === 405, `POST ${path}: ${posted.status}`);
  }
});

test("on the bare host, issuer and resource are the same bytes everywhere", async ({ publicUrl, origin }) => {
  const issuer = `${publicUrl}/oauth`;
  const resource = `${publicUrl}/mcp`;
  const announced = `${publicUrl}/mcp/.well-known/oauth-protected-resource`;

  const refused = await fetch(resource, { method: "POST", body: "{}" });
  await refused.body?.cancel();
  assert.equal(refused.status, 401);
  assert.ok(refused.headers.get("WWW-Authenticate")?.includes(`resource_metadata="${announced}"`));
  const protectedResource = await (await fetch(announced)).json();
  assert.equal(protectedResource.resource, resource);
  assert.deepEqual(protectedResource.authorization_servers, [issuer]);

  for (const name of ["openid-configuration", "oauth-authorization-server"]) {
    const metadata = await (await fetch(`${issuer}/.well-known/${name}`)).json();
    assert.equal(metadata.issuer, issuer);
    const urls = Object.entries(metadata).filter(([key]) => /_endpoint$|_uri$/.test(key));
    assert.ok(urls.length >= 4);
    for (const [key, url] of urls) assert.ok(String(url).startsWith(`${issuer}/`), key);
  }

  const client = await register(publicUrl);
  const session = await signInByPassword(origin);
  const verifier = "v".repeat(43);
  const begun = await beginRequest(publicUrl, await authorizeParameters(client, verifier));
  assert.ok(begun.location.startsWith(`${origin}/consent?request=`));
  const continueTo = await decide(publicUrl, begun.id, session);
  assert.ok(continueTo.startsWith(`${issuer}/continue/`));
  const continued = await fetch(continueTo, { redirect: "manual", headers: { Cookie: begun.cookie } });
  await continued.body?.cancel();
  const answer = new URL(continued.headers.get("Location") ?? "").searchParams;
  assert.equal(answer.get("iss"), issuer);

  const { status, body } = await redeem(publicUrl, { client, code: answer.get("code") ?? "", verifier });
  assert.equal(status, 200);
  const claims = decodeJwt(body.access_token);
  assert.deepEqual([claims.iss, claims.aud], [issuer, resource]);
});

test("on the bare host, what people see of the authorization server is plain text", async ({ publicUrl }) => {
  const client = await register(publicUrl);
  const good = await authorizeParameters(client, "v".repeat(43));
  const refusals: readonly (readonly [string, Record<string, string>])[] = [
    ["unknown client", { ...good, client_id: "nobody" }],
    ["wrong redirect URI", { ...good, redirect_uri: "https://elsewhere.example/callback" }],
    ["no client at all", {}],
  ];
  for (const [name, parameters] of refusals) {
    const page = await fetch(`${publicUrl}/oauth/authorize?${new URLSearchParams(parameters)}`, {
      redirect: "manual",
    });
    assert.deepEqual(
      [page.status, page.headers.get("Content-Type")],
      [400, "text/plain; charset=utf-8"],
      name,
    );
    assert.doesNotMatch(await page.text(), /</);
  }
  const over = await fetch(`${publicUrl}/oauth/continue/${"x".repeat(43)}`, { redirect: "manual" });
  assert.deepEqual([over.status, over.headers.get("Content-Type")], [400, "text/plain; charset=utf-8"]);
  await over.body?.cancel();

  // A client of the https kind whom nobody vouches for: the page offers the way back as an address.
  const remote = "https://client.example/callback";
  const other = await register(publicUrl, { redirect_uris: [remote] });
  const wrong = {
    ...await authorizeParameters(other, "v".repeat(43)),
    redirect_uri: remote,
    response_type: "token",
  };
  const page = await fetch(`${publicUrl}/oauth/authorize?${new URLSearchParams(wrong)}`, {
    redirect: "manual",
  });
  assert.deepEqual([page.status, page.headers.get("Content-Type")], [400, "text/plain; charset=utf-8"]);
  assert.match(await page.text(), /^https:\/\/client\.example\/callback\?error=/m);
});

/** The browser's part; no answer of a function on the way may be HTML. */
async function allowInBrowser(provider: TestOAuthProvider, { publicUrl }: BareHost): Promise<URL> {
  await using browser = await launchBrowser();
  const page = await browser.newPerson();
  const html: string[] = [];
  page.on("response", (response) => {
    const isHtml = response.headers()["content-type"]?.startsWith("text/html");
    if (isHtml && response.url().startsWith(`${publicUrl}/`)) html.push(response.url());
  });
  assert.ok(provider.authorizationUrl);
  assert.ok(provider.authorizationUrl.href.startsWith(`${publicUrl}/oauth/authorize?`));
  const answer = await allow(page, provider.authorizationUrl, provider.redirectUrl);
  assert.deepEqual(html, []);
  return answer;
}

const needsBrowser = { ignore: findBrowser() === null };
const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text ?? "";

/** Pages on 127.0.0.1 are of another origin than the functions on localhost, as on a static host of their own. */
const WAYS = [["legacy", "localhost"], ["auto", "localhost"], ["auto", "127.0.0.1"]] as const;

for (const [mode, pages] of WAYS) {
  const versionNegotiation = { mode };
  Deno.test({
    name:
      `on the bare host, pages on ${pages}, the v2 SDK client (${mode}) reaches get_time from the MCP URL alone`,
    ...needsBrowser,
    fn: () =>
      withBareHost(async (host) => {
        const provider = new TestOAuthProvider();
        const url = new URL(`${host.publicUrl}/mcp`);
        const first = new StreamableHTTPClientTransport(url, { authProvider: provider });
        const client = new Client({ name: "test", version: "1" }, { versionNegotiation });
        await assert.rejects(client.connect(first), UnauthorizedError);
        await first.finishAuth((await allowInBrowser(provider, host)).searchParams);

        const connected = new Client({ name: "test", version: "1" }, { versionNegotiation });
        await connected.connect(new StreamableHTTPClientTransport(url, { authProvider: provider }));
        assert.match(
          textOf(await connected.callTool({ name: "get_time", arguments: {} })),
          /"time_zone":"UTC"/,
        );
        await connected.close();
      }, pages),
  });
}

Deno.test({
  name: "on the bare host, the v1 SDK client reaches get_time from the MCP URL alone",
  ...needsBrowser,
  fn: () =>
    withBareHost(async (host) => {
      const provider = new TestOAuthProvider();
      const url = new URL(`${host.publicUrl}/mcp`);
      // deno-lint-ignore no-explicit-any
      const authProvider = provider as any;
      const first = new TransportV1(url, { authProvider });
      await assert.rejects(new ClientV1({ name: "test", version: "1" }).connect(first), UnauthorizedErrorV1);
      await first.finishAuth((await allowInBrowser(provider, host)).searchParams.get("code") ?? "");

      const connected = new ClientV1({ name: "test", version: "1" });
      await connected.connect(new TransportV1(url, { authProvider }));
      assert.match(
        textOf(await connected.callTool({ name: "get_time", arguments: {} })),
        /"time_zone":"UTC"/,
      );
      await connected.close();
    }),
});
