/** `ticket_events`: what tickets can be reserved for, and what is reserved. */
import { z } from "zod";
import { defineTool, LOOKS_ONLY } from "./define_tool.ts";
import { currency, givenInstant, id, instant, minorUnits, toUtc } from "./shapes/fields.ts";
import { definePages, nextCursor, pageInput } from "./shapes/page.ts";

const pages = definePages("ticket_events", "instant");

const event = z.object({
  id: id.describe("What ticket_reserve takes as event_id."),
  name: z.string(),
  starts_at: instant,
  price_minor: minorUnits.describe("For one seat, in the currency's minor unit."),
  currency,
  capacity: z.number().int(),
  seats_left: z.number().int().min(0),
  reserved_seats: z.number().int().min(0).describe("In reservations that are not cancelled."),
  reservations: z.array(z.object({
    id: id.describe("What ticket_cancel takes as reservation_id."),
    seats: z.number().int(),
    amount_minor: minorUnits,
    created_at: instant,
  })).describe("Those that are not cancelled, the newest first, at most 20."),
});

export const ticketEvents = defineTool({
  name: "ticket_events",
  title: "List events",
  description:
    "The person's events with price, seats left and reservations, ordered by their beginning: those to " +
    "come, or those of a span of time.",
  scope: "ticket:read",
  needsPerson: true,
  input: z.object({
    from: givenInstant.optional().describe(
      "Those that begin after this instant (RFC 3339). Now when left out.",
    ),
    to: givenInstant.optional().describe("Those that begin before this instant (RFC 3339)."),
    ...pageInput,
  }),
  output: z.object({ events: z.array(event), next_cursor: nextCursor }),
  annotations: LOOKS_ONLY,

  async run({ from, to, limit, cursor }, context) {
    const rows = await context.query<{ event: z.infer<typeof event> }>(
      `select jsonb_build_object(
        'id', id, 'name', name, 'starts_at', starts_at, 'price_minor', price_minor, 'currency', currency,
        'capacity', capacity, 'seats_left', capacity - seats_taken, 'reserved_seats', (
          select coalesce(sum(seats), 0)
          from shop.ticket_reservations
          where event_id = ticket_events.id and state = 'reserved'
        ), 'reservations', (
          select coalesce(jsonb_agg(newest.reservation), '[]')
          from (
            select jsonb_build_object(
              'id', id, 'seats', seats, 'amount_minor', amount_minor, 'created_at', created_at
            ) as reservation
            from shop.ticket_reservations
            where event_id = ticket_events.id and state = 'reserved'
            order by created_at desc, id desc
            limit 20
          ) as newest
        )
      ) as event
      from shop.ticket_events
      where ($1::timestamptz is null or (starts_at, id) > ($1::timestamptz, $2::uuid))
        and starts_at > $3::timestamptz
        and ($4::timestamptz is null or starts_at < $4::timestamptz)
      order by starts_at, id
      limit $5::integer + 1`,
      [
        ...pages.after(cursor),
        from === undefined ? context.now().toISOString() : toUtc(from),
        to === undefined ? null : toUtc(to),
        limit,
      ],
    );
    const page = pages.cut(rows.map((row) => row.event), limit, ({ starts_at }) => starts_at);
    return { events: page.rows, next_cursor: page.next_cursor };
  },
});
