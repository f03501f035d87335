/** `room_list`: what can be booked. */
import { z } from "zod";
import { defineTool, LOOKS_ONLY } from "./define_tool.ts";
import { id } from "./shapes/fields.ts";
import { definePages, nextCursor, pageInput } from "./shapes/page.ts";

const pages = definePages("room_list", "name");
const opening = z.iso.time().nullable();

const room = z.object({
  id: id.describe("What booking_create and booking_list take as room_id."),
  name: z.string(),
  time_zone: z.string().describe("IANA name. Opening hours are local to it."),
  opens_at: opening.describe("Null together with closes_at: always open."),
  closes_at: opening,
});

export const roomList = defineTool({
  name: "room_list",
  title: "List rooms",
  description: "The person's rooms that can be booked, with time zone and opening hours, ordered by name.",
  scope: "booking:read",
  needsPerson: true,
  input: z.object(pageInput),
  output: z.object({ rooms: z.array(room), next_cursor: nextCursor }),
  annotations: LOOKS_ONLY,

  async run({ limit, cursor }, context) {
    const rows = await context.query<{ room: z.infer<typeof room> }>(
      `select jsonb_build_object(
        'id', id, 'name', name, 'time_zone', time_zone, 'opens_at', opens_at, 'closes_at', closes_at
      ) as room
      from shop.rooms
      where $1::text is null or (name, id) > ($1::text, $2::uuid)
      order by name, id
      limit $3::integer + 1`,
      [...pages.after(cursor), limit],
    );
    const page = pages.cut(rows.map((row) => row.room), limit, ({ name }) => name);
    return { rooms: page.rows, next_cursor: page.next_cursor };
  },
});
