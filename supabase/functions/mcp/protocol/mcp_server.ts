/**
 * The MCP protocol over the registry of tools: a fresh server per request, so that nothing of one caller can reach
 * another. Serves 2026-07-28 and the older revisions on one URL.
 */
import { type AuthInfo, createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import type { OAuthError } from "../../_shared/oauth_error.ts";
import type { Access, Deps } from "../deps.ts";
import type { Tool } from "../tools/define_tool.ts";
import { TOOLS } from "../tools/index.ts";
import { missingScope, runTool } from "./run_tool.ts";

const SERVER = { name: "sekisho", title: "Sekisho", version: "0.1.0" };
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
      scopeChallenge: () => {
        const scopes = missingScope(tool, call.access);
        return scopes === null ? undefined : { scopes };
      },
    },
    async (input) => {
      const ran = await runTool(tool, input, call.access, deps);
      if (ran.outcome === "answered") {
        return {
          structuredContent: ran.output,
          content: [{ type: "text", text: JSON.stringify(ran.output) }],
        };
      }
      if (ran.outcome === "failed" && ran.error.code === "invalid_token") call.refusal = ran.error;
      return { isError: true, content: [{ type: "text", text: ran.message }] };
    },
  );
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
