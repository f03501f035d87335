// The names of everything this folder makes on disk, and small questions about paths. It must never delete
// outside the folder it was given.
import { join } from "node:path";

export function passwordFile(folder: string): string {
  return join(folder, "postgres_password");
}

export function lockFile(folder: string): string {
  return join(folder, "postgres.lock");
}

/** Names the database's home when the data folder cannot be reached by the account that runs Postgres. */
export function elsewhereFile(folder: string): string {
  return join(folder, "postgres_elsewhere");
}

export function dataFolder(home: string): string {
  return join(home, "postgres");
}

export function logFile(home: string): string {
  return join(home, "postgres.log");
}

export function nativeFolder(home: string): string {
  return join(home, "postgres_native");
}

/** Everything that is still being made carries this prefix and is rubbish once its maker is dead. */
export const UNFINISHED = "postgres.unfinished-";

export function unfinishedPath(home: string): string {
  return join(home, UNFINISHED + crypto.randomUUID());
}

export function isNotFound(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

export async function exists(path: string): Promise<boolean> {
  return await statOrNull(path) !== null;
}

export async function statOrNull(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

export async function readTextOrNull(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** An orphan that still writes below the path may make one pass fail, hence the second. */
export async function removeTree(path: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (isNotFound(error)) return;
      if (attempt === 5) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export async function removeUnfinished(home: string): Promise<void> {
  for await (const entry of Deno.readDir(home)) {
    if (entry.name.startsWith(UNFINISHED)) await removeTree(join(home, entry.name));
  }
}
