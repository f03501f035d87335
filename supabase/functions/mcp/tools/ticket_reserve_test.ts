/** `ticket_reserve`: every answer of `shop.reserve_tickets` is told, the ceiling with what is left of it. */
import assert from "node:assert/strict";
import { assertRefusals, ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { ticketReserve } from "./ticket_reserve.ts";

Deno.test("ticket_reserve answers the reservation with its amount", async () => {
  const reservation = {
    id: OTHER_ID,
    event_id: ID,
    seats: 2,
    amount_minor: 7000,
    currency: "JPY",
    state: "reserved",
    created_at: "2026-11-21T12:00:00+00:00",
  };
  const { output, values } = await runTool(ticketReserve, { event_id: ID, seats: 2 }, [
    { answer: { outcome: "reserved", reservation } },
  ]);
  assert.deepEqual(output, reservation);
  assert.deepEqual(values, [ID, 2]);
});

Deno.test("ticket_reserve tells every refusal", () =>
  assertRefusals(ticketReserve, { event_id: ID, seats: 1 }, [
    [{ outcome: "not_granted" }, /ticket:write/],
    [{ outcome: "details_missing" }, /authorization_details/],
    [{ outcome: "seats_invalid" }, /1 to 100/],
    [{ outcome: "event_unknown" }, /ticket_events/],
    [{ outcome: "event_over" }, /begun/],
    [
      { outcome: "ceiling_exceeded", currency: "JPY", ceiling_minor: 10000, left_minor: 3000 },
      /10000 JPY .* 3000 are left\. .*ticket_cancel/,
    ],
    [{ outcome: "not_enough_seats" }, /ticket_events/],
  ]));
