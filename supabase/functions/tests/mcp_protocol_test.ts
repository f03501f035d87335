/**
 * MCP over HTTP, raw and through both lines of the official SDK: four revisions on one URL, what a broken request is
 * answered, and that a slow tool or a client that goes away disturbs nobody else.
 */
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import pg from "pg";
import { TOOLS } from "../mcp/tools/index.ts";
import { onStage, type Stage } from "./attacks/testing/attack_stage.ts";
import {
  askMcp,
  askTool,
  LEGACY,
  mcpHeaders,
  mcpParams,
  MODERN,
  obtainToken,
  sendMcp,
} from "./testing/mcp_request.ts";

const INSPECTOR = "http://localhost:6274";
const REVISIONS = [MODERN, ...LEGACY] as const;
const env = { RATE_MCP: "0" };
const NAMES = TOOLS.map((tool) => tool.name);

Deno.test("MCP in four revisions on one URL", (t) =>
  onStage(async ({ url }) => {
    const token = await obtainToken(url);

    await t.step(
      "2026-07-28: server/discover says what is served, and nobody may share the answer",
      async () => {
        const { status, message } = await askMcp(url, MODERN, token, "server/discover");
        assert.equal(status, 200);
        const { supportedVersions, capabilities, resultType, ttlMs, cacheScope, _meta } = message?.result ??
          {};
        assert.deepEqual(supportedVersions, [MODERN]);
        assert.deepEqual(capabilities, { tools: { listChanged: false } });
        assert.deepEqual([resultType, cacheScope], ["complete", "private"]);
        assert.ok(ttlMs >= 0);
        assert.equal(_meta["io.modelcontextprotocol/serverInfo"].name, "sekisho");
      },
    );

    await t.step(
      "before it: initialize answers the revision that was asked for, and ping answers",
      async () => {
        for (const protocolVersion of LEGACY) {
          const params = { protocolVersion, capabilities: {}, clientInfo: { name: "test", version: "1" } };
          const begun = await askMcp(url, protocolVersion, token, "initialize", params);
          assert.equal(begun.message?.result.protocolVersion, protocolVersion);
          assert.deepEqual(begun.message?.result.capabilities, { tools: { listChanged: false } });
          assert.equal(begun.headers.get("Mcp-Session-Id"), null);
          const headers = mcpHeaders(protocolVersion, token, "notifications/initialized");
          const told = await sendMcp(url, headers, { jsonrpc: "2.0", method: "notifications/initialized" });
          assert.deepEqual([told.status, told.text], [202, ""]);
          assert.deepEqual((await askMcp(url, protocolVersion, token, "ping")).message?.result, {});
        }
      },
    );

    await t.step(
      "tools/list is the registry with scopes, schemas and hints, private where it can be cached",
      async () => {
        for (const revision of REVISIONS) {
          const { message } = await askMcp(url, revision, token, "tools/list");
          const { tools, resultType, cacheScope } = message?.result ?? {};
          assert.deepEqual(tools.map(({ name }: { name: string }) => name), NAMES, revision);
          for (const [index, tool] of TOOLS.entries()) {
            const listed = tools[index];
            assert.equal(listed._meta["sekisho/scope"], tool.scope, tool.name);
            assert.deepEqual(listed.annotations, tool.annotations, tool.name);
            assert.equal(listed.inputSchema.type, "object");
            assert.equal(listed.outputSchema.type, "object");
          }
          const modern = revision === MODERN;
          assert.deepEqual(
            [resultType, cacheScope],
            modern ? ["complete", "private"] : [undefined, undefined],
          );
        }
      },
    );

    await t.step("an answer carries the id of its request, whatever kind it is", async () => {
      for (const revision of REVISIONS) {
        for (const id of ["an id", "", 0, 7, -1]) {
          const headers = mcpHeaders(revision, token, "tools/call", { name: "get_time" });
          const params = mcpParams(revision, { name: "get_time", arguments: {} });
          const { message } = await sendMcp(url, headers, {
            jsonrpc: "2.0",
            id,
            method: "tools/call",
            params,
          });
          assert.equal(message?.id, id);
          assert.ok(message?.result.structuredContent.utc);
        }
      }
    });

    await t.step(
      "2025-03-26: a batch is answered message by message, and is no way around a scope",
      async () => {
        const headers = mcpHeaders("2025-03-26", token, "");
        const list = { jsonrpc: "2.0", id: "list", method: "tools/list" };
        const both = await sendMcp(url, headers, [list, { jsonrpc: "2.0", id: "ping", method: "ping" }]);
        assert.equal(both.status, 200);
        for (const id of ["list", "ping"]) assert.ok(both.text.includes(`"id":"${id}"`), id);
        const params = { name: "form_list", arguments: {} };
        const hidden = await sendMcp(url, headers, [list, {
          jsonrpc: "2.0",
          id: 2,
          method: "tools/call",
          params,
        }]);
        assert.doesNotMatch(hidden.text, /Tea ceremony request/);
        assert.equal(hidden.status, 403, hidden.text);
      },
    );
  }, { env }));

Deno.test("what is no good request is answered with a JSON-RPC error of the right kind, never a 500", (t) =>
  onStage(async ({ url }) => {
    const token = await obtainToken(url);
    const legacy = mcpHeaders("2025-06-18", token, "ping");
    const ping = { jsonrpc: "2.0", id: 1, method: "ping" };

    await t.step("bodies", async () => {
      const broken: [body: unknown, status: number, code: number][] = [
        ["{", 400, -32700],
        ["", 400, -32700],
        ["null", 400, -32600],
        [{ a: 1 }, 400, -32600],
        [{ jsonrpc: "1.0", id: 1, method: "ping" }, 400, -32600],
        [{ jsonrpc: "2.0", id: {}, method: "ping" }, 400, -32600],
        [{ ...ping, method: "nothing/here" }, 200, -32601],
        [{ ...ping, method: "tools/call", params: { name: "nothing_here" } }, 200, -32602],
        [{ ...ping, method: "tools/call" }, 200, -32602],
      ];
      for (const [body, status, code] of broken) {
        const answer = await sendMcp(url, legacy, body);
        const what = `${JSON.stringify(body)}: ${answer.status} ${answer.text}`;
        assert.deepEqual([answer.status, answer.message?.error?.code], [status, code], what);
      }
    });

    await t.step("one mebibyte is read, one byte more is not", async () => {
      const fill = (bytes: number) => {
        const empty = JSON.stringify({ ...ping, params: { _meta: { fill: "" } } });
        return JSON.stringify({ ...ping, params: { _meta: { fill: "x".repeat(bytes - empty.length) } } });
      };
      assert.equal((await sendMcp(url, legacy, fill(1024 * 1024))).status, 200);
      const answer = await sendMcp(url, legacy, fill(1024 * 1024 + 1));
      assert.equal(answer.status, 413);
      assert.ok(answer.message?.error);
    });

    await t.step("methods and media types", async () => {
      for (const method of ["GET", "DELETE", "PUT", "PATCH"]) {
        const response = await fetch(`${url}/mcp`, { method, headers: { ...legacy } });
        await response.body?.cancel();
        assert.deepEqual([response.status, response.headers.get("Allow")], [405, "POST"], method);
      }
      assert.equal((await sendMcp(url, { ...legacy, "Content-Type": "text/plain" }, ping)).status, 415);
      assert.equal((await sendMcp(url, { ...legacy, Accept: "text/html" }, ping)).status, 406);
    });

    await t.step("2026-07-28: headers and envelope must be there and agree", async () => {
      const call = { name: "get_time", arguments: {} };
      const ask = (headers: Record<string, string>, params: unknown = mcpParams(MODERN, call)) =>
        sendMcp(url, { ...mcpHeaders(MODERN, token, "tools/call", call), ...headers }, {
          jsonrpc: "2.0",
          id: 1,
          method: "tools/call",
          params,
        });
      const versioned = (version: string) =>
        mcpParams(MODERN, { ...call, _meta: { "io.modelcontextprotocol/protocolVersion": version } });
      assert.equal((await ask({})).status, 200);
      const expected: [answer: Promise<Awaited<ReturnType<typeof ask>>>, status: number, code: number][] = [
        [ask({ "Mcp-Method": "tools/list" }), 400, -32020],
        [ask({ "Mcp-Name": "whoami" }), 400, -32020],
        [ask({ "Mcp-Name": "GET_TIME" }), 400, -32020],
        [ask({ "MCP-Protocol-Version": "2025-06-18" }), 400, -32020],
        [ask({ "MCP-Protocol-Version": "2099-01-01" }, versioned("2099-01-01")), 400, -32022],
        [ask({}, call), 400, -32602],
        [
          ask({}, { ...call, _meta: { "io.modelcontextprotocol/protocolVersion": MODERN } }),
          400,
          -32602,
        ],
      ];
      for (const [index, [asked, status, code]] of expected.entries()) {
        const answer = await asked;
        assert.deepEqual(
          [answer.status, answer.message?.error?.code],
          [status, code],
          `${index}: ${answer.text}`,
        );
      }
      assert.equal((await ask({ "Mcp-Name": `=?base64?${btoa("get_time")}?=` })).status, 200);
      const unknown = await askMcp(url, MODERN, token, "nothing/here");
      assert.deepEqual([unknown.status, unknown.message?.error?.code], [404, -32601]);
      const unsupported = await ask({ "MCP-Protocol-Version": "2099-01-01" }, versioned("2099-01-01"));
      assert.deepEqual((unsupported.message?.error?.data as { supported: string[] }).supported, [MODERN]);
    });

    await t.step("2026-07-28: nothing is held open for lists that never change", async () => {
      const notifications = { toolsListChanged: true };
      const { status, message } = await askMcp(url, MODERN, token, "subscriptions/listen", { notifications });
      assert.deepEqual([status, message?.error?.code], [404, -32601]);
    });
  }, { env }));

Deno.test("a page of MCP Inspector reaches /mcp, and a page of another origin does not", () =>
  onStage(async ({ url }) => {
    const token = await obtainToken(url);
    const headers = mcpHeaders(MODERN, token, "tools/list");
    const preflight = (origin: string) =>
      fetch(`${url}/mcp`, {
        method: "OPTIONS",
        headers: {
          Origin: origin,
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": Object.keys(headers).join(",").toLowerCase(),
        },
      });
    const allowed = await preflight(INSPECTOR);
    await allowed.body?.cancel();
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers.get("Access-Control-Allow-Origin"), INSPECTOR);
    assert.match(allowed.headers.get("Access-Control-Allow-Methods") ?? "", /POST/);
    for (const name of ["authorization", "mcp-protocol-version", "mcp-method", "content-type"]) {
      assert.ok(allowed.headers.get("Access-Control-Allow-Headers")?.includes(name), name);
    }
    for (const revision of [MODERN, "2025-06-18"] as const) {
      const answer = await askMcp(url, revision, token, "tools/list", {}, { Origin: INSPECTOR });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("Access-Control-Allow-Origin"), INSPECTOR);
      const refused = await askMcp(url, revision, token, "tools/call", { name: "form_list" }, {
        Origin: INSPECTOR,
      });
      assert.equal(refused.status, 403);
      assert.match(refused.headers.get("Access-Control-Expose-Headers") ?? "", /WWW-Authenticate/);
    }
    for (
      const origin of ["https://evil.example", "null", "http://localhost:6275", `${INSPECTOR}.evil.example`]
    ) {
      const foreign = await preflight(origin);
      await foreign.body?.cancel();
      assert.deepEqual(
        [foreign.status, foreign.headers.get("Access-Control-Allow-Origin")],
        [403, null],
        origin,
      );
      assert.equal(
        (await askMcp(url, MODERN, token, "tools/list", {}, { Origin: origin })).status,
        403,
        origin,
      );
    }
  }, { env }));

/** Both lines of the SDK, the second in both eras, with a token that they were given. */
const CLIENTS = {
  v1: async (url: URL, token: string) => {
    const client = new ClientV1({ name: "test", version: "1" });
    const requestInit = { headers: { Authorization: `Bearer ${token}` } };
    // deno-lint-ignore no-explicit-any
    await client.connect(new TransportV1(url, { requestInit }) as any);
    return client;
  },
  "v2 before 2026-07-28": (url: URL, token: string) => v2("legacy", url, token),
  "v2 in 2026-07-28": (url: URL, token: string) => v2("auto", url, token),
} as const;

async function v2(mode: "legacy" | "auto", url: URL, token: string) {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  return client;
}

/** Every statement on products waits until this is let go. */
async function holdProducts(stage: Stage): Promise<AsyncDisposable> {
  const holder = new pg.Client({ connectionString: stage.database.url });
  await holder.connect();
  await holder.query("begin");
  await holder.query("lock table shop.products in access exclusive mode");
  return { [Symbol.asyncDispose]: () => holder.end() };
}

Deno.test("the official clients list, call with progress asked for, read refusals, and cancel a slow call", (t) =>
  onStage(async (stage) => {
    const url = new URL(`${stage.url}/mcp`);
    const token = await obtainToken(stage.url);
    for (const [line, connect] of Object.entries(CLIENTS)) {
      await t.step(line, async () => {
        const client = await connect(url, token);
        assert.deepEqual((await client.listTools()).tools.map((tool: { name: string }) => tool.name), NAMES);
        // The client validates it against the output schema.
        const onprogress = () => assert.fail("no tool reports progress");
        // deno-lint-ignore no-explicit-any
        const call = (name: string, options: any = {}, input = {}) =>
          line === "v1"
            ? (client as ClientV1).callTool({ name, arguments: input }, undefined, options)
            : (client as Client).callTool({ name, arguments: input }, options);
        const listed = await call("product_list", { onprogress });
        assert.match(JSON.stringify(listed.structuredContent), /Iron teapot/);
        const wrong = await call("product_get", {}, { product_id: crypto.randomUUID() });
        assert.equal(wrong.isError, true);
        assert.match(JSON.stringify(wrong.content), /Use an id from product_list/);

        await using _held = await holdProducts(stage);
        const going = new AbortController();
        const slow = call("product_list", { signal: going.signal });
        setTimeout(() => going.abort(), 300);
        const began = performance.now();
        await assert.rejects(slow);
        assert.ok(performance.now() - began < 3000, "the client waits no longer");
        assert.match(JSON.stringify(await call("get_time")), /UTC/);
        await client.close();
      });
    }
  }, { env }));

Deno.test("a slow tool holds up no other and ends by itself; callers that go away leave nothing behind", () =>
  onStage(async (stage) => {
    const token = await obtainToken(stage.url);
    const held = await holdProducts(stage);
    const slow = askTool(stage.url, token, "product_list");
    const began = performance.now();
    for (const name of ["get_time", "whoami"]) await askTool(stage.url, token, name);
    assert.ok(performance.now() - began < 2000, "others are answered meanwhile");
    const ended = await slow;
    assert.equal(ended.isError, true);
    assert.match(ended.content[0]?.text ?? "", /cannot answer right now/);

    const params = mcpParams(MODERN, { name: "product_list", arguments: {} });
    const headers = mcpHeaders(MODERN, token, "tools/call", params);
    const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
    await Promise.all(Array.from({ length: 20 }, async () => {
      const going = new AbortController();
      setTimeout(() => going.abort(), 200);
      await assert.rejects(sendMcp(stage.url, headers, body, going.signal), { name: "AbortError" });
    }));
    await held[Symbol.asyncDispose]();
    assert.notEqual((await askTool(stage.url, token, "product_list")).isError, true);
    const [left] = await stage.rows<{ busy: number }>(
      `select count(*)::integer as busy from pg_stat_activity
      where application_name = 'sekisho mcp' and state like 'idle in transaction%'`,
    );
    assert.equal(left?.busy, 0);
  }, { env }));
