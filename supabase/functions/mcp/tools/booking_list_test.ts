/** `booking_list` over rows in memory: from now on, in the room's time. */
import assert from "node:assert/strict";
import { NOW } from "../testing/test_deps.ts";
import { assertPages, ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { bookingList } from "./booking_list.ts";

const booking = {
  id: ID,
  room_id: OTHER_ID,
  room_name: "Hall",
  time_zone: "Asia/Tokyo",
  title: "A meeting",
  starts_at: "2026-11-22T01:00:00.5+00:00",
  ends_at: "2026-11-22T02:00:00+00:00",
  state: "booked",
};

Deno.test("booking_list answers what is not over, as clocks in the room show it", async () => {
  const { output, values } = await runTool(bookingList, {}, [{ booking }]);
  assert.deepEqual(output.bookings, [
    { ...booking, starts_at: "2026-11-22T10:00:00+09:00", ends_at: "2026-11-22T11:00:00+09:00" },
  ]);
  assert.deepEqual(values, [null, null, null, NOW.toISOString(), null, false, 50]);
});

Deno.test("booking_list narrows to a room and a span of time", async () => {
  const input = {
    room_id: OTHER_ID,
    from: "2026-11-22T00:00:00+09:00",
    to: "2026-11-23T00:00:00+09:00",
    include_cancelled: true,
  };
  const { values } = await runTool(bookingList, input, []);
  assert.deepEqual(values, [
    null,
    null,
    OTHER_ID,
    "2026-11-21T15:00:00.000Z",
    "2026-11-22T15:00:00.000Z",
    true,
    50,
  ]);
});

Deno.test("booking_list goes on behind its last booking, to the microsecond", () =>
  assertPages(bookingList, {}, [{ booking }, { booking: { ...booking, id: OTHER_ID } }], {
    after: [booking.starts_at, ID],
    at: 0,
  }));
