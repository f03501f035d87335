/**
 * Type-checks the functions and runs their unit tests under the Deno line of hosted Supabase, which is older than ours:
 * it reads neither our lock file nor our node_modules. `supabase/functions/tests` needs our own Deno and stays out.
 */
import { readSummary, type Summary } from "./summary.ts";

/** The line of edge-runtime; a package per platform brings it, so that no download page is asked. */
export const HOSTED_DENO = "deno@2.1.14";
/** Without them it refuses the lock file of a newer Deno and takes packages from a folder that a newer Deno laid out. */
export const HOSTED_FLAGS = ["--no-lock", "--node-modules-dir=none", "--quiet"] as const;

const ROOT = new URL("../../../", import.meta.url);
const FUNCTIONS = "supabase/functions";

/** Whether npx can run it here. */
export function hasHostedDeno(): boolean {
  try {
    return npx("--version").outputSync().success;
  } catch {
    return false;
  }
}

/** A command of that Deno, in the root of the tree, without settings of ours. */
export function npx(...args: string[]): Deno.Command {
  const env = Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("SEKISHO_"));
  return new Deno.Command("npx", {
    args: ["--yes", HOSTED_DENO, ...args],
    cwd: ROOT,
    env: { ...Object.fromEntries(env), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Shows what it says, and counts. A type error is one failure. */
export async function runHostedDeno(): Promise<Summary> {
  if (!hasHostedDeno()) return { passed: 0, failed: 0, skipped: 1 };
  const folders = await folderNames();
  const entries = folders.filter((name) => exists(`${FUNCTIONS}/${name}/index.ts`));
  const checked = await run(
    "check",
    ...HOSTED_FLAGS,
    ...entries.map((name) => `${FUNCTIONS}/${name}/index.ts`),
  );
  const types = { passed: checked.success ? 1 : 0, failed: checked.success ? 0 : 1 };
  const tested = await run(
    "test",
    "--allow-all",
    ...HOSTED_FLAGS,
    ...folders.map((name) => `${FUNCTIONS}/${name}`),
  );
  const { passed, failed, skipped } = readSummary(tested.output, tested.success);
  return { passed: passed + types.passed, failed: failed + types.failed, skipped };
}

async function run(...args: string[]): Promise<{ success: boolean; output: string }> {
  const { success, stdout, stderr } = await npx(...args).output();
  await Deno.stdout.write(stdout);
  await Deno.stderr.write(stderr);
  return { success, output: new TextDecoder().decode(stdout) };
}

async function folderNames(): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(new URL(FUNCTIONS, ROOT))) {
    if (entry.isDirectory && entry.name !== "tests") names.push(entry.name);
  }
  return names.sort();
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, ROOT)).isFile;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const { passed, failed, skipped } = await runHostedDeno();
  // deno-lint-ignore no-console
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  Deno.exit(failed === 0 ? 0 : 1);
}
