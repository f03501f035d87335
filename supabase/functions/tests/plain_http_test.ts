/**
 * Tools over plain HTTP on the running product: each answers there what it answers over MCP, refusals included.
 */
import assert from "node:assert/strict";
import { SCOPES } from "../mcp/protocol/scopes.ts";
import { toolPath } from "../mcp/protocol/tool_paths.ts";
import type { Tool } from "../mcp/tools/define_tool.ts";
import { TOOLS } from "../mcp/tools/index.ts";
import { onStage, send, sendJson } from "./attacks/testing/attack_stage.ts";
import { askMcp, MODERN, obtainToken, type ToolResult } from "./testing/mcp_request.ts";
import { inputOf, PEOPLE, readShop, readWorld } from "./testing/shop_world.ts";

const ALL = SCOPES.map((scope) => scope.name).join(" ");
const env = { RATE_MCP: "0" };

interface Face {
  readonly status: number;
  readonly scope: string | undefined;
  readonly said: unknown;
}

/** What a tool answers over MCP, as plain HTTP says it. */
async function overMcp(url: string, token: string, tool: Tool, input: unknown): Promise<Face> {
  const answer = await askMcp(url, MODERN, token, "tools/call", { name: tool.name, arguments: input });
  const scope = scopeOf(answer.headers);
  if (answer.status !== 200) return { status: answer.status, scope, said: undefined };
  const result: ToolResult = answer.message?.result;
  const text = result.content[0]?.text;
  return result.isError
    ? { status: 422, scope, said: text }
    : { status: 200, scope, said: result.structuredContent };
}

async function overHttp(url: string, token: string, tool: Tool, input: unknown): Promise<Face> {
  const { status, headers, text } = await call(url, token, tool, input);
  const body = JSON.parse(text);
  const said = status === 200 ? body : status === 422 ? body.detail : undefined;
  return { status, scope: scopeOf(headers), said };
}

function call(url: string, token: string, tool: Tool, input: unknown) {
  return sendJson(`${url}/mcp${toolPath(tool)}`, input, { Authorization: `Bearer ${token}` });
}

function scopeOf(headers: Headers): string | undefined {
  return / scope="([^"]*)"/.exec(headers.get("WWW-Authenticate") ?? "")?.[1];
}

/** Without what differs from one run to the next: ids that are made up, the port, the time. */
function settled(face: Face): unknown {
  const text = JSON.stringify(face)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<id>")
    .replace(/client_[\w-]{22}/g, "<client>")
    .replace(/localhost:\d+/g, "<host>")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, "<instant>");
  return JSON.parse(text);
}

/** Every tool, one after the other, on a shop of its own. */
async function throughAll(face: typeof overMcp): Promise<unknown[]> {
  const answers: unknown[] = [];
  await onStage(async (stage) => {
    const token = await obtainToken(stage.url, ALL);
    for (const tool of TOOLS) {
      const answered = await face(
        stage.url,
        token,
        tool,
        inputOf(tool, await readWorld(stage, PEOPLE.demo_user)),
      );
      assert.equal(answered.status, 200, `${tool.name}: ${JSON.stringify(answered.said)}`);
      answers.push([tool.name, settled(answered)]);
    }
  }, { env });
  return answers;
}

Deno.test("every tool answers over plain HTTP what it answers over MCP", async () => {
  assert.deepEqual(await throughAll(overHttp), await throughAll(overMcp));
});

Deno.test("every tool refuses over plain HTTP what it refuses over MCP, and nothing is changed", () =>
  onStage(async (stage) => {
    const { url } = stage;
    await stage.rows("update oauth.clients set service_scope = $1 where id = 'simple-mcp-client'", [
      ALL.split(" "),
    ]);
    const [own, others] = [
      await readWorld(stage, PEOPLE.demo_user),
      await readWorld(stage, PEOPLE.second_user),
    ];
    const before = await readShop(stage);
    const callers = [
      ["without its scope", await obtainToken(url, ""), own],
      ["with another's rows", await obtainToken(url, ALL), others],
      ["without a person", await serviceToken(url), own],
    ] as const;
    const seen = new Map<string, number>();
    for (const [what, token, world] of callers) {
      for (const tool of TOOLS) {
        // What asks for nothing of anybody's makes something new: that is tested above.
        if (what === "with another's rows" && !Object.keys(inputOf(tool, others)).some(isId)) continue;
        const input = inputOf(tool, world);
        const [mcp, http] = [await overMcp(url, token, tool, input), await overHttp(url, token, tool, input)];
        assert.deepEqual(settled(http), settled(mcp), `${tool.name} ${what}`);
        seen.set(`${what}: ${http.status}`, (seen.get(`${what}: ${http.status}`) ?? 0) + 1);
      }
    }
    assert.deepEqual(await readShop(stage), before);
    const scoped = TOOLS.filter((tool) => tool.scope !== null).length;
    assert.ok((seen.get("without its scope: 403") ?? 0) >= scoped - 2, JSON.stringify([...seen]));
    assert.ok((seen.get("with another's rows: 422") ?? 0) >= 8, JSON.stringify([...seen]));
    assert.equal(seen.get("without a person: 422"), TOOLS.filter((tool) => tool.needsPerson).length);
  }, { env }));

const isId = (name: string): boolean => name.endsWith("_id");

async function serviceToken(url: string): Promise<string> {
  const answer = await send(`${url}/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa("simple-mcp-client:simple-mcp-secret-123")}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  return JSON.parse(answer.text).access_token;
}
