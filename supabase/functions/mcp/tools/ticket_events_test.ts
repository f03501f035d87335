/** `ticket_events` over rows in memory. */
import assert from "node:assert/strict";
import { NOW } from "../testing/test_deps.ts";
import { assertPages, ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { ticketEvents } from "./ticket_events.ts";

const event = {
  id: ID,
  name: "A concert",
  starts_at: "2026-12-01T10:00:00+00:00",
  price_minor: 3500,
  currency: "JPY",
  capacity: 40,
  seats_left: 38,
  reserved_seats: 2,
  reservations: [{ id: OTHER_ID, seats: 2, amount_minor: 7000, created_at: "2026-11-21T12:00:00+00:00" }],
};

Deno.test("ticket_events answers events to come, with seats left and reservations", async () => {
  const { output, values } = await runTool(ticketEvents, {}, [{ event }]);
  assert.deepEqual(output, { events: [event], next_cursor: null });
  assert.deepEqual(values, [null, null, NOW.toISOString(), null, 50]);
});

Deno.test("ticket_events narrows to a span of time", async () => {
  const span = { from: "2026-12-01T00:00:00+09:00", to: "2026-12-02T00:00:00+09:00" };
  const { values } = await runTool(ticketEvents, span, []);
  assert.deepEqual(values, [null, null, "2026-11-30T15:00:00.000Z", "2026-12-01T15:00:00.000Z", 50]);
});

Deno.test("ticket_events goes on behind its last event", () =>
  assertPages(ticketEvents, {}, [{ event }, { event: { ...event, id: OTHER_ID } }], {
    after: [event.starts_at, ID],
    at: 0,
  }));
