/**
 * `deno task client`: a terminal MCP client. Signs the person in through the browser, remembers it, and calls tools.
 * Exit codes: 0 after `quit` or the end of the input, 1 when there is no session, 2 for wrong arguments, 130 for Ctrl-C.
 */
import { type Options, parseArguments, USAGE, UsageError } from "./arguments.ts";
import { freePort } from "./callback_listener.ts";
import { describeFailure } from "./describe_failure.ts";
import { TerminalOAuthProvider } from "./oauth_provider.ts";
import { runPrompt } from "./prompt.ts";
import { Session } from "./session.ts";
import { type Redirect, SignInBrowser } from "./sign_in.ts";
import { say, tell } from "./terminal.ts";
import { TokenFile, tokenFilePath } from "./token_file.ts";

async function main(args: readonly string[]): Promise<number> {
  let options: Options | null;
  try {
    options = parseArguments(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    tell(`${error.message} (--help shows how)`);
    return 2;
  }
  if (options === null) {
    say(USAGE);
    return 0;
  }
  try {
    const file = new TokenFile(tokenFilePath(Deno.env.toObject()), tell);
    const browser = new SignInBrowser(redirectOf(options, file), options.openBrowser);
    const provider = new TerminalOAuthProvider(options.mcpUrl, options.preRegistered, file, browser);
    const session = await Session.open(options.mcpUrl, provider);
    await runPrompt(session, options.mcpUrl);
    await session.close();
    return 0;
  } catch (error) {
    tell(describeFailure(error, options.mcpUrl));
    return 1;
  }
}

/**
 * Where the browser comes back to. Pre-registered clients have `localhost` in their URI; our own has the address, which
 * nobody can resolve to another place (RFC 8252 §8.3). A server that insists on the port finds the one it knows.
 */
function redirectOf({ redirectPort, preRegistered, mcpUrl }: Options, file: TokenFile): Redirect {
  if (preRegistered !== null) return { host: "localhost", port: redirectPort ?? freePort() };
  const known = file.findLatest({ mcpUrl, preRegistered: null })?.registration?.redirect_uris?.[0];
  const port = known !== undefined && URL.canParse(known) ? Number(new URL(known).port) : 0;
  return { host: "127.0.0.1", port: redirectPort ?? freePort(port) };
}

// The SDK explains its own recovery there; the person gets our one line instead.
// deno-lint-ignore no-console
console.warn = () => {};
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Windows knows no SIGTERM.
  if (signal === "SIGTERM" && Deno.build.os === "windows") continue;
  Deno.addSignalListener(signal, () => {
    if (Deno.stdout.isTerminal()) say("");
    Deno.exit(signal === "SIGINT" ? 130 : 143);
  });
}
// Also while the terminal is still being read.
Deno.exit(await main(Deno.args));
