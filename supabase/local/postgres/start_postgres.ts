// The embedded Postgres 17: a native child process below the product's data folder. It must never serve a data
// folder that another live Sekisho serves, and must never listen beyond the loopback interface.
import { resolve } from "node:path";
import { createDatabase } from "./create_database.ts";
import { prepareHome, recordedHome } from "./data_home.ts";
import { type DataLock, lockData } from "./data_lock.ts";
import { launchPostmaster } from "./launch_postmaster.ts";
import { LocalPostgresError } from "./local_postgres_error.ts";
import { superuserPassword } from "./password.ts";
import { dataFolder, exists, removeUnfinished } from "./paths.ts";
import { postgresBinaries } from "./postgres_binaries.ts";
import { settingArguments } from "./postgres_settings.ts";
import { runAccount } from "./run_account.ts";

export { LocalPostgresError };
export { wipePostgres } from "./wipe_postgres.ts";

export interface LocalPostgres {
  /** postgresql://postgres:<password>@127.0.0.1:<port>/postgres, a superuser; scram, loopback only */
  readonly url: string;
  /** true when this start ran initdb */
  readonly created: boolean;
  /** resolves when the postmaster ends, with why; used to stop the product when its database dies */
  readonly exited: Promise<string>;
  /** fast shutdown, SIGINT then SIGQUIT after 3 s; idempotent; resolves when the process is gone */
  stop(): Promise<void>;
}

export interface StartOptions {
  folder: string;
  onProgress(message: string): void;
  settings?: Record<string, string>;
}

export async function startPostgres(options: StartOptions): Promise<LocalPostgres> {
  let lock: DataLock | undefined;
  try {
    lock = await lockData(resolve(options.folder));
    return await startLocked(options, lock);
  } catch (error) {
    lock?.release();
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new LocalPostgresError(`no permission in ${options.folder}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

async function startLocked(options: StartOptions, lock: DataLock): Promise<LocalPostgres> {
  const { onProgress } = options;
  const folder = await Deno.realPath(options.folder);
  const account = await runAccount(dataFolder(await recordedHome(folder)));
  const home = await prepareHome(folder, account, onProgress);
  const data = dataFolder(home);
  for (const place of new Set([folder, home])) await removeUnfinished(place);

  const bin = await postgresBinaries({ home, account, onProgress });
  const created = !await exists(data);
  const password = await superuserPassword(folder, !created);
  if (created) {
    onProgress("Creating the database");
    await createDatabase({ home, bin, account, password });
  }
  const postmaster = await launchPostmaster({
    home,
    data,
    bin,
    account,
    arguments: settingArguments(options.settings ?? {}),
    onProgress,
  });
  let stopping: Promise<void> | undefined;
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${postmaster.port}/postgres`,
    created,
    exited: postmaster.exited,
    stop: () => stopping ??= postmaster.stop().finally(() => lock.release()),
  };
}
