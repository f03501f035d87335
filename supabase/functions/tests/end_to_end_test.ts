/**
 * The whole vertical: official clients, given only the MCP URL, through a real browser to a tool's answer; and, without the
 * browser, what else they do with the authorization server.
 */
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError as UnauthorizedErrorV1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { decodeJwt } from "jose";
import pg from "pg";
import { allow, findBrowser, launchBrowser, type TestBrowser } from "../../local/testing/browser.ts";
import {
  freePort,
  onTestDatabase,
  type ProductProcess,
  startProductProcess,
} from "../../local/testing/product_process.ts";
import { freshDemoDatabase, type TestDatabase } from "../../local/testing/test_database.ts";
import { TOOLS } from "../mcp/tools/index.ts";
import { REDIRECT_URI, sendPerson } from "./testing/http_flow.ts";
import { v1, v2 } from "./testing/official_clients.ts";
import { TestOAuthProvider } from "./testing/sdk_provider.ts";

const needsBrowser = { ignore: findBrowser() === null };

async function withProduct(
  run: (product: ProductProcess, database: TestDatabase) => Promise<void>,
): Promise<void> {
  const port = freePort();
  await using database = await freshDemoDatabase(`http://localhost:${port}`);
  await using product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
  await run(product, database);
}

function withBrowser(run: (product: ProductProcess, browser: TestBrowser) => Promise<void>): Promise<void> {
  return withProduct(async (product) => {
    await using browser = await launchBrowser();
    await run(product, browser);
  });
}

const text = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text ?? "";

for (const versionNegotiation of [{ mode: "legacy" }, { mode: "auto" }] as const) {
  Deno.test({
    name:
      `the v2 SDK client (${versionNegotiation.mode}) reaches get_time and product_list from the MCP URL alone`,
    ...needsBrowser,
    fn: () =>
      withBrowser(async (product, browser) => {
        const provider = new TestOAuthProvider();
        const url = new URL(`${product.url}/mcp`);
        const first = new StreamableHTTPClientTransport(url, { authProvider: provider });
        const client = new Client({ name: "test", version: "1" }, { versionNegotiation });
        await assert.rejects(client.connect(first), UnauthorizedError);
        assert.ok(provider.authorizationUrl);

        const page = await browser.newPerson();
        const answer = await allow(page, provider.authorizationUrl, provider.redirectUrl);
        await first.finishAuth(answer.searchParams);

        const connected = new Client({ name: "test", version: "1" }, { versionNegotiation });
        await connected.connect(new StreamableHTTPClientTransport(url, { authProvider: provider }));
        const { tools } = await connected.listTools();
        assert.deepEqual(tools.map((tool) => tool.name), TOOLS.map((tool) => tool.name));
        assert.match(
          text(await connected.callTool({ name: "get_time", arguments: {} })),
          /"time_zone":"UTC"/,
        );
        const products =
          JSON.parse(text(await connected.callTool({ name: "product_list", arguments: {} }))).products;
        assert.deepEqual(products.map((product: { name: string }) => product.name), [
          "Hand-woven basket",
          "Iron teapot",
          "Travel tea set",
        ]);
        await connected.close();
      }),
  });
}

Deno.test({
  name: "the v1 SDK client reaches get_time from the MCP URL alone",
  ...needsBrowser,
  fn: () =>
    withBrowser(async (product, browser) => {
      const provider = new TestOAuthProvider();
      const url = new URL(`${product.url}/mcp`);
      // deno-lint-ignore no-explicit-any
      const authProvider = provider as any;
      const first = new TransportV1(url, { authProvider });
      await assert.rejects(new ClientV1({ name: "test", version: "1" }).connect(first), UnauthorizedErrorV1);
      assert.ok(provider.authorizationUrl);
      const answer = await allow(await browser.newPerson(), provider.authorizationUrl, provider.redirectUrl);
      await first.finishAuth(answer.searchParams.get("code") ?? "");

      const connected = new ClientV1({ name: "test", version: "1" });
      await connected.connect(new TransportV1(url, { authProvider }));
      assert.match(text(await connected.callTool({ name: "get_time", arguments: {} })), /"time_zone":"UTC"/);
      await connected.close();
    }),
});

const DOCUMENT_ID = "https://app.example/client.json";

/** As if it had been fetched just now: the SDKs take no document but one on https, and no test reaches such a host. */
async function keepDocument(database: TestDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `insert into oauth.clients (
      id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types, fetched_at, fresh_until
    )
    values ($1, 'document', 'A documented app', 'none', $2, '{authorization_code,refresh_token}', '{code}',
      now(), now() + interval '1 hour')`,
    [DOCUMENT_ID, [REDIRECT_URI]],
  );
  await client.end();
}

/** The v2 SDK client that registers and refreshes is the terminal client, tested beside it. */
const OFFICIAL = [
  ["v1", v1, "that registers"],
  ["v1", v1, "that is a metadata document"],
  ["v2", v2, "that is a metadata document"],
] as const;

for (const [line, create, way] of OFFICIAL) {
  Deno.test(`the ${line} SDK client ${way} goes from the MCP URL to a tool and refreshes when its token has ended`, () =>
    withProduct(async (product, database) => {
      const isDocument = way === "that is a metadata document";
      if (isDocument) await keepDocument(database);
      const provider = new TestOAuthProvider(isDocument ? DOCUMENT_ID : undefined);
      const client = create(new URL(`${product.url}/mcp`), provider);
      await client.begin();
      assert.ok(provider.authorizationUrl);
      await client.finish(await sendPerson(product.url, provider.authorizationUrl));
      assert.match(JSON.stringify(await client.call("get_time")), /UTC/);

      const before = provider.tokens();
      assert.ok(before?.refresh_token);
      const id = decodeJwt(before.access_token)["client_id"];
      assert.equal(id, provider.clientInformation()?.client_id);
      assert.equal(id === DOCUMENT_ID, isDocument);

      provider.saveTokens({ ...before, access_token: "ended" });
      assert.match(JSON.stringify(await client.call("product_list")), /Iron teapot/);
      const after = provider.tokens();
      assert.ok(after?.refresh_token);
      assert.notEqual(after.refresh_token, before.refresh_token);
      assert.equal(decodeJwt(after.access_token)["client_id"], id);
      await client.close();
    }));
}
