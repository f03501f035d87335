/**
 * The MCP server with the fixtures of the official `server` suite, for a suite that can send no token and takes servers
 * without sessions for unfinished: the embedded router and the whole app with its gate, and in front of them one that
 * adds a valid token to what comes and a session to what is answered. Never part of the product.
 */
import { McpServer } from "@modelcontextprotocol/server";
import { createRouter } from "../../../local/router.ts";
import { listen } from "../../../local/listen.ts";
import { freePort } from "../../../local/testing/product_process.ts";
import { createApp } from "../../mcp/app.ts";
import type { Deps } from "../../mcp/deps.ts";
import { type Call, registerTools } from "../../mcp/protocol/mcp_server.ts";
import { createTestDeps } from "../../mcp/testing/test_deps.ts";
import { addFixtures } from "./conformance_fixtures.ts";
import { addLegacyRequests } from "./conformance_legacy_requests.ts";
import { addRounds, states } from "./conformance_rounds.ts";

export interface Mount extends AsyncDisposable {
  /** Of the MCP endpoint. */
  readonly url: string;
}

/** Starts it on a port of its own. */
export async function startMount(): Promise<Mount> {
  const port = freePort();
  const publicUrl = `http://localhost:${port}`;
  const deps = await createTestDeps();
  const token = await deps.token();
  const app = createApp({ ...deps, allowedOrigins: [publicUrl] }, buildServer);
  const nothing = () => Promise.resolve(new Response(null, { status: 404 }));
  const listener = listen(port);
  listener.serve(createRouter({
    port,
    publicUrl,
    functions: { mcp: (request) => answer(app, request, token) },
    auth: nothing,
    pages: nothing,
    config: { supabase_url: publicUrl, publishable_key: "", public_url: publicUrl, providers: [] },
  }));
  return { url: `${publicUrl}/mcp`, [Symbol.asyncDispose]: () => listener.close() };
}

/** The tools of the product with the fixtures behind them. */
function buildServer(call: Call, deps: Deps): McpServer {
  const server = new McpServer({ name: "sekisho-conformance", version: "0.1.0" }, {
    capabilities: { tools: { listChanged: false } },
    requestState: { verify: states.verify },
  });
  registerTools(server, call, deps);
  addFixtures(server);
  addRounds(server);
  addLegacyRequests(server);
  return server;
}

function withToken(request: Request, token: string): Request {
  const headers = new Headers(request.headers);
  headers.set("Authorization", `Bearer ${token}`);
  return new Request(request, { headers });
}

/**
 * Names a session, which nothing needs, where one begins: in the answer to a request that knows no version yet. Without
 * it the suite does not look whether streams can be open side by side.
 */
async function answer(app: ReturnType<typeof createApp>, request: Request, token: string): Promise<Response> {
  const response = await app.fetch(withToken(request, token));
  if (!request.headers.has("MCP-Protocol-Version")) {
    response.headers.set("Mcp-Session-Id", crypto.randomUUID());
  }
  return response;
}
