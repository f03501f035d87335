/** What the last line of a test run is made of. */
import assert from "node:assert/strict";
import { readSummary } from "./summary.ts";

Deno.test("readSummary() reads deno test's last line, steps and ignored ones included", () => {
  const output =
    "running 3 tests\nok | 1 passed | 0 failed (1ms)\nFAILED | 12 passed (3 steps) | 1 failed (2 steps) | 2 ignored (2s)\n";
  assert.deepEqual(readSummary(output, false), { passed: 12, failed: 1, skipped: 2 });
});

Deno.test("readSummary() reads our own runners' last line", () => {
  assert.deepEqual(readSummary("x\n40 passed, 0 failed, 1 skipped (why)\n", true), {
    passed: 40,
    failed: 0,
    skipped: 1,
  });
});

Deno.test("readSummary() counts a suite that failed without saying so", () => {
  assert.deepEqual(readSummary("ok | 3 passed | 0 failed (1s)\n", false), {
    passed: 3,
    failed: 1,
    skipped: 0,
  });
  assert.deepEqual(readSummary("error: module not found\n", false), { passed: 0, failed: 1, skipped: 0 });
});

Deno.test("readSummary() takes a check without a count by its exit code", () => {
  assert.deepEqual(readSummary("", true), { passed: 1, failed: 0, skipped: 0 });
});
