/** `booking_list`: when rooms are taken. */
import { z } from "zod";
import { defineTool, LOOKS_ONLY } from "./define_tool.ts";
import { givenInstant, id, instant, toUtc } from "./shapes/fields.ts";
import { toLocalTime } from "./shapes/local_time.ts";
import { definePages, nextCursor, pageInput } from "./shapes/page.ts";

const pages = definePages("booking_list", "instant");

const booking = z.object({
  id: id.describe("What booking_cancel takes as booking_id."),
  room_id: id,
  room_name: z.string(),
  time_zone: z.string().describe("IANA name of the room's time zone."),
  title: z.string(),
  starts_at: instant.describe("RFC 3339, as clocks in the room's time zone show it."),
  ends_at: instant.describe("RFC 3339, as clocks in the room's time zone show it."),
  state: z.enum(["booked", "cancelled"]),
});

export const bookingList = defineTool({
  name: "booking_list",
  title: "List bookings",
  description:
    "Bookings of the person's rooms, ordered by their beginning: those that are not over, or those of a " +
    "span of time. Look here for free times before booking_create; room_list tells opening hours.",
  scope: "booking:read",
  needsPerson: true,
  input: z.object({
    room_id: id.optional().describe("Only of this room, as room_list answers it."),
    from: givenInstant.optional().describe(
      "Those that end after this instant (RFC 3339). Now when left out.",
    ),
    to: givenInstant.optional().describe("Those that begin before this instant (RFC 3339)."),
    include_cancelled: z.boolean().default(false),
    ...pageInput,
  }),
  output: z.object({ bookings: z.array(booking), next_cursor: nextCursor }),
  annotations: LOOKS_ONLY,

  async run({ room_id, from, to, include_cancelled, limit, cursor }, context) {
    const rows = await context.query<{ booking: z.infer<typeof booking> }>(
      `select jsonb_build_object(
        'id', bookings.id, 'room_id', room_id, 'room_name', rooms.name, 'time_zone', time_zone, 'title', title,
        'starts_at', starts_at, 'ends_at', upper(during), 'state', state
      ) as booking
      from shop.bookings
      join shop.rooms on rooms.id = bookings.room_id
      where ($1::timestamptz is null or (starts_at, bookings.id) > ($1::timestamptz, $2::uuid))
        and ($3::uuid is null or room_id = $3::uuid)
        and upper(during) > $4::timestamptz
        and ($5::timestamptz is null or starts_at < $5::timestamptz)
        and (state = 'booked' or $6::boolean)
      order by starts_at, bookings.id
      limit $7::integer + 1`,
      [
        ...pages.after(cursor),
        room_id ?? null,
        from === undefined ? context.now().toISOString() : toUtc(from),
        to === undefined ? null : toUtc(to),
        include_cancelled,
        limit,
      ],
    );
    const page = pages.cut(rows.map((row) => row.booking), limit, ({ starts_at }) => starts_at);
    return { bookings: page.rows.map(inRoomTime), next_cursor: page.next_cursor };
  },
});

type Booking = z.infer<typeof booking>;

function inRoomTime(found: Booking): Booking {
  const local = (at: string) => toLocalTime(new Date(at), found.time_zone);
  return { ...found, starts_at: local(found.starts_at), ends_at: local(found.ends_at) };
}
