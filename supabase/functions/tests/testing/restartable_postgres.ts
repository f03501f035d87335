/**
 * A Postgres that a test ends on purpose and starts again on the same port and data, as a failing machine would. It must
 * never signal a process that this file did not start.
 */
import pg from "pg";
import { launchPostmaster } from "../../../local/postgres/launch_postmaster.ts";
import { dataFolder } from "../../../local/postgres/paths.ts";
import { postgresBinaries } from "../../../local/postgres/postgres_binaries.ts";
import { settingArguments } from "../../../local/postgres/postgres_settings.ts";
import { runAccount } from "../../../local/postgres/run_account.ts";
import { startPostgres, wipePostgres } from "../../../local/postgres/start_postgres.ts";
import { postmasterPid } from "../../../local/postgres/testing/temporary_folder.ts";

/**
 * How it ends. Fast: transactions are rolled back, the shutdown is clean. Immediate: as in a crash, recovered from the
 * log. Killed: the same without a word to anybody. Backend killed: Postgres itself ends all sessions and recovers.
 */
export type Ending = "fast" | "immediate" | "killed" | "backend killed";

const SIGNALS = {
  fast: "SIGINT",
  immediate: "SIGQUIT",
  killed: "SIGKILL",
} as const;

/** What is committed survives the end of a process without fsync; only the end of the machine would lose it. */
const SETTINGS = { fsync: "off", full_page_writes: "off" };

export interface RestartablePostgres extends AsyncDisposable {
  /** A superuser's. */
  readonly url: string;
  /** Ends it in this way, leaves it away for so long, and resolves when it accepts connections again. */
  restart(ending: Ending, awayMs?: number): Promise<void>;
}

export async function startRestartablePostgres(): Promise<RestartablePostgres> {
  const parent = await Deno.realPath(await Deno.makeTempDir({ prefix: "sekisho_restart_" }));
  await Deno.chmod(parent, 0o755);
  const folder = `${parent}/data`;
  const onProgress = () => {};
  const first = await startPostgres({ folder, onProgress, settings: SETTINGS });
  const port = Number(new URL(first.url).port);
  const account = await runAccount(dataFolder(folder));
  const bin = await postgresBinaries({ home: folder, account, onProgress });
  let running: { readonly exited: Promise<string>; stop(): Promise<void> } = first;

  const restartPostmaster = async (ending: keyof typeof SIGNALS, awayMs: number) => {
    Deno.kill(await postmasterPid(folder), SIGNALS[ending]);
    await running.exited;
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    running = await launchPostmaster({
      home: folder,
      data: dataFolder(folder),
      bin,
      account,
      arguments: settingArguments(SETTINGS),
      onProgress,
      choosePort: () => port,
    });
  };

  return {
    url: first.url,
    restart: (ending, awayMs = 0) =>
      ending === "backend killed" ? killBackend(first.url) : restartPostmaster(ending, awayMs),
    async [Symbol.asyncDispose]() {
      await running.stop();
      // Lets go of the folder.
      await first.stop();
      await wipePostgres(folder);
      await Deno.remove(parent, { recursive: true });
    },
  };
}

/** Kills a session's process: the postmaster then ends all others and recovers the database. */
async function killBackend(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  const ended = new Promise((resolve) => client.once("end", resolve));
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  Deno.kill(rows[0]?.pid ?? 0, "SIGKILL");
  await ended;
  await untilItAnswers(url);
}

async function untilItAnswers(url: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    client.on("error", () => {});
    try {
      await client.connect();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      await client.end().catch(() => {});
    }
  }
}
