/**
 * Reads what one pgTAP file printed (Test Anything Protocol) into counts. It must never take silence for success: an
 * assertion that the plan promised and that did not run is a failure, and so is a file without a plan.
 */
export interface TapResult {
  readonly passed: number;
  readonly skipped: number;
  /** One line each: what was expected to hold, then what pgTAP says about it. */
  readonly failures: readonly string[];
  /** Why assertions were skipped, each reason once. */
  readonly skips: readonly string[];
}

const ASSERTION = /^(not )?ok \d+(?: - )?(.*)$/;
const SKIP = /# skip\b\s*(.*)$/i;

export function readTap(output: readonly string[]): TapResult {
  const failures: string[][] = [];
  const skips = new Set<string>();
  let planned: number | undefined;
  let passed = 0;
  let skipped = 0;
  let explained: string[] | undefined;
  for (const line of output.flatMap((text) => text.split("\n"))) {
    const plan = /^1\.\.(\d+)$/.exec(line);
    // finish() after no_plan() or plan(0) tells what ran: that promises nothing.
    if (plan && passed + skipped + failures.length === 0) planned ??= Number(plan[1]);
    const assertion = ASSERTION.exec(line);
    if (!assertion) {
      // The count of assertions is judged here, not by what finish() says about it.
      if (line.startsWith("#") && !/^# (Failed test|Looks like)/.test(line)) {
        explained?.push(line.slice(1).trim());
      }
      continue;
    }
    explained = undefined;
    const [, negative, text = ""] = assertion;
    const skip = SKIP.exec(text);
    if (negative !== undefined) {
      explained = [text];
      failures.push(explained);
    } else if (skip) {
      skipped++;
      skips.add(skip[1] ?? "");
    } else {
      passed++;
    }
  }
  const ran = passed + skipped + failures.length;
  if (planned === undefined) failures.push(["it has no plan"]);
  else if (planned !== ran) failures.push([`it planned ${planned} assertions and ran ${ran}`]);
  return { passed, skipped, failures: failures.map((lines) => lines.join(" | ")), skips: [...skips] };
}
