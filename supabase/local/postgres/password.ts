// The superuser's password: 256 random bits in a file that only we can read. It must never be logged, and never
// be passed on a command line.
import { LocalPostgresError } from "./local_postgres_error.ts";
import { isNotFound, passwordFile, readTextOrNull, removeTree, unfinishedPath } from "./paths.ts";

export async function superuserPassword(folder: string, databaseExists: boolean): Promise<string> {
  const path = passwordFile(folder);
  const stored = (await readTextOrNull(path))?.trim();
  if (stored) return stored;
  if (databaseExists) {
    throw new LocalPostgresError(`${path} is missing: the database cannot be opened; --fresh begins again`);
  }
  const password = crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  await writeSecretFile(path, password + "\n", folder);
  return password;
}

async function writeSecretFile(path: string, text: string, folder: string): Promise<void> {
  const unfinished = unfinishedPath(folder);
  try {
    await Deno.writeTextFile(unfinished, text, { mode: 0o600, createNew: true });
    await Deno.rename(unfinished, path);
  } catch (error) {
    if (!isNotFound(error)) await removeTree(unfinished);
    throw error;
  }
}
