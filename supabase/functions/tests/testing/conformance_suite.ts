/**
 * Runs the official conformance suite of MCP and reads what it writes. Its exit code alone proves little: every check of
 * every scenario is looked at.
 */
import assert from "node:assert/strict";
import { relative } from "node:path";

/** Its command: the package has no entry that could be imported. */
const SUITE =
  new URL("../../../../node_modules/@modelcontextprotocol/conformance/", import.meta.url).pathname;

export type Revision = "2025-11-25" | "2026-07-28";

export interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
  readonly details?: { readonly note?: string };
  readonly specReferences?: readonly { readonly url?: string }[];
}

export type Checks = ReadonlyMap<string, readonly Check[]>;

/** The suite's program with these arguments. */
export function suiteCommand(args: readonly string[], signal?: AbortSignal): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--cached-only", `${SUITE}dist/index.js`, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What the suite wrote, by scenario: a folder for each run of one, named for it and for the time. */
export async function readChecks(results: string): Promise<Map<string, Check[]>> {
  const checks = new Map<string, Check[]>();
  const read = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) await read(path);
      if (name !== "checks.json") continue;
      const scenario = relative(results, folder).replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, "");
      checks.set(scenario, JSON.parse(await Deno.readTextFile(path)));
    }
  };
  await read(results);
  return checks;
}

export interface Run {
  readonly checks: Checks;
  /** The scenarios that the suite scores. */
  readonly required: ReadonlySet<string>;
  /** Why a scenario is expected to fail. */
  readonly expected: ReadonlyMap<string, string>;
}

/**
 * Runs what a revision requires of this side, and requires that the suite is content, that exactly the expected
 * scenarios failed and that every other one succeeded in something.
 */
export async function assertRequirements(
  side: "server" | "client",
  revision: Revision,
  args: readonly string[],
  withinMs: number,
): Promise<Run> {
  const expectations = new URL(`conformance_${revision}.yaml`, import.meta.url).pathname;
  const expected = await readList(expectations, side);
  const required = new Set((await readList(`${SUITE}requirements/${revision}.yaml`, side)).keys());
  const results = await Deno.makeTempDir({ prefix: "sekisho_conformance_" });
  try {
    const flags = ["--requirements", revision, "--expected-failures", expectations, "--output-dir", results];
    const child = suiteCommand([side, ...flags, ...args], AbortSignal.timeout(withinMs));
    const { code, stdout, stderr } = await child.output();
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const read = await readChecks(results);
    const checks = new Map(
      [...read].map(([name, made]) => [side === "server" ? name.replace(/^server-/, "") : name, made]),
    );
    const failed = [...checks].filter(([, made]) => made.some(isBad)).map(([scenario]) => scenario);
    const told = [...checks].flatMap(([scenario, made]) =>
      made.filter(isBad).map(({ id, status, errorMessage = "" }) =>
        `${scenario}: ${id} ${status} ${errorMessage}`
      )
    );
    assert.deepEqual(failed.sort(), [...expected.keys()].sort(), told.join("\n"));
    assert.equal(code, 0, output);
    for (const scenario of required) {
      const succeeded = checks.get(scenario)?.some(({ status }) => status === "SUCCESS") ?? false;
      assert.ok(succeeded || expected.has(scenario), `${scenario} succeeded in nothing\n${output}`);
    }
    return { checks, required, expected };
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}

/** One list of a YAML file of this plain kind: its entries, each with the comment behind it. */
async function readList(path: string, name: string): Promise<Map<string, string>> {
  const entries = new Map<string, string>();
  let inside = false;
  for (const line of (await Deno.readTextFile(path)).split("\n")) {
    const [, key] = /^(\w+):/.exec(line) ?? [];
    if (key !== undefined) inside = key === name;
    const [, entry, comment = ""] = /^ +- ([^\s#]+)(?: # (.*))?$/.exec(line) ?? [];
    if (inside && entry !== undefined) entries.set(entry, comment);
  }
  assert.ok(entries.size > 0, `${path} has no list ${name}`);
  return entries;
}

/** What fails a scenario when failures are expected by name. */
function isBad({ status }: Check): boolean {
  return status === "FAILURE" || status === "WARNING";
}
