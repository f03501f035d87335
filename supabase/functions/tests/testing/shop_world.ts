/**
 * The shop of one demo person as tools meet it: a value for every input that names something, and what the tables hold.
 * A tool whose inputs have these names needs nothing else to be tested.
 */
import assert from "node:assert/strict";
import type { Tool } from "../../mcp/tools/define_tool.ts";
import type { Stage } from "../attacks/testing/attack_stage.ts";

export const PEOPLE = {
  demo_user: "00000000-0000-4000-8000-000000000001",
  second_user: "00000000-0000-4000-8000-000000000002",
} as const;

export type World = Readonly<Record<string, unknown>>;

const IDS = `
  select
    (select id from shop.products where owner_id = $1 and stock >= 3 order by name limit 1) as product_id,
    (select id from shop.orders where owner_id = $1 and state = 'placed' order by created_at limit 1) as order_id,
    (select id from shop.rooms where owner_id = $1 order by name desc limit 1) as room_id,
    (select id from shop.bookings where owner_id = $1 and state = 'booked' limit 1) as booking_id,
    (select id from shop.ticket_events where owner_id = $1 order by price_minor limit 1) as event_id,
    (select id from shop.ticket_reservations where owner_id = $1 and state = 'reserved' limit 1) as reservation_id,
    (select id from shop.forms where owner_id = $1 limit 1) as form_id`;

/** What belongs to this person, by name of the input that takes it. */
export async function readWorld(stage: Stage, person: string): Promise<World> {
  const [ids] = await stage.rows<Record<string, string>>(IDS, [person]);
  assert.ok(ids !== undefined && Object.values(ids).every((id) => id !== null));
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  return {
    ...ids,
    name: "Another name",
    stock_change: 1,
    title: "A meeting",
    starts_at: `${tomorrow}T14:00:00+09:00`,
    ends_at: `${tomorrow}T15:00:00+09:00`,
    idempotency_key: crypto.randomUUID(),
    items: [{ product_id: ids["product_id"], quantity: 1 }],
    seats: 1,
    answers: person === PEOPLE.demo_user
      ? { name: "A guest", day: "2030-01-31", guests: 2 }
      : { stars: 5, come_again: true },
  };
}

/** What of the world this tool takes. */
export function inputOf(tool: Tool, world: World): Record<string, unknown> {
  return Object.fromEntries(Object.entries(world).filter(([name]) => name in tool.input.shape));
}

/** Every row of the shop, to see that nothing was changed. */
export async function readShop(stage: Stage): Promise<unknown[]> {
  const tables = await stage.rows<{ query: string }>(
    `select format('select %L as name, to_jsonb(t) as kept from shop.%I as t order by t::text', tablename, tablename) as query
    from pg_tables where schemaname = 'shop' order by tablename`,
  );
  const rows = [];
  for (const { query } of tables) rows.push(...await stage.rows(query));
  return rows;
}
