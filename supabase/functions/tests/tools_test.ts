/**
 * Every tool of the registry on the running product and its Postgres: with its scope it answers what its schema says,
 * without it a challenge says which one is needed, without a person it says so, and other people's rows do not exist.
 */
import assert from "node:assert/strict";
import { SCOPES } from "../mcp/protocol/scopes.ts";
import type { Tool } from "../mcp/tools/define_tool.ts";
import { TOOLS } from "../mcp/tools/index.ts";
import { onStage, send } from "./attacks/testing/attack_stage.ts";
import { askMcp, askTool, LEGACY, MODERN, obtainToken } from "./testing/mcp_request.ts";
import { inputOf, PEOPLE, readShop, readWorld } from "./testing/shop_world.ts";

const ALL = SCOPES.map((scope) => scope.name).join(" ");
const env = { RATE_MCP: "0" };
const scoped = TOOLS.filter((tool): tool is Tool & { scope: string } => tool.scope !== null);

for (const revision of [MODERN, "2025-06-18"] as const) {
  Deno.test(`in ${revision}, every tool with its scope answers as its schema says, twice if it may be repeated`, () =>
    onStage(async (stage) => {
      const token = await obtainToken(stage.url, ALL);
      for (const tool of TOOLS) {
        const input = inputOf(tool, await readWorld(stage, PEOPLE.demo_user));
        const result = await askTool(stage.url, token, tool.name, input, revision);
        const said = `${tool.name}: ${result.content[0]?.text}`;
        assert.notEqual(result.isError, true, said);
        assert.deepEqual(tool.output.parse(result.structuredContent), result.structuredContent);
        assert.deepEqual(JSON.parse(result.content[0]?.text ?? ""), result.structuredContent);
        if (!tool.annotations.idempotentHint || tool.annotations.readOnlyHint) continue;
        const before = await readShop(stage);
        await askTool(stage.url, token, tool.name, input, revision);
        assert.deepEqual(await readShop(stage), before, `${tool.name} is said to be idempotent`);
      }
    }, { env }));
}

Deno.test("tools that are said to look only change nothing", () =>
  onStage(async (stage) => {
    const token = await obtainToken(stage.url, ALL);
    const before = await readShop(stage);
    for (const tool of TOOLS.filter((tool) => tool.annotations.readOnlyHint)) {
      await askTool(
        stage.url,
        token,
        tool.name,
        inputOf(tool, await readWorld(stage, PEOPLE.demo_user)),
      );
    }
    assert.deepEqual(await readShop(stage), before);
  }, { env }));

Deno.test("without its scope a tool is 403 with the scope that it needs and those of the token, in every revision", () =>
  onStage(async (stage) => {
    const { url } = stage;
    const world = await readWorld(stage, PEOPLE.demo_user);
    const before = await readShop(stage);
    const tokens = new Map<string, string>();
    for (const tool of scoped) {
      // Of the same noun where there is one: the nearest that is not enough.
      const noun = tool.scope.split(":")[0] ?? "";
      const other = SCOPES.find(({ name }) => name !== tool.scope && name.startsWith(`${noun}:`))?.name ?? "";
      const token = tokens.get(other) ?? await obtainToken(url, other);
      tokens.set(other, token);
      for (const revision of [MODERN, ...LEGACY] as const) {
        const params = { name: tool.name, arguments: inputOf(tool, world) };
        const refused = await askMcp(url, revision, token, "tools/call", params);
        const what = `${tool.name} ${revision}: ${refused.text}`;
        assert.equal(refused.status, 403, what);
        const challenge = refused.headers.get("WWW-Authenticate") ?? "";
        assert.match(challenge, /^Bearer .*error="insufficient_scope"/, what);
        assert.equal(/ scope="([^"]*)"/.exec(challenge)?.[1], `${tool.scope} ${other}`, what);
        assert.ok(
          challenge.includes(`resource_metadata="${url}/.well-known/oauth-protected-resource/mcp"`),
          what,
        );
      }
    }
    for (const tool of TOOLS.filter((tool) => tool.scope === null)) {
      assert.notEqual((await askTool(url, [...tokens.values()][0] ?? "", tool.name)).isError, true);
    }
    assert.deepEqual(await readShop(stage), before);
  }, { env }));

Deno.test("a client in its own name is told that a tool needs a person, and whoami shows it none", () =>
  onStage(async (stage) => {
    const { url, rows } = stage;
    await rows("update oauth.clients set service_scope = $1 where id = 'simple-mcp-client'", [
      SCOPES.map((scope) => scope.name),
    ]);
    const answer = await send(`${url}/oauth/token`, {
      method: "POST",
      headers: { Authorization: `Basic ${btoa("simple-mcp-client:simple-mcp-secret-123")}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const { access_token: token } = JSON.parse(answer.text);
    const world = await readWorld(stage, PEOPLE.demo_user);
    const before = await readShop(stage);
    for (const tool of scoped) {
      const result = await askTool(url, token, tool.name, inputOf(tool, world));
      assert.equal(result.isError, true, tool.name);
      assert.match(result.content[0]?.text ?? "", /works for a person/, tool.name);
    }
    assert.deepEqual(await readShop(stage), before);
    const { structuredContent } = await askTool(url, token, "whoami");
    assert.equal(structuredContent?.["person_id"], null);
    assert.equal(structuredContent?.["client_id"], "simple-mcp-client");
  }, { env }));

Deno.test("with every scope, what belongs to another person does not exist", () =>
  onStage(async (stage) => {
    const token = await obtainToken(stage.url, ALL, "second_user@example.com");
    const others = await readWorld(stage, PEOPLE.demo_user);
    const own = await stage.rows<{ id: string }>("select id from shop.products where owner_id = $1", [
      PEOPLE.second_user,
    ]);
    const before = await readShop(stage);
    for (const tool of scoped) {
      const input = inputOf(tool, others);
      const result = await askTool(stage.url, token, tool.name, input);
      const said = result.content[0]?.text ?? "";
      const namesSomething = Object.keys(input).some((name) => name.endsWith("_id") && name !== "room_id") ||
        tool.name.endsWith("_create");
      if (namesSomething) {
        assert.equal(result.isError, true, said);
        assert.match(said, /[Nn]o such/, tool.name);
      }
      for (const name of ["order_id", "booking_id", "reservation_id", "event_id", "form_id", "room_id"]) {
        assert.ok(!said.includes(String(others[name])), `${tool.name} shows ${name}`);
      }
    }
    assert.deepEqual(await readShop(stage), before);
    const listed = await askTool(stage.url, token, "product_list");
    const ids = (listed.structuredContent?.["products"] as { id: string }[]).map(({ id }) => id);
    assert.deepEqual(ids.sort(), own.map(({ id }) => id).sort());
  }, { env }));

Deno.test("every outcome that a SQL function can answer is one that its tool knows, and no other", () =>
  onStage(async ({ rows }) => {
    const functions = await rows<{ name: string; source: string }>(
      `select proname as name, prosrc as source from pg_proc
      where pronamespace = 'shop'::regnamespace and has_function_privilege('sekisho_person', oid, 'execute')
        and prosrc like '%''outcome''%'`,
    );
    assert.ok(functions.length >= 8);
    const sources = await Promise.all(TOOLS.map(async ({ name }) => ({
      name,
      text: await Deno.readTextFile(new URL(`../mcp/tools/${name}.ts`, import.meta.url)),
    })));
    for (const { name, source } of functions) {
      const answered = new Set(
        [...source.matchAll(/'outcome', '(\w+)'/g)].map(([, outcome = ""]) => outcome),
      );
      const callers = sources.filter(({ text }) => text.includes(`shop.${name}(`));
      assert.equal(callers.length, 1, `shop.${name} has one tool`);
      const known = new Set(
        [...(callers[0]?.text ?? "").matchAll(/case "(\w+)":/g)].map(([, one = ""]) => one),
      );
      assert.deepEqual([...known].sort(), [...answered].sort(), `shop.${name}`);
    }
  }));
