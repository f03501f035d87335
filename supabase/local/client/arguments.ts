/** Command line of the terminal client. What is typed is checked here, before anything is opened or contacted. */
import { parseArgs } from "node:util";
import { isLoopback } from "../../functions/_shared/public_urls.ts";

const DEFAULT_URL = "http://localhost:54321/mcp";
/** Port of the redirect URI that the demo client is registered with. */
const PRE_REGISTERED_PORT = 3030;

export interface PreRegisteredClient {
  readonly id: string;
  /** Null for a public client. */
  readonly secret: string | null;
}

export interface Options {
  readonly mcpUrl: string;
  readonly openBrowser: boolean;
  /** Null: the client registers itself. */
  readonly preRegistered: PreRegisteredClient | null;
  /** Null: any free port. */
  readonly redirectPort: number | null;
}

/** What was typed cannot be meant. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const USAGE = `usage: deno task client [MCP_URL] [options]

  MCP_URL                default ${DEFAULT_URL}
  --no-browser           only print the address at which to sign in
  --client-id ID         use this registered client instead of registering
  --client-secret TEXT   its secret
  --redirect-port PORT   port for the answer of the sign-in (${PRE_REGISTERED_PORT} with --client-id, else any)
  --help                 print this`;

/** Null when only the help is wanted. @throws UsageError */
export function parseArguments(args: readonly string[]): Options | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  if (positionals.length > 1) throw new UsageError("only one MCP_URL can be given");
  const id = values["client-id"];
  const secret = values["client-secret"];
  if (id === "") throw new UsageError("--client-id must not be empty");
  if (secret !== undefined && id === undefined) {
    throw new UsageError("--client-secret needs --client-id");
  }
  return {
    mcpUrl: checkedUrl(positionals[0] ?? DEFAULT_URL),
    openBrowser: !values["no-browser"],
    preRegistered: id === undefined ? null : { id, secret: secret || null },
    redirectPort: checkedPort(values["redirect-port"]) ?? (id === undefined ? null : PRE_REGISTERED_PORT),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        "no-browser": { type: "boolean" },
        "client-id": { type: "string" },
        "client-secret": { type: "string" },
        "redirect-port": { type: "string" },
        "help": { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split("\n")[0] : "unknown argument");
  }
}

/** Tokens go to this URL: in clear text only where nobody can listen. */
function checkedUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new UsageError("MCP_URL must be an http or https URL");
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw new UsageError("MCP_URL must have no user, password or fragment");
  }
  if (url.protocol === "http:" && !isLoopback(url.origin)) {
    throw new UsageError("MCP_URL must be https, except on this computer");
  }
  return url.href;
}

function checkedPort(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new UsageError("--redirect-port must be between 1 and 65535");
  return port;
}
