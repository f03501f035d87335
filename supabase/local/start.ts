/**
 * `deno task start`: the product in the foreground. One line on stdout when it can serve; Ctrl-C stops it and its
 * Postgres. A failed start says why in one line on stderr and leaves nothing behind.
 */
import { publicUrls } from "../functions/_shared/public_urls.ts";
import { SettingsError } from "../functions/_shared/runtime/env.ts";
import { BuildError } from "./build_web.ts";
import { DatabaseError } from "./database/database_error.ts";
import { DEMO_SIGN_IN } from "./demo.ts";
import { PortError } from "./listen.ts";
import { type LocalSettings, readLocalSettings } from "./local_settings.ts";
import { LocalPostgresError, wipePostgres } from "./postgres/start_postgres.ts";
import { type Product, startProduct } from "./product.ts";
import { watchNpx } from "./watch_npx.ts";

/** Failures that a person can act on: their message is the whole line. */
const EXPECTED = [SettingsError, DatabaseError, BuildError, PortError, LocalPostgresError];

// deno-lint-ignore no-console
const say = (line: string) => console.log(line);
// deno-lint-ignore no-console
const tell = (line: string) => console.error(line);

async function main(): Promise<void> {
  const fresh = readArguments(Deno.args);
  let product: Product | undefined;
  let stopping = false;
  const interrupted = new AbortController();
  const end = async (code: number) => {
    if (stopping) return;
    stopping = true;
    await product?.stop();
    Deno.exit(code);
  };
  const interrupt = () => {
    if (product !== undefined) return void end(0);
    // A start takes its steps to their end: only then is it known what must be stopped.
    if (!interrupted.signal.aborted) tell("Stopping …");
    interrupted.abort();
  };
  try {
    const settings = await readLocalSettings(Deno.env.toObject());
    if (fresh) await wipe(settings);
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, interrupt);
    watchNpx(interrupt);
    const onProgress = (message: string) => tell(`${message} …`);
    product = await startProduct(settings, onProgress, interrupted.signal);
    if (interrupted.signal.aborted) return await end(0);
    const urls = publicUrls(settings.publicUrl);
    say(`Sekisho ready  ${settings.publicUrl}`);
    say(`  MCP URL      ${urls.resource}`);
    if (product.demo) say(`  Demo person  ${DEMO_SIGN_IN}`);
    say(`  Pages        ${Deno.env.get("WEB_URL") || settings.publicUrl}`);
    const reason = await product.databaseExited;
    if (stopping) return;
    tell(`Sekisho stops: ${reason}`);
    await end(1);
  } catch (error) {
    // The terminal's Ctrl-C reaches the programs that a start waits for as well: what they say about it is no news.
    if (interrupted.signal.aborted) Deno.exit(0);
    const expected = EXPECTED.some((kind) => error instanceof kind);
    tell(`Sekisho cannot start: ${expected && error instanceof Error ? error.message : describe(error)}`);
    Deno.exit(1);
  }
}

/** Empties the data folder. A database that is not our child is never wiped. */
async function wipe(settings: LocalSettings): Promise<void> {
  if (settings.databaseUrl !== null) {
    throw new SettingsError("SEKISHO_DATABASE_URL: --fresh does not wipe a database that it did not start");
  }
  await wipePostgres(settings.dataFolder);
}

function readArguments(args: readonly string[]): boolean {
  const unknown = args.find((argument) => argument !== "--fresh");
  if (unknown !== undefined) {
    tell("Sekisho cannot start: the only argument is --fresh, which begins with an empty database");
    Deno.exit(2);
  }
  return args.includes("--fresh");
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.split("\n")[0]}` : "unknown";
}

await main();
