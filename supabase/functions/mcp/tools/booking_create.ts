/** `booking_create`: books a room. `shop.create_booking` decides; that a room is booked once is its constraint. */
import { z } from "zod";
import { defineTool, ToolError } from "./define_tool.ts";
import { notGranted, readAnswer, refusals } from "./shapes/answer.ts";
import { givenInstant, id, instant, text, toUtc } from "./shapes/fields.ts";

const booking = z.object({
  id: id.describe("What booking_cancel takes as booking_id."),
  room_id: id,
  title: z.string(),
  starts_at: instant,
  ends_at: instant,
  state: z.literal("booked"),
});

const answer = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("booked"), booking }),
  refusals(
    "not_granted",
    "title_invalid",
    "time_invalid",
    "time_past",
    "time_too_far",
    "time_too_long",
    "room_unknown",
    "room_closed",
    "time_taken",
  ),
]);

export const bookingCreate = defineTool({
  name: "booking_create",
  title: "Book a room",
  description:
    "Books one of the person's rooms for at most 24 hours, within its opening hours. room_list tells " +
    "rooms, time zones and opening hours; booking_list tells what is taken.",
  scope: "booking:write",
  needsPerson: true,
  input: z.object({
    room_id: id.describe("As room_list answers it."),
    title: text(200).describe("What the booking is for."),
    starts_at: givenInstant,
    ends_at: givenInstant,
  }),
  output: booking,
  // A second call finds the time taken.
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },

  async run(input, context) {
    const rows = await context.query<{ answer: unknown }>(
      `select shop.create_booking(
        p_room_id => $1::uuid, p_title => $2::text, p_starts_at => $3::timestamptz, p_ends_at => $4::timestamptz
      ) as answer`,
      [input.room_id, input.title, toUtc(input.starts_at), toUtc(input.ends_at)],
    );
    const answered = readAnswer(rows, answer);
    switch (answered.outcome) {
      case "booked":
        return answered.booking;
      case "not_granted":
        throw notGranted("booking:write");
      case "title_invalid":
        throw new ToolError("A title has 1 to 200 characters.");
      case "time_invalid":
        throw new ToolError("A booking ends after it begins. Correct the times.");
      case "time_past":
        throw new ToolError("This time is past. get_time tells what time it is.");
      case "time_too_far":
        throw new ToolError("A booking begins within two years from now. Choose an earlier time.");
      case "time_too_long":
        throw new ToolError("A booking lasts at most 24 hours. Choose an earlier end.");
      case "room_unknown":
        throw new ToolError("There is no such room. Use an id from room_list.");
      case "room_closed":
        throw new ToolError(
          "The room is closed then. room_list tells its opening hours, which are local to its time zone.",
        );
      case "time_taken":
        throw new ToolError(
          "The room is taken then, perhaps by an earlier try of yours. booking_list tells what is booked; choose " +
            "another time or another room.",
        );
    }
  },
});
