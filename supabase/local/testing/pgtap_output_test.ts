/** The reader of TAP: everything that is not a promised, kept assertion is a failure. */
import assert from "node:assert/strict";
import { readTap } from "./pgtap_output.ts";

Deno.test("readTap counts what passed", () => {
  assert.deepEqual(readTap(["1..2", "ok 1 - it opens", "ok 2"]), {
    passed: 2,
    skipped: 0,
    failures: [],
    skips: [],
  });
});

Deno.test("readTap tells a failure with what pgTAP says about it", () => {
  const output = [
    "1..2",
    'not ok 1 - it opens\n# Failed test 1: "it opens"\n#         have: a\n#         want: b',
    "ok 2",
  ];
  const { passed, failures } = readTap([...output, "# Looks like you failed 1 test of 2"]);
  assert.equal(passed, 1);
  assert.deepEqual(failures, ["it opens | have: a | want: b"]);
});

Deno.test("readTap takes a plan that is not kept for a failure", () => {
  assert.deepEqual(readTap(["1..2", "ok 1"]).failures, ["it planned 2 assertions and ran 1"]);
  assert.deepEqual(readTap(["1..1", "ok 1", "ok 2"]).failures, ["it planned 1 assertions and ran 2"]);
});

Deno.test("readTap takes a missing plan and silence for failures", () => {
  assert.deepEqual(readTap(["ok 1"]).failures, ["it has no plan"]);
  assert.deepEqual(readTap([]).failures, ["it has no plan"]);
});

Deno.test("readTap takes a plan that is told afterwards for none", () => {
  assert.deepEqual(readTap(["ok 1", "1..1"]).failures, ["it has no plan"]);
  assert.deepEqual(readTap(["1..0", "ok 1", "1..1"]).failures, ["it planned 0 assertions and ran 1"]);
});

Deno.test("readTap counts skipped assertions apart, with the reason", () => {
  const { passed, skipped, skips, failures } = readTap([
    "1..3",
    "ok 1 # SKIP no pg_cron\nok 2 # SKIP no pg_cron",
    "ok 3 - it opens",
  ]);
  assert.deepEqual({ passed, skipped, skips, failures }, {
    passed: 1,
    skipped: 2,
    skips: ["no pg_cron"],
    failures: [],
  });
});
