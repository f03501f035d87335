/**
 * The terminal client as the official `client` suite drives it: a program that is given the URL of a server, connects,
 * lists the tools and calls each. Session, provider, callback listener and token file are the client's own; only the
 * person is played here, who follows the sign-in's address instead of opening a browser.
 */
import { freePort } from "../../../local/client/callback_listener.ts";
import type { PreRegisteredClient } from "../../../local/client/arguments.ts";
import { TerminalOAuthProvider } from "../../../local/client/oauth_provider.ts";
import { Session } from "../../../local/client/session.ts";
import { SignInBrowser } from "../../../local/client/sign_in.ts";
import { TokenFile } from "../../../local/client/token_file.ts";

/** The suite's, for a client that is known by its metadata document. */
const DOCUMENT = "https://conformance-test.local/client-metadata.json";

/** Goes where the server sends the person, and on to the callback. */
class FollowingBrowser extends SignInBrowser {
  override async open(url: URL, why: string): Promise<void> {
    await super.open(url, why);
    const authorized = await fetch(url, { redirect: "manual" });
    await authorized.body?.cancel();
    const callback = await fetch(authorized.headers.get("Location") ?? "");
    await callback.body?.cancel();
    if (!callback.ok) throw new Error(`the callback was answered with ${callback.status}`);
  }
}

/** What `--client-id` and `--client-secret` would say in this scenario. */
function preRegistered(): PreRegisteredClient | null {
  const scenario = Deno.env.get("MCP_CONFORMANCE_SCENARIO");
  if (scenario === "auth/basic-cimd") return { id: DOCUMENT, secret: null };
  if (scenario !== "auth/pre-registration") return null;
  const { client_id = "", client_secret = null } = context();
  return { id: client_id, secret: client_secret };
}

interface Call {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

/** The calls that the scenario wants, otherwise one of each tool with the least that fits its schema. */
function callsOf(tools: Awaited<ReturnType<Session["listTools"]>>): readonly Call[] {
  return context().toolCalls ?? tools.map(({ name, inputSchema }) => {
    const input = (inputSchema.required ?? []).map((member) => {
      const { type } = (inputSchema.properties?.[member] ?? {}) as { type?: string };
      return [member, type === "number" || type === "integer" ? 1 : type === "boolean" ? true : "text"];
    });
    return { name, arguments: Object.fromEntries(input) };
  });
}

/** What the suite tells of the scenario. */
function context(): { client_id?: string; client_secret?: string; toolCalls?: readonly Call[] } {
  return JSON.parse(Deno.env.get("MCP_CONFORMANCE_CONTEXT") ?? "{}");
}

/** The suite starts many at once, and its servers take ports that the system chooses: these are neither's. */
const port = freePort(20_000 + Deno.pid % 12_000);
const mcpUrl = Deno.args[0] ?? "";
const folder = await Deno.makeTempDir({ prefix: "sekisho_conformance_client_" });
try {
  const client = preRegistered();
  const file = new TokenFile(`${folder}/client.json`, () => {});
  const host = client === null ? "127.0.0.1" : "localhost";
  const browser = new FollowingBrowser({ host, port }, false);
  const session = await Session.open(mcpUrl, new TerminalOAuthProvider(mcpUrl, client, file, browser));
  for (const call of callsOf(await session.listTools())) await session.callTool(call.name, call.arguments);
  await session.close();
} finally {
  await Deno.remove(folder, { recursive: true });
}
