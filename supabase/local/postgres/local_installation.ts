// Finds a Postgres that the machine already has, for platforms without an npm package and for machines without
// a network. It must never take one older than 15 or of another major than the database.
import { join } from "node:path";
import { exists, isNotFound } from "./paths.ts";
import { runCommand } from "./run_command.ts";

const OLDEST = 15;
const PARENTS = ["/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt", "/usr/local/opt"];

/** The folder of initdb and postgres, newest first; `major` when a database already exists. */
export async function findLocalInstallation(major: number | null): Promise<string | null> {
  const candidates = [...await versionedFolders(), ...await fromPgConfig()];
  const found: { bin: string; major: number }[] = [];
  for (const bin of candidates) {
    const version = await majorOf(bin);
    if (version !== null && version >= OLDEST && (major === null || version === major)) {
      found.push({ bin, major: version });
    }
  }
  return found.sort((a, b) => b.major - a.major)[0]?.bin ?? null;
}

export async function majorOf(bin: string): Promise<number | null> {
  if (!await exists(join(bin, "initdb"))) return null;
  const { stdout } = await runCommand(join(bin, "postgres"), ["--version"]);
  const match = /PostgreSQL\) (\d+)/.exec(stdout);
  return match ? Number(match[1]) : null;
}

async function versionedFolders(): Promise<string[]> {
  const folders: string[] = [];
  for (const parent of PARENTS) {
    try {
      for await (const entry of Deno.readDir(parent)) {
        if (/^(postgresql@)?\d+$/.test(entry.name)) folders.push(join(parent, entry.name, "bin"));
      }
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return folders;
}

async function fromPgConfig(): Promise<string[]> {
  const { code, stdout } = await runCommand("pg_config", ["--bindir"]);
  return code === 0 ? [stdout.trim()] : [];
}
