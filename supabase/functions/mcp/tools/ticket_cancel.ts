/** `ticket_cancel`: gives reserved seats back before the event begins. */
import { z } from "zod";
import { defineTool, ToolError } from "./define_tool.ts";
import { notGranted, readAnswer, refusals } from "./shapes/answer.ts";
import { cancellation, cancelled } from "./shapes/cancellation.ts";
import { id } from "./shapes/fields.ts";

const answer = refusals(
  "cancelled",
  "already_cancelled",
  "not_granted",
  "details_missing",
  "reservation_unknown",
  "event_over",
);

export const ticketCancel = defineTool({
  name: "ticket_cancel",
  title: "Cancel reserved tickets",
  description: "Gives the seats of a reservation back, before the event begins.",
  scope: "ticket:write",
  needsPerson: true,
  input: z.object({ reservation_id: id.describe("As ticket_events or ticket_reserve answers it.") }),
  output: cancellation,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },

  async run({ reservation_id }, context) {
    const rows = await context.query<{ answer: unknown }>(
      "select shop.cancel_ticket_reservation(p_reservation_id => $1::uuid) as answer",
      [reservation_id],
    );
    const { outcome } = readAnswer(rows, answer);
    switch (outcome) {
      case "cancelled":
      case "already_cancelled":
        return cancelled(reservation_id, outcome);
      case "not_granted":
        throw notGranted("ticket:write");
      case "details_missing":
        throw new ToolError(
          "The person has not allowed this app to cancel tickets. Ask them to sign in again and allow it " +
            "(authorization_details of type ticket-reservation with the action cancel).",
        );
      case "reservation_unknown":
        throw new ToolError("There is no such reservation. Use an id from ticket_events.");
      case "event_over":
        throw new ToolError("The event has begun: it is too late to cancel.");
    }
  },
});
