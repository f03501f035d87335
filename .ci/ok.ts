/**
 * `deno task ok`: what a developer runs before a commit. Format, lint, layers, sizes, SQL rules, types and unit tests;
 * no database, no browser. Says what failed and goes on, so that one run shows everything.
 */

const deno = (...args: string[]) => [Deno.execPath(), ...args];
const check = (script: string) => deno("run", "--allow-all", `.ci/${script}.ts`);

const STEPS: readonly (readonly [name: string, command: string[]])[] = [
  ["format", deno("fmt", "--check", "--quiet")],
  ["lint", deno("lint", "--quiet")],
  ["layers", check("check_layers")],
  ["sizes", check("check_sizes")],
  ["SQL rules", check("check_sql_rules")],
  ["types", deno("check", "--quiet", "supabase", ".ci", "docs/examples")],
  [
    "types of the pages",
    deno("check", "--quiet", "--config", "web/deno.json", "web/src/main.tsx", "web/vite.config.ts"),
  ],
  [
    "unit tests",
    deno(
      "test",
      "--quiet",
      "--no-check",
      "--allow-all",
      "--parallel",
      ".ci",
      "supabase/functions/_shared",
      "supabase/functions/oauth",
      "supabase/functions/mcp",
      "supabase/functions/account",
      "web/src",
    ),
  ],
];

/** A step that hangs has failed. */
const MOST_MS = 180_000;

const root = new URL("..", import.meta.url);
const failed: string[] = [];
for (const [name, [command = "", ...args]] of STEPS) {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: root,
    signal: AbortSignal.timeout(MOST_MS),
    env: { NO_COLOR: "1" },
  }).output();
  // deno-lint-ignore no-console
  console.log(`${success ? "ok    " : "FAILED"} ${name}`);
  if (success) continue;
  failed.push(name);
  await Deno.stderr.write(stdout);
  await Deno.stderr.write(stderr);
}
if (failed.length > 0) Deno.exit(1);
