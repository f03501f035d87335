// Removes everything that startPostgres made for a data folder, wherever it is, an orphaned postmaster included.
// It must never do so below a live Sekisho, nor remove what the rest of the product keeps in the folder.
import { resolve } from "node:path";
import { everyHome } from "./data_home.ts";
import { lockData } from "./data_lock.ts";
import {
  dataFolder,
  elsewhereFile,
  exists,
  lockFile,
  logFile,
  nativeFolder,
  passwordFile,
  removeTree,
  removeUnfinished,
} from "./paths.ts";
import { replaceOrphan } from "./replace_orphan.ts";

export async function wipePostgres(folder: string): Promise<void> {
  const given = resolve(folder);
  const existed = await exists(given);
  const lock = await lockData(given);
  try {
    const real = await Deno.realPath(given);
    for (const home of await everyHome(real)) {
      if (!await exists(home)) continue;
      await replaceOrphan(dataFolder(home), null);
      await removeUnfinished(home);
      if (home !== real) {
        await removeTree(home);
        continue;
      }
      for (const path of [dataFolder(home), nativeFolder(home), logFile(home)]) await removeTree(path);
    }
    for (const path of [passwordFile(real), elsewhereFile(real), lockFile(real)]) await removeTree(path);
    if (!existed) await Deno.remove(real);
  } finally {
    lock.release();
  }
}
