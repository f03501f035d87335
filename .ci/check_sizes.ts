/** Holds files to the size of one idea. Over a hard limit fails; over the soft one is only said. */
import { type Finding, runCheck } from "./finding.ts";
import { listFiles } from "./list_files.ts";

const softLimit = 200;

/** The first row that matches a file is its hard limit; files that match none are not counted. */
const hardLimits: readonly (readonly [files: RegExp, lines: number, kind: string])[] = [
  [/^supabase\/functions\/(?!_shared\/|tests\/)[^/]+\/index\.ts$/, 25, "a composition root"],
  [/(^|\/)README\.md$/, 120, "a README"],
  [/_test\.(tsx?|sql)$/, 400, "a test"],
  [/\.([cm]?[jt]s|[jt]sx)$/, 300, "a code file"],
  [/^supabase\/(migrations|tests)\/.*\.sql$/, 300, "a SQL file"],
];

export async function checkSizes(root: string): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const path of await listFiles(root)) {
    const limit = hardLimits.find(([files]) => files.test(path));
    if (limit === undefined) continue;
    const [, hard, kind] = limit;
    const lines = countLines(await Deno.readTextFile(`${root}/${path}`));
    if (lines > hard) {
      found.push({ path, line: hard + 1, rule: "size", what: `${lines} lines; ${kind} has at most ${hard}` });
    } else if (lines > softLimit) {
      const what = `${lines} lines; aim for ${softLimit}`;
      found.push({ path, line: softLimit + 1, rule: "size", what, notice: true });
    }
  }
  return found;
}

function countLines(text: string): number {
  return text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
}

if (import.meta.main) await runCheck("sizes", checkSizes);
