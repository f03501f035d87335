/** `booking_cancel`: as often as one likes, and every answer of `shop.cancel_booking` is told. */
import assert from "node:assert/strict";
import { assertRefusals, ID, runTool } from "../testing/tool_context.ts";
import { bookingCancel } from "./booking_cancel.ts";

Deno.test("booking_cancel answers the same state again, and whether it changed it", async () => {
  for (const [outcome, changed] of [["cancelled", true], ["already_cancelled", false]]) {
    const { output, values } = await runTool(bookingCancel, { booking_id: ID }, [{ answer: { outcome } }]);
    assert.deepEqual(output, { id: ID, state: "cancelled", changed });
    assert.deepEqual(values, [ID]);
  }
});

Deno.test("booking_cancel tells every refusal", () =>
  assertRefusals(bookingCancel, { booking_id: ID }, [
    [{ outcome: "not_granted" }, /booking:write/],
    [{ outcome: "booking_unknown" }, /booking_list/],
    [{ outcome: "booking_over" }, /over/],
  ]));
