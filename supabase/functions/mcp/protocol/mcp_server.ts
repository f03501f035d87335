/**
 * The MCP protocol over the registry of tools: a fresh server per request, so that nothing of one caller can reach
 * another. Serves 2026-07-28 and the older revisions on one URL.
 */
import { type AuthInfo, createMcpHandler, McpServer, ProtocolErrorCode } from "@modelcontextprotocol/server";
import type { OAuthError } from "../../_shared/oauth_error.ts";
import type { Access, Deps } from "../deps.ts";
import type { Tool } from "../tools/define_tool.ts";
import { TOOLS } from "../tools/index.ts";
import { missingScope, runTool } from "./run_tool.ts";

const SERVER = { name: "sekisho", title: "Sekisho", version: "0.1.0" };
const MOST_BODY_BYTES = 1024 * 1024;

/** One request: who makes it, and what the gate must answer instead if a tool finds the token dead. */
export interface Call {
  readonly access: Access;
  refusal: OAuthError | null;
  /** Tools that it ran: in a batch (MCP 2025-03-26) there are several. */
  ran: number;
}

/** The server of one request: what it offers to this caller. */
export type BuildServer = (call: Call, deps: Deps) => McpServer;

/** Answers MCP requests whose caller was authenticated. */
export function createProtocol(
  deps: Deps,
  build: BuildServer = buildServer,
): (request: Request, call: Call) => Promise<Response> {
  const handler = createMcpHandler(
    (context) => build(callOf(context.authInfo), deps),
    {
      maxRequestBodySize: MOST_BODY_BYTES,
      // The tools of a deployment never change, and isolates could not tell each other: no stream is held open for it.
      maxSubscriptions: 0,
      onerror: (error) => deps.log.write("info", "mcp protocol", { name: error.name }),
    },
  );
  return async (request, call) => {
    const response = await handler.fetch(request, { authInfo: authInfo(call, deps) });
    // The SDK has compared this header with the body by now, in the revision that has the method.
    const listens = request.headers.get("Mcp-Method") === "subscriptions/listen";
    return listens ? await withoutSubscriptions(response) : response;
  };
}

/** A server with the tools of the registry and nothing else. */
export function buildServer(call: Call, deps: Deps): McpServer {
  const server = new McpServer(SERVER, { capabilities: { tools: { listChanged: false } } });
  registerTools(server, call, deps);
  return server;
}

/** Adds the tools of the registry. */
export function registerTools(server: McpServer, call: Call, deps: Deps): void {
  for (const tool of TOOLS) registerTool(server, tool, call, deps);
}

/**
 * A method that is not served answers 404 and "method not found" (MCP 2026-07-28, SEP-2575). With no subscription allowed
 * the SDK answers an error of the server instead, which a client would try again.
 */
async function withoutSubscriptions(response: Response): Promise<Response> {
  if (!response.headers.get("Content-Type")?.startsWith("application/json")) return response;
  const { id = null, error } = await response.clone().json();
  if (error?.code !== ProtocolErrorCode.InternalError) return response;
  await response.body?.cancel();
  const unknown = { code: ProtocolErrorCode.MethodNotFound, message: "Method not found" };
  return Response.json({ jsonrpc: "2.0", id, error: unknown }, { status: 404 });
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
      const ran = await runTool(tool, input, call.access, deps, call.ran++ > 0);
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
