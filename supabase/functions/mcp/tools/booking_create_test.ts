/** `booking_create`: instants as UTC, and every answer of `shop.create_booking` is told. */
import assert from "node:assert/strict";
import { assertRefusals, ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { bookingCreate } from "./booking_create.ts";

const input = {
  room_id: ID,
  title: "A meeting",
  starts_at: "2026-11-22T10:00:00+09:00",
  ends_at: "2026-11-22T11:00:00+09:00",
};

Deno.test("booking_create passes instants as UTC and answers the booking", async () => {
  const booking = { ...input, id: OTHER_ID, state: "booked" };
  const { output, values } = await runTool(bookingCreate, input, [{
    answer: { outcome: "booked", booking },
  }]);
  assert.deepEqual(output, booking);
  assert.deepEqual(values, [ID, "A meeting", "2026-11-22T01:00:00.000Z", "2026-11-22T02:00:00.000Z"]);
});

Deno.test("booking_create takes no time without an offset and no title that cannot be stored", async () => {
  for (
    const wrong of [
      { starts_at: "2026-11-22T10:00:00" },
      { ends_at: "tomorrow" },
      { title: "a\0b" },
      { title: "" },
      { room_id: "1" },
    ]
  ) {
    await assert.rejects(runTool(bookingCreate, { ...input, ...wrong }, []), { name: "ZodError" });
  }
});

Deno.test("booking_create tells every refusal", () =>
  assertRefusals(bookingCreate, input, [
    [{ outcome: "not_granted" }, /booking:write/],
    [{ outcome: "title_invalid" }, /1 to 200/],
    [{ outcome: "time_invalid" }, /ends after it begins/],
    [{ outcome: "time_too_long" }, /24 hours/],
    [{ outcome: "time_past" }, /get_time/],
    [{ outcome: "time_too_far" }, /two years/],
    [{ outcome: "room_unknown" }, /room_list/],
    [{ outcome: "room_closed" }, /opening hours/],
    [{ outcome: "time_taken" }, /booking_list/],
  ]));
