/** `ticket_cancel`: as often as one likes, and every answer of `shop.cancel_ticket_reservation` is told. */
import assert from "node:assert/strict";
import { assertRefusals, ID, runTool } from "../testing/tool_context.ts";
import { ticketCancel } from "./ticket_cancel.ts";

Deno.test("ticket_cancel answers the same state again, and whether it changed it", async () => {
  for (const [outcome, changed] of [["cancelled", true], ["already_cancelled", false]]) {
    const { output, values } = await runTool(ticketCancel, { reservation_id: ID }, [{ answer: { outcome } }]);
    assert.deepEqual(output, { id: ID, state: "cancelled", changed });
    assert.deepEqual(values, [ID]);
  }
});

Deno.test("ticket_cancel tells every refusal", () =>
  assertRefusals(ticketCancel, { reservation_id: ID }, [
    [{ outcome: "not_granted" }, /ticket:write/],
    [{ outcome: "details_missing" }, /action cancel/],
    [{ outcome: "reservation_unknown" }, /ticket_events/],
    [{ outcome: "event_over" }, /too late/],
  ]));
