/** `room_list` over rows in memory. */
import assert from "node:assert/strict";
import { assertPages, ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { roomList } from "./room_list.ts";

const hall = { id: ID, name: "Hall", time_zone: "Asia/Tokyo", opens_at: "09:00:00", closes_at: "18:00:00" };
const attic = { ...hall, id: OTHER_ID, name: "Attic", opens_at: null, closes_at: null };

Deno.test("room_list answers rooms with time zone and opening hours", async () => {
  const { output, values } = await runTool(roomList, {}, [{ room: attic }, { room: hall }]);
  assert.deepEqual(output, { rooms: [attic, hall], next_cursor: null });
  assert.deepEqual(values, [null, null, 50]);
});

Deno.test("room_list goes on behind its last room", () =>
  assertPages(roomList, {}, [{ room: attic }, { room: hall }], { after: ["Attic", OTHER_ID], at: 0 }));
