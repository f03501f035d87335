/** `order_cancel`: as often as one likes, and every answer of `shop.cancel_order` is told. */
import assert from "node:assert/strict";
import { assertRefusals, ID, runTool } from "../testing/tool_context.ts";
import { orderCancel } from "./order_cancel.ts";

Deno.test("order_cancel answers the same state again, and whether it changed it", async () => {
  for (const [outcome, changed] of [["cancelled", true], ["already_cancelled", false]]) {
    const { output, values } = await runTool(orderCancel, { order_id: ID }, [{ answer: { outcome } }]);
    assert.deepEqual(output, { id: ID, state: "cancelled", changed });
    assert.deepEqual(values, [ID]);
  }
});

Deno.test("order_cancel tells every refusal", () =>
  assertRefusals(orderCancel, { order_id: ID }, [
    [{ outcome: "not_granted" }, /order:write/],
    [{ outcome: "order_unknown" }, /order_list/],
  ]));
