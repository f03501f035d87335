/**
 * `deno task test`: every test that this machine can run, suite by suite, and one last line that counts them all. What
 * cannot run here is skipped by name; with CI=true nothing may be.
 */
import { startPostgres, wipePostgres } from "../postgres/start_postgres.ts";
import { readSummary, type Summary } from "./summary.ts";
import { createTemplate, TEST_SERVER_VARIABLE } from "./test_database.ts";

/** A suite that hangs has failed. */
const MOST_MINUTES = 60;

interface Suite {
  readonly name: string;
  readonly args: readonly string[];
}

const SUITES: readonly Suite[] = [
  { name: "unit, store, HTTP, races and browser", args: ["test", "--allow-all", "--quiet"] },
  { name: "SQL functions (pgTAP)", args: ["run", "--allow-all", "supabase/local/testing/run_pgtap.ts"] },
  {
    name: "hosted runtime (Deno 2.1)",
    args: ["run", "--allow-all", "supabase/local/testing/run_hosted_deno.ts"],
  },
  { name: "schema.sql is current", args: ["run", "--allow-all", ".ci/dump_schema.ts", "--check"] },
];

const ROOT = decodeURIComponent(new URL("../../../", import.meta.url).pathname);

// deno-lint-ignore no-console
const say = (line: string) => console.log(line);

/** Runs a suite, shows what it says, and reads its count. */
async function runSuite(suite: Suite, env: Record<string, string>): Promise<Summary> {
  say(`\n# ${suite.name}`);
  const limit = AbortSignal.timeout(MOST_MINUTES * 60_000);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...suite.args],
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal: limit,
  }).spawn();
  let output = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += chunk;
    await Deno.stdout.write(new TextEncoder().encode(chunk));
  }
  const { success } = await child.status;
  if (limit.aborted) say(`\nEnded after ${MOST_MINUTES} minutes: what was running did not come to an end.`);
  return readSummary(output, success);
}

/** A server for the tests' databases, thrown away afterwards. Durability is not what they test. */
async function withServer(run: (url: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "sekisho_tests_" }));
  await Deno.chmod(folder, 0o755);
  const data = `${folder}/data`;
  const settings = { fsync: "off", full_page_writes: "off", max_connections: "200" };
  const postgres = await startPostgres({
    folder: data,
    onProgress: (message) => say(`${message} …`),
    settings,
  });
  try {
    await run(postgres.url);
  } finally {
    await postgres.stop();
    await wipePostgres(data);
    await Deno.remove(folder, { recursive: true });
  }
}

const total = { passed: 0, failed: 0, skipped: 0 };
await withServer(async (url) => {
  await createTemplate(url);
  for (const suite of SUITES) {
    const summary = await runSuite(suite, { [TEST_SERVER_VARIABLE]: url });
    total.passed += summary.passed;
    total.failed += summary.failed;
    total.skipped += summary.skipped;
  }
});
if (Deno.env.get("CI") === "true" && total.skipped > 0) {
  say(`\nWith CI=true nothing may be skipped: ${total.skipped} counted as failed.`);
  total.failed += total.skipped;
  total.skipped = 0;
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
say(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
Deno.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
