/** The whole vertical: official clients, given only the MCP URL, through a real browser to a tool's answer. */
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError as UnauthorizedErrorV1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { allow, findBrowser, launchBrowser, type TestBrowser } from "../../local/testing/browser.ts";
import {
  freePort,
  onTestDatabase,
  type ProductProcess,
  startProductProcess,
} from "../../local/testing/product_process.ts";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import { TestOAuthProvider } from "./testing/sdk_provider.ts";

const needsBrowser = { ignore: findBrowser() === null };

async function withProduct(
  run: (product: ProductProcess, browser: TestBrowser) => Promise<void>,
): Promise<void> {
  const port = freePort();
  await using database = await freshDemoDatabase(`http://localhost:${port}`);
  await using product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
  await using browser = await launchBrowser();
  await run(product, browser);
}

const text = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text ?? "";

for (const versionNegotiation of [{ mode: "legacy" }, { mode: "auto" }] as const) {
  Deno.test({
    name:
      `the v2 SDK client (${versionNegotiation.mode}) reaches get_time and product_list from the MCP URL alone`,
    ...needsBrowser,
    fn: () =>
      withProduct(async (product, browser) => {
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
        assert.deepEqual(tools.map((tool) => tool.name), ["get_time", "product_list"]);
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
    withProduct(async (product, browser) => {
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
