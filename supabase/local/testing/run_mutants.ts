/**
 * `deno task mutants [NN …]`: does every attack test notice that its defence is gone? Each patch of
 * `tests/attacks/mutants` removes one defence from a scratch clone of HEAD, on a Postgres of its own; the attack's test
 * must then fail, and by an assertion. A mutant that survives is a test that proves nothing.
 */
import { startPostgres, wipePostgres } from "../postgres/start_postgres.ts";
import { TEST_SERVER_VARIABLE } from "./test_database.ts";

const ROOT = decodeURIComponent(new URL("../../../", import.meta.url).pathname);
export const ATTACKS = "supabase/functions/tests/attacks";
const PARALLEL = 2;

/** What became of one test run. */
export type Verdict = { verdict: "passed" } | { verdict: "failed" | "broke"; because: string };

export interface Mutant {
  /** `NN_<defence>`. */
  readonly name: string;
  /** Path of the patch. */
  readonly patch: string;
  /** Paths of the attack's tests: over HTTP and, for some, in a browser. */
  readonly tests: readonly string[];
}

/** Every mutant whose name begins with one of these, or all, in order. @throws when a patch has no test. */
export async function listMutants(only: readonly string[] = []): Promise<Mutant[]> {
  const tests = (await namesIn(ATTACKS)).filter((name) => /^\d\d_.*_test\.ts$/.test(name));
  return (await namesIn(`${ATTACKS}/mutants`))
    .filter((name) => name.endsWith(".patch"))
    .map((name) => name.slice(0, -".patch".length))
    .filter((name) => only.length === 0 || only.some((start) => name.startsWith(start)))
    .map((name) => {
      const own = tests.filter((candidate) => candidate.startsWith(name.slice(0, 3)));
      if (own.length === 0) throw new Error(`${name} has no attack test`);
      const paths = own.map((test) => `${ATTACKS}/${test}`);
      return { name, patch: `${ATTACKS}/mutants/${name}.patch`, tests: paths };
    });
}

/** Reads what `deno test` said: a test that could not even run has noticed nothing. */
export function readVerdict(output: string, success: boolean): Verdict {
  if (success) return { verdict: "passed" };
  const failures = [...output.matchAll(/^ *(.+?) \.\.\. FAILED/gm)].map(([, name = ""]) => name);
  const because = failures[0] ?? "";
  if (because === "" || !output.includes("AssertionError")) {
    const [error] = /^.*error: .*$/m.exec(output) ?? ["it said nothing"];
    return { verdict: "broke", because: error.trim().slice(0, 200) };
  }
  return { verdict: "failed", because };
}

/** A clone of HEAD that shares the packages of this tree. */
async function cloneHead(folder: string, builtPages?: string): Promise<void> {
  await require("git", ["clone", "--quiet", "--shared", ROOT, folder], ROOT);
  await Deno.symlink(`${ROOT}node_modules`, `${folder}/node_modules`);
  if (builtPages !== undefined) await require("cp", ["-R", builtPages, `${folder}/web/dist`], ROOT);
}

/** Runs these tests in a tree, with a server whose template is made from the tree's own migrations. */
async function runIn(tree: string, tests: readonly string[]): Promise<Verdict> {
  const data = `${tree}/.postgres`;
  const settings = { fsync: "off", full_page_writes: "off", max_connections: "200" };
  const postgres = await startPostgres({ folder: data, onProgress() {}, settings });
  try {
    const env = { [TEST_SERVER_VARIABLE]: postgres.url, NO_COLOR: "1" };
    const create = 'import { createTemplate } from "./supabase/local/testing/test_database.ts";' +
      `await createTemplate(Deno.env.get("${TEST_SERVER_VARIABLE}"));`;
    const template = await run(Deno.execPath(), ["eval", "--quiet", "--ext=ts", create], tree, env);
    if (!template.success) return { verdict: "broke", because: lastLine(template.output) };
    const tested = await run(
      Deno.execPath(),
      ["test", "--allow-all", "--quiet", "--no-check", ...tests],
      tree,
      env,
    );
    return readVerdict(tested.output, tested.success);
  } finally {
    await postgres.stop();
    await wipePostgres(data);
  }
}

/** One line for a person, and whether the mutant was noticed. */
async function judge(
  mutant: Mutant,
  folder: string,
  builtPages: string,
): Promise<[line: string, killed: boolean]> {
  await cloneHead(folder, builtPages);
  try {
    const applied = await run("git", ["apply", "-p1", `${ROOT}${mutant.patch}`], folder);
    if (!applied.success) return [`does not apply  ${mutant.name}: ${lastLine(applied.output)}`, false];
    const result = await runIn(folder, mutant.tests);
    if (result.verdict === "passed") return [`SURVIVED        ${mutant.name}`, false];
    if (result.verdict === "broke") return [`broke           ${mutant.name}: ${result.because}`, false];
    return [`killed          ${mutant.name}: ${result.because}`, true];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function main(only: readonly string[]): Promise<number> {
  const mutants = await listMutants(only);
  // The account that runs Postgres must be able to enter it.
  const scratch = await Deno.realPath(await Deno.makeTempDir({ prefix: "sekisho_mutants_" }));
  await Deno.chmod(scratch, 0o755);
  try {
    const intact = `${scratch}/intact`;
    await cloneHead(intact);
    const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
    const before = await runIn(intact, tests);
    if (before.verdict !== "passed") {
      say(`Nothing is proved: without any mutant, this fails: ${before.because}`);
      return 1;
    }
    const waiting = [...mutants];
    let [passed, failed] = [0, mutants.length === 0 ? 1 : 0];
    const work = async () => {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const [line, killed] = await judge(mutant, `${scratch}/${mutant.name}`, `${intact}/web/dist`);
        say(line);
        if (killed) passed++;
        else failed++;
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    say(`\n${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function run(
  command: string,
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<{ success: boolean; output: string }> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd, env, stdin: "null" })
    .output();
  return { success, output: `${new TextDecoder().decode(stdout)}${new TextDecoder().decode(stderr)}` };
}

async function require(command: string, args: string[], cwd: string): Promise<void> {
  const { success, output } = await run(command, args, cwd);
  if (!success) throw new Error(`${command} ${args[0]} failed: ${lastLine(output)}`);
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(`${ROOT}${folder}`)) names.push(entry.name);
  return names.sort();
}

const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";

// deno-lint-ignore no-console
const say = (line: string) => console.log(line);

if (import.meta.main) Deno.exit(await main(Deno.args));
