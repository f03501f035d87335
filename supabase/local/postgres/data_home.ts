// Decides where the database lives: in the data folder, or below /var/lib/sekisho when root's Postgres account
// cannot reach that folder. It must never touch a folder named by anything but a hash of ours.
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { Account } from "./run_command.ts";
import { dataFolder, elsewhereFile, readTextOrNull, removeTree } from "./paths.ts";
import { replaceOrphan } from "./replace_orphan.ts";
import { canEnter } from "./run_account.ts";

const ELSEWHERE = "/var/lib/sekisho";

/** The home that an earlier start recorded, or the folder itself. */
export async function recordedHome(folder: string): Promise<string> {
  const name = (await readTextOrNull(elsewhereFile(folder)))?.trim() ?? "";
  // The file may be writable by someone less than root: only a bare hash is believed.
  return /^[0-9a-f]{32}$/.test(name) ? join(ELSEWHERE, name) : folder;
}

export async function prepareHome(
  folder: string,
  account: Account | undefined,
  onProgress: (message: string) => void,
): Promise<string> {
  const recorded = await recordedHome(folder);
  if (recorded !== folder) {
    await makeElsewhere(recorded);
    return recorded;
  }
  if (account === undefined) return folder;
  await letPass(folder, account);
  if (await canEnter(folder, account)) return folder;

  const name = elsewhereName(folder);
  const home = join(ELSEWHERE, name);
  // No record of it in the folder: the folder was deleted by hand, and the password of that database with it.
  await replaceOrphan(dataFolder(home), null);
  await removeTree(home);
  await makeElsewhere(home);
  await Deno.writeTextFile(elsewhereFile(folder), name + "\n", { mode: 0o600 });
  onProgress(`Postgres cannot reach ${folder}; its database is kept in ${home}`);
  return home;
}

/** Both places, for a wipe: the recorded one and the one that a lost record would have named. */
export async function everyHome(folder: string): Promise<string[]> {
  const homes = new Set([folder, await recordedHome(folder)]);
  if (Deno.build.os !== "windows" && Deno.uid() === 0) homes.add(join(ELSEWHERE, elsewhereName(folder)));
  return [...homes];
}

function elsewhereName(folder: string): string {
  return createHash("sha256").update(resolve(folder)).digest("hex").slice(0, 32);
}

async function makeElsewhere(home: string): Promise<void> {
  await Deno.mkdir(home, { recursive: true });
  await Deno.chmod(ELSEWHERE, 0o755);
  await Deno.chmod(home, 0o711);
}

/** A private data folder lets the account's group pass through it, without listing or reading it. */
async function letPass(folder: string, account: Account): Promise<void> {
  const { mode, uid } = await Deno.stat(folder);
  if (uid !== 0 || mode === null || (mode & 0o077) !== 0) return;
  await Deno.chown(folder, null, account.gid);
  await Deno.chmod(folder, (mode & 0o700) | 0o010);
}
