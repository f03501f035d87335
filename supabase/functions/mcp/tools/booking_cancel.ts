/** `booking_cancel`: gives a room free again. */
import { z } from "zod";
import { defineTool, ToolError } from "./define_tool.ts";
import { notGranted, readAnswer, refusals } from "./shapes/answer.ts";
import { cancellation, cancelled } from "./shapes/cancellation.ts";
import { id } from "./shapes/fields.ts";

const answer = refusals("cancelled", "already_cancelled", "not_granted", "booking_unknown", "booking_over");

export const bookingCancel = defineTool({
  name: "booking_cancel",
  title: "Cancel a booking",
  description: "Cancels a booking that is not over. It cannot be brought back, only made again.",
  scope: "booking:write",
  needsPerson: true,
  input: z.object({ booking_id: id.describe("As booking_list or booking_create answers it.") }),
  output: cancellation,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },

  async run({ booking_id }, context) {
    const rows = await context.query<{ answer: unknown }>(
      "select shop.cancel_booking(p_booking_id => $1::uuid) as answer",
      [booking_id],
    );
    const { outcome } = readAnswer(rows, answer);
    switch (outcome) {
      case "cancelled":
      case "already_cancelled":
        return cancelled(booking_id, outcome);
      case "not_granted":
        throw notGranted("booking:write");
      case "booking_unknown":
        throw new ToolError("There is no such booking. Use an id from booking_list.");
      case "booking_over":
        throw new ToolError("The booking is over: there is nothing to cancel.");
    }
  },
});
