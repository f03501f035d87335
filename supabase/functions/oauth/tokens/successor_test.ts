import assert from "node:assert/strict";
import { countedRandom } from "../testing/test_deps.ts";
import { openSuccessor, sealSuccessor } from "./successor.ts";

const random = countedRandom();
const [presented, successor] = ["p".repeat(43), "s".repeat(43)];

Deno.test("sealSuccessor opens for whoever holds the presented token, for nobody else", async () => {
  const sealed = await sealSuccessor({ random }, successor, presented);
  assert.ok(!sealed.includes(successor) && !sealed.includes(presented));
  assert.equal(await openSuccessor(sealed, presented), successor);
  for (const other of [successor, `${"p".repeat(42)}q`, ""]) {
    await assert.rejects(openSuccessor(sealed, other));
  }
});

Deno.test("sealSuccessor seals the same successor differently each time", async () => {
  const seal = () => sealSuccessor({ random }, successor, presented);
  assert.notEqual(await seal(), await seal());
});
