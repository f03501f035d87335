/**
 * The official Supabase CLI, run by npx: its binary is a package per platform. Works on a copy of our migrations and
 * configuration, so that it leaves nothing in the tree and finds no settings of the developer's.
 */
import { cp } from "node:fs/promises";

/**
 * A tool, not something we import, so it is not in the import map: `deno install` would fetch its binaries (140 MB each)
 * for everybody, and fails where a registry lacks that of any one platform.
 */
const PACKAGE = "supabase@3.1.0";

const SUPABASE = new URL("../../../", import.meta.url);

export interface PushAnswer {
  readonly code: number;
  /** Versions and names of what was applied, or null when it failed. */
  readonly applied: readonly string[] | null;
  readonly upToDate: boolean;
  /** Everything that it wrote for people. */
  readonly said: string;
}

const ROOT = new URL("../", SUPABASE);

/** Whether npx can run it here. */
export function hasSupabaseCli(): boolean {
  try {
    const { success } = new Deno.Command("npx", { ...options(), args: ["--yes", PACKAGE, "--version"] })
      .outputSync();
    return success;
  } catch {
    return false;
  }
}

/** `supabase db push` to this database. */
export function pushMigrations(databaseUrl: string): Promise<PushAnswer> {
  return inProject(async (folder) => {
    const remote = new URL(databaseUrl);
    remote.searchParams.set("sslmode", "disable");
    const args = ["--yes", PACKAGE, "db", "push", `--remote=${remote.href}`, "--yes", "--output-format=json"];
    const { code, stdout, stderr } = await new Deno.Command("npx", {
      ...options(),
      args: [...args, `--workdir=${folder}`],
    }).output();
    const decoder = new TextDecoder();
    const answer = code === 0 ? JSON.parse(decoder.decode(stdout)) : null;
    return {
      code,
      applied: answer?.migrations ?? null,
      upToDate: answer?.upToDate ?? false,
      said: `${decoder.decode(stdout)}${decoder.decode(stderr)}`,
    };
  });
}

/**
 * `supabase functions deploy` of every function to the management API at this address.
 *
 * @returns what it wrote, with the exit code.
 */
export function deployFunctions(apiUrl: string): Promise<{ code: number; said: string }> {
  return inProject(async (folder) => {
    await cp(new URL("functions/", SUPABASE), `${folder}/supabase/functions`, { recursive: true });
    await Deno.copyFile(new URL("import_map.json", ROOT), `${folder}/import_map.json`);
    return await ofProject(["functions", "deploy", "--use-api"], folder, apiUrl);
  });
}

/** `supabase secrets set` of this file at the management API at this address. */
export function setSecrets(file: string, apiUrl: string): Promise<{ code: number; said: string }> {
  return inProject((folder) => ofProject(["secrets", "set", `--env-file=${file}`], folder, apiUrl));
}

/** Runs in a folder with a copy of our project. */
async function inProject<Result>(run: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "sekisho_cli_" });
  try {
    await copyProject(`${folder}/supabase`);
    return await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A command about a project that only this management API knows. */
async function ofProject(
  command: readonly string[],
  folder: string,
  apiUrl: string,
): Promise<{ code: number; said: string }> {
  const profile = [
    "name: test",
    `api_url: ${apiUrl}`,
    `dashboard_url: ${apiUrl}`,
    "project_host: 127.0.0.1",
  ];
  await Deno.writeTextFile(`${folder}/profile.yaml`, profile.join("\n"));
  const own = options();
  const { code, stdout, stderr } = await new Deno.Command("npx", {
    ...own,
    env: { ...own.env, SUPABASE_ACCESS_TOKEN: `sbp_${"0".repeat(40)}` },
    args: [
      ...["--yes", PACKAGE, ...command, `--remote=${"a".repeat(20)}`, "--yes"],
      ...[`--profile=${folder}/profile.yaml`, `--workdir=${folder}`],
    ],
  }).output();
  const decoder = new TextDecoder();
  return { code, said: `${decoder.decode(stdout)}${decoder.decode(stderr)}` };
}

async function copyProject(folder: string): Promise<void> {
  await cp(new URL("migrations/", SUPABASE), `${folder}/migrations`, { recursive: true });
  await Deno.copyFile(new URL("config.toml", SUPABASE), `${folder}/config.toml`);
}

function options(): Deno.CommandOptions {
  const env = Object.entries(Deno.env.toObject()).filter(([name]) => !/^(SUPABASE|SEKISHO|PG)/.test(name));
  return {
    env: { ...Object.fromEntries(env), DO_NOT_TRACK: "1", SUPABASE_TELEMETRY_DISABLED: "1", NO_COLOR: "1" },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  };
}
