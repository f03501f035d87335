/**
 * The MCP protocol over the registry of tools: a fresh server per request, so that nothing of one caller can reach
 * another. Serves 2026-07-28 and the older revisions on one URL.
 */
import { type AuthInfo, createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import type { Log } from "../../_shared/http/request_log.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { Access, Deps } from "../deps.ts";
import { type Tool, type ToolContext, ToolError } from "../tools/define_tool.ts";
import { TOOLS } from "../tools/index.ts";

const SERVER = { name: "sekisho", title: "Sekisho", version: "0.1.0" };
const NEEDS_PERSON = "This tool works for a person. Use a token that a person granted.";
const OUTCOME_UNKNOWN =
  "The tool failed, and it is not known whether it changed anything. Look before you try again.";
const MOST_BODY_BYTES = 1024 * 1024;

/** One call: who makes it, and what the gate must answer instead if a tool finds the token dead. */
export interface Call {
  readonly access: Access;
  refusal: OAuthError | null;
}

/** Answers MCP requests whose caller was authenticated. */
export function createProtocol(
  deps: Deps,
): (request: Request, call: Call) => Promise<Response> {
  const handler = createMcpHandler(
    (context) => buildServer(callOf(context.authInfo), deps),
    {
      maxRequestBodySize: MOST_BODY_BYTES,
      // The tools of a deployment never change, and isolates could not tell each other: no stream is held open for it.
      maxSubscriptions: 0,
      onerror: (error) => deps.log.write("info", "mcp protocol", { name: error.name }),
    },
  );
  return (request, call) => handler.fetch(request, { authInfo: authInfo(call, deps) });
}

function buildServer(call: Call, deps: Deps): McpServer {
  const server = new McpServer(SERVER, { capabilities: { tools: { listChanged: false } } });
  for (const tool of TOOLS) registerTool(server, tool, call, deps);
  return server;
}

function registerTool(
  server: McpServer,
  tool: Tool,
  call: Call,
  deps: Deps,
): void {
  server.registerTool(
    tool.name,
    {
      title: tool.title,
      description: tool.description,
      inputSchema: tool.input,
      outputSchema: tool.output,
      annotations: tool.annotations,
      _meta: { "sekisho/scope": tool.scope },
      scopeChallenge: () => missingScope(tool, call.access),
    },
    async (input) => {
      try {
        if (tool.needsPerson && call.access.personId === null) throw new ToolError(NEEDS_PERSON);
        const output = await tool.run(input, toolContext(call, deps));
        return {
          structuredContent: output,
          content: [{ type: "text", text: JSON.stringify(output) }],
        };
      } catch (error) {
        if (error instanceof OAuthError && error.code === "invalid_token") {
          call.refusal = error;
        }
        return {
          isError: true,
          content: [{ type: "text", text: failureText(tool, error, deps.log) }],
        };
      }
    },
  );
}

/**
 * The challenge for a scope that the token lacks: with what it already has, so that a client that asks for exactly this
 * loses nothing (MCP authorization "Scope Challenge Handling").
 */
function missingScope(
  tool: Tool,
  access: Access,
): { scopes: [string, ...string[]] } | undefined {
  if (tool.scope === null || access.scope.includes(tool.scope)) {
    return undefined;
  }
  return { scopes: [tool.scope, ...access.scope] };
}

function toolContext(call: Call, deps: Deps): ToolContext {
  return {
    query: (text, values = []) => deps.store.queryAsPerson(call.access, text, values),
    now: deps.now,
    caller: call.access,
  };
}

/** What the model reads: the tool's own words, or nothing of the cause. */
function failureText(tool: Tool, error: unknown, log: Log): string {
  if (error instanceof ToolError) return error.message;
  const known = error instanceof OAuthError ? error : null;
  log.write(known === null ? "error" : "info", "tool failed", {
    tool: tool.name,
    reason: known?.reason ?? "unexpected",
    name: error instanceof Error ? error.name : typeof error,
  });
  // Whatever went wrong may have gone wrong after the commit: only a tool that may be repeated is said to be repeated.
  const { readOnlyHint, idempotentHint } = tool.annotations;
  if (known?.code === "temporarily_unavailable" && !idempotentHint) return OUTCOME_UNKNOWN;
  return known?.description ?? (readOnlyHint ? "The tool failed." : OUTCOME_UNKNOWN);
}

function authInfo(call: Call, deps: Deps): AuthInfo {
  const { access } = call;
  return {
    // The SDK hands this to whoever asks for it; nobody below the gate needs the token itself.
    token: "",
    clientId: access.clientId,
    scopes: [...access.scope],
    expiresAt: access.expiresAt,
    resourceMetadataUrl: deps.urls.resourceMetadata,
    extra: { call },
  };
}

function callOf(info: AuthInfo | undefined): Call {
  const call = info?.extra?.["call"];
  if (call === undefined) {
    throw new Error("a request reached the protocol without passing the gate");
  }
  return call as Call;
}
