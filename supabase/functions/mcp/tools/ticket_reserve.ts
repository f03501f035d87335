/**
 * `ticket_reserve`: reserves seats within what the person allowed the app to spend (`authorization_details`, RFC 9396).
 * `shop.reserve_tickets` counts and decides (ADR 0015).
 */
import { z } from "zod";
import { defineTool, ToolError } from "./define_tool.ts";
import { notGranted, readAnswer, refusals } from "./shapes/answer.ts";
import { currency, id, instant, minorUnits } from "./shapes/fields.ts";

const reservation = z.object({
  id: id.describe("What ticket_cancel takes as reservation_id."),
  event_id: id,
  seats: z.number().int(),
  amount_minor: minorUnits,
  currency,
  state: z.literal("reserved"),
  created_at: instant,
});

const answer = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("reserved"), reservation }),
  z.object({
    outcome: z.literal("ceiling_exceeded"),
    currency,
    ceiling_minor: minorUnits,
    left_minor: minorUnits,
  }),
  refusals(
    "not_granted",
    "details_missing",
    "seats_invalid",
    "event_unknown",
    "event_over",
    "not_enough_seats",
  ),
]);

export const ticketReserve = defineTool({
  name: "ticket_reserve",
  title: "Reserve tickets",
  description:
    "Reserves seats for an event to come, which costs the person money. All that this app holds together " +
    "stays below the amount that the person allowed. Each call reserves anew: when no answer came, look at " +
    "ticket_events before trying again.",
  scope: "ticket:write",
  needsPerson: true,
  input: z.object({
    event_id: id.describe("As ticket_events answers it."),
    seats: z.number().int().min(1).max(100),
  }),
  output: reservation,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },

  async run({ event_id, seats }, context) {
    const rows = await context.query<{ answer: unknown }>(
      "select shop.reserve_tickets(p_event_id => $1::uuid, p_seats => $2::integer) as answer",
      [event_id, seats],
    );
    const answered = readAnswer(rows, answer);
    switch (answered.outcome) {
      case "reserved":
        return answered.reservation;
      case "not_granted":
        throw notGranted("ticket:write");
      case "details_missing":
        throw new ToolError(
          "The person has not allowed this app an amount to reserve for. Ask them to sign in again and allow one " +
            "(authorization_details of type ticket-reservation with the action reserve).",
        );
      case "seats_invalid":
        throw new ToolError("Reserve 1 to 100 seats at a time.");
      case "event_unknown":
        throw new ToolError("There is no such event. Use an id from ticket_events.");
      case "event_over":
        throw new ToolError("The event has begun: there is nothing to reserve any more.");
      case "ceiling_exceeded":
        throw new ToolError(
          `Nothing was reserved: this app may hold ${answered.ceiling_minor} ${answered.currency} (minor units), of ` +
            `which ${answered.left_minor} are left. Reserve fewer seats, cancel a reservation with ticket_cancel, ` +
            "or ask the person to sign in again and allow more.",
        );
      case "not_enough_seats":
        throw new ToolError("Nothing was reserved: not enough seats are left. ticket_events tells how many.");
    }
  },
});
