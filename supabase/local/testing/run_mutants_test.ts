/** The mutants: what counts as noticed, and that every attack has one that still fits the code. */
import assert from "node:assert/strict";
import { ATTACKS, listMutants, readVerdict } from "./run_mutants.ts";

const ROOT = new URL("../../../", import.meta.url);

Deno.test("readVerdict takes an assertion for the test's own word and names the first failure", () => {
  const output =
    "attack 1: a race ...\n  one winner ... FAILED (3ms)\nattack 1: a race ... FAILED\n\nerror: AssertionError: 2 !== 1\n";
  assert.deepEqual(readVerdict(output, false), { verdict: "failed", because: "one winner" });
  assert.deepEqual(readVerdict("ok | 1 passed | 0 failed", true), { verdict: "passed" });
});

Deno.test("readVerdict takes a start that crashed, a module that did not load and silence for broken", () => {
  const crashed =
    "attack 1: a race ... FAILED (1s)\n\nerror: Error: the product did not start:\nSekisho cannot start: x\n";
  assert.deepEqual(readVerdict(crashed, false), {
    verdict: "broke",
    because: "error: Error: the product did not start:",
  });
  assert.equal(readVerdict("error: Module not found", false).verdict, "broke");
  assert.deepEqual(readVerdict("", false), { verdict: "broke", because: "it said nothing" });
});

Deno.test("every attack test has a mutant, and every patch fits the code", async () => {
  const mutants = await listMutants();
  const covered = new Set(mutants.flatMap((mutant) => mutant.tests));
  for await (const { name } of Deno.readDir(new URL(ATTACKS, ROOT))) {
    if (name.endsWith("_test.ts")) assert.ok(covered.has(`${ATTACKS}/${name}`), `${name} has no mutant`);
  }
  for (const { name, patch } of mutants) {
    const applied = await new Deno.Command("git", { args: ["apply", "--check", "-p1", patch], cwd: ROOT })
      .output();
    assert.ok(applied.success, `${name}: ${new TextDecoder().decode(applied.stderr)}`);
  }
});

Deno.test("listMutants takes the beginnings of names", async () => {
  const names = (await listMutants(["01", "20_no"])).map((mutant) => mutant.name);
  assert.ok(names.includes("20_no_store"));
  assert.ok(names.every((name) => name.startsWith("01_") || name === "20_no_store"));
});
