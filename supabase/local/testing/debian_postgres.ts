/**
 * A throw-away Postgres 15 from Debian's binaries: the one place where the real pg_cron, pgTAP and pg_dump can be had
 * without Docker. Trusts everyone on the loopback interface, so it must never hold anything but tests.
 */
import { join } from "node:path";
import { launchPostmaster } from "../postgres/launch_postmaster.ts";
import { LocalPostgresError } from "../postgres/local_postgres_error.ts";
import { dataFolder, exists, removeTree } from "../postgres/paths.ts";
import { lastMeaningfulLine } from "../postgres/postgres_log.ts";
import { settingArguments } from "../postgres/postgres_settings.ts";
import { runAccount } from "../postgres/run_account.ts";
import { type Account, runCommand } from "../postgres/run_command.ts";

export const DEBIAN_BINARIES = "/usr/lib/postgresql/15/bin";
const PG_CRON = "/usr/lib/postgresql/15/lib/pg_cron.so";

export interface DebianPostgres {
  /** A superuser's. */
  readonly url: string;
  /** Ends the server and removes its folder; may be called twice. */
  stop(): Promise<void>;
}

/** Speed, since nothing here outlives the test; and what pg_cron needs in order to run without a password file. */
const SETTINGS = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_worker_processes: "8",
};
const CRON_SETTINGS = {
  shared_preload_libraries: "pg_cron",
  "cron.database_name": "postgres",
  "cron.use_background_workers": "on",
};

/** Null where Debian's Postgres 15 is not installed. */
export async function startDebianPostgres(): Promise<DebianPostgres | null> {
  if (!await exists(join(DEBIAN_BINARIES, "postgres"))) return null;
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "sekisho_debian_" }));
  try {
    // The account that runs Postgres must be able to enter it.
    await Deno.chmod(home, 0o755);
    const data = dataFolder(home);
    const account = await runAccount(data);
    await initialise(data, home, account);
    const postmaster = await launchPostmaster({
      home,
      data,
      bin: DEBIAN_BINARIES,
      account,
      arguments: settingArguments({ ...SETTINGS, ...await exists(PG_CRON) ? CRON_SETTINGS : {} }),
      onProgress: () => {},
    });
    let stopping: Promise<void> | undefined;
    return {
      url: `postgresql://postgres@127.0.0.1:${postmaster.port}/postgres`,
      stop: () => stopping ??= postmaster.stop().finally(() => removeTree(home)),
    };
  } catch (error) {
    await removeTree(home);
    throw error;
  }
}

async function initialise(data: string, home: string, account: Account | undefined): Promise<void> {
  await Deno.mkdir(data, { mode: 0o700 });
  if (account !== undefined) await Deno.chown(data, account.uid, account.gid);
  const args = [`--pgdata=${data}`, "--username=postgres", "--auth=trust", "--no-locale", "--encoding=UTF8"];
  args.push("--no-sync", "--no-instructions");
  const { code, stderr } = await runCommand(join(DEBIAN_BINARIES, "initdb"), args, { account, cwd: home });
  if (code !== 0) {
    throw new LocalPostgresError(`initdb failed: ${lastMeaningfulLine(stderr) ?? `exit code ${code}`}`);
  }
}
