/**
 * `docs/conformance.md`: the tables in it are written from runs of the suite and compared with every later one.
 * `SEKISHO_WRITE_CONFORMANCE=1` writes them anew.
 */
import assert from "node:assert/strict";
import type { Run } from "./conformance_suite.ts";

const DOCUMENT = new URL("../../../../docs/conformance.md", import.meta.url);

/** By what tells the columns apart. */
type Runs = Readonly<Record<string, Run>>;

/** Requires that the part of this side tells these results. @throws AssertionError when it is stale. */
export async function assertDocumented(side: string, runs: Runs): Promise<void> {
  const document = await Deno.readTextFile(DOCUMENT);
  const [before, after] = [`<!-- ${side} -->\n`, `<!-- end of ${side} -->\n`];
  const start = document.indexOf(before) + before.length;
  const end = document.indexOf(after);
  assert.ok(start >= before.length && end >= start, `docs/conformance.md has no part for ${side}`);
  const part = render(runs);
  if (Deno.env.get("SEKISHO_WRITE_CONFORMANCE") === "1") {
    await Deno.writeTextFile(DOCUMENT, document.slice(0, start) + part + document.slice(end));
    return;
  }
  assert.equal(document.slice(start, end), part, "docs/conformance.md is stale");
}

function render(runs: Runs): string {
  const columns = Object.entries(runs);
  const scenarios = [...new Set(columns.flatMap(([, { checks }]) => [...checks.keys()]))].sort();
  const rows = scenarios.map((scenario) => {
    const cells = columns.map(([, run]) => verdict(scenario, run));
    return `| ${[scenario, ...cells, specification(scenario, runs)].join(" | ")} |`;
  });
  const reasons = new Map<string, string[]>();
  for (const [column, run] of columns) {
    for (const [scenario, why] of [...run.expected, ...leftOut(run)]) {
      reasons.set(why, [...reasons.get(why) ?? [], `${scenario} (${column})`]);
    }
  }
  const lines = [...reasons].map(([why, where]) => `* ${where.join(", ")}: ${why}`);
  const head = ["Scenario", ...Object.keys(runs), "Specification"];
  return [
    "",
    `| ${head.join(" | ")} |`,
    `|${"---|".repeat(head.length)}`,
    ...rows,
    "",
    ...(lines.length === 0 ? [] : ["What fails or is left out, and why:", "", ...lines.sort(), ""]),
    "",
  ].join("\n");
}

function verdict(scenario: string, { checks, required, expected }: Run): string {
  const made = checks.get(scenario);
  if (made === undefined) return "–";
  const result = expected.has(scenario)
    ? "fails"
    : made.some(({ status }) => status === "SUCCESS")
    ? "passes"
    : "nothing to check";
  return required.has(scenario) ? result : `${result}, not scored`;
}

/** Checks that the suite itself left out of scenarios that pass, with what it says of each. */
function leftOut({ checks, expected }: Run): [string, string][] {
  return [...checks].flatMap(([scenario, made]): [string, string][] => {
    const skipped = made.filter(({ status }) => status === "SKIPPED");
    if (skipped.length === 0 || expected.has(scenario)) return [];
    const words = skipped.map(({ id, details, errorMessage }) =>
      `${id}: ${details?.note ?? errorMessage ?? "no word why"}`.replace(/\.$/, "")
    );
    return [[scenario, `the suite leaves out ${[...new Set(words)].sort().join("; ")}`]];
  });
}

/** Of the parts of specifications that the checks of the scenario name the one that the fewest scenarios name. */
function specification(scenario: string, runs: Runs): string {
  const all = new Set(Object.values(runs).flatMap(({ checks }) => [...checks.keys()]));
  const named = new Map([...all].map((name) => [name, references(name, runs)]));
  const uses = (url: string) => [...named.values()].filter((urls) => urls.has(url)).length;
  const [url] = [...named.get(scenario) ?? []].sort((a, b) => uses(a) - uses(b) || (a < b ? -1 : 1));
  if (url === undefined) return "–";
  const name = url.replace(/^https:\/\/[^/]+\//, "").replace(/^.*specification\//, "");
  return `[${name}](${url})`;
}

function references(scenario: string, runs: Runs): Set<string> {
  const made = Object.values(runs).flatMap(({ checks }) => checks.get(scenario) ?? []);
  const own = made.filter(({ id, status }) => status !== "INFO" && !id.startsWith("wire-schema"));
  return new Set(
    own.flatMap(({ specReferences = [] }) =>
      specReferences.flatMap(({ url }) => url === undefined ? [] : [url])
    ),
  );
}
