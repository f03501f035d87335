// The exclusive hold on one data folder: an flock, which the kernel drops however this process ends. It must
// never rest on a pid file: pids are reused.
import { dirname } from "node:path";
import { LocalPostgresError } from "./local_postgres_error.ts";
import { lockFile, statOrNull } from "./paths.ts";

export interface DataLock {
  release(): void;
}

/** Waits this long: a process that was just killed needs a moment to be gone. */
const PATIENCE_MS = 300;

export async function lockData(folder: string): Promise<DataLock> {
  await makePrivateFolder(folder);
  const path = lockFile(folder);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const file = await Deno.open(path, { create: true, read: true, write: true, mode: 0o600 });
    if (await file.tryLock(true) && await isStillAt(file, path)) {
      let held = true;
      return {
        release() {
          if (held) file.close();
          held = false;
        },
      };
    }
    file.close();
    if (Date.now() >= deadline) {
      throw new LocalPostgresError(
        `another Sekisho is running on ${folder}: stop it, or set SEKISHO_DATA_DIR to another folder`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Parents get the usual mode: a 0700 above the folder would keep out the account that runs Postgres. */
async function makePrivateFolder(folder: string): Promise<void> {
  await Deno.mkdir(dirname(folder), { recursive: true });
  try {
    await Deno.mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** A wipe unlinks the lock file: whoever had opened the old one would hold a lock that nobody else sees. */
async function isStillAt(file: Deno.FsFile, path: string): Promise<boolean> {
  const [opened, named] = await Promise.all([file.stat(), statOrNull(path)]);
  return named !== null && named.ino === opened.ino;
}
