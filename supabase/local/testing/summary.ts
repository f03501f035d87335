/** Counts of a test suite, read from what it printed. */

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** `12 passed, 0 failed, 1 skipped` of our own runners. */
const OURS = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/;
/** `ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)` of `deno test`. */
const DENO =
  /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/;

/**
 * The last summary in a suite's output. A suite without one is a single check, decided by its exit code; one that
 * failed without saying so has failed once.
 */
export function readSummary(output: string, success: boolean): Summary {
  const lines = output.split("\n").map((line) => line.trim()).reverse();
  for (const line of lines) {
    const [, passed, failed, skipped] = OURS.exec(line) ?? DENO.exec(line) ?? [];
    if (passed === undefined || failed === undefined) continue;
    const counted = { passed: Number(passed), failed: Number(failed), skipped: Number(skipped ?? 0) };
    return !success && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
  }
  return { passed: success ? 1 : 0, failed: success ? 0 : 1, skipped: 0 };
}
