/**
 * A connection to one MCP server that signs the person in whenever the server asks for it: at the start, when the
 * refresh token has died, or for a scope that is missing. What was interrupted by a sign-in is done again.
 */
import {
  type CallToolResult,
  Client,
  StreamableHTTPClientTransport,
  type Tool,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import type { TerminalOAuthProvider } from "./oauth_provider.ts";

const CLIENT = { name: "sekisho-terminal-client", title: "Sekisho terminal client", version: "0.1.0" };
/** One to begin with and one for a missing scope; a server that asks for ever more would never stop. */
const MOST_SIGN_INS = 2;

export class Session {
  private constructor(
    private readonly client: Client,
    private readonly transport: StreamableHTTPClientTransport,
    private readonly provider: TerminalOAuthProvider,
  ) {}

  static async open(mcpUrl: string, provider: TerminalOAuthProvider): Promise<Session> {
    let transport = newTransport(mcpUrl, provider);
    return await signingIn(provider, () => transport, async () => {
      // A transport that failed to connect cannot be started again.
      transport = newTransport(mcpUrl, provider);
      const client = new Client(CLIENT, { versionNegotiation: { mode: "auto" } });
      await client.connect(transport);
      return new Session(client, transport, provider);
    });
  }

  async listTools(): Promise<Tool[]> {
    return await this.again(async () => (await this.client.listTools()).tools);
  }

  async callTool(name: string, input: Record<string, unknown>): Promise<CallToolResult> {
    return await this.again(() => this.client.callTool({ name, arguments: input }));
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private again<Result>(act: () => Promise<Result>): Promise<Result> {
    return signingIn(this.provider, () => this.transport, act);
  }
}

async function signingIn<Result>(
  provider: TerminalOAuthProvider,
  transport: () => StreamableHTTPClientTransport,
  act: () => Promise<Result>,
): Promise<Result> {
  provider.newCommand();
  for (let signIns = 0;; signIns++) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || !provider.browser.isOpen) throw error;
      if (signIns === MOST_SIGN_INS) throw error;
      const answer = await provider.browser.answer();
      try {
        // The same transport: it knows which scope it asked for.
        await transport().finishAuth(answer);
      } finally {
        provider.forgetAttempt();
      }
    }
  }
}

function newTransport(mcpUrl: string, provider: TerminalOAuthProvider): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider: provider });
}
