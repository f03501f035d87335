/** demo.sql: both people find something in every table of the tools, and neither finds what is the other's. */
import assert from "node:assert/strict";
import { connectSql } from "../functions/_shared/runtime/sql.ts";
import { freshDemoDatabase } from "./testing/test_database.ts";

const PEOPLE = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"] as const;

Deno.test("the demo data has rows of both people in every table of shop, and each person sees exactly their own", async () => {
  await using database = await freshDemoDatabase("http://localhost");
  const admin = connectSql(database.url, "demo test");
  try {
    const tables = await admin.query<{ name: string }>({
      text:
        "select relname as name from pg_class where relnamespace = 'shop'::regnamespace and relkind = 'r'",
    });
    assert.ok(tables.length > 0);
    for (const { name } of tables) {
      for (const person of PEOPLE) {
        const [owned] = await admin.query<{ count: number }>({
          text: `select count(*)::integer as count from shop.${name} where owner_id = $1`,
          values: [person],
        });
        assert.ok(owned && owned.count > 0, `${name} has something of ${person}`);
        const [seen] = await admin.transaction<{ own: number; all: number }>([
          {
            text:
              "select set_config('request.jwt.claims', $1, true), set_config('role', 'sekisho_person', true)",
            values: [JSON.stringify({ sub: person, client_id: "a client", scope: SCOPE })],
          },
          {
            text: `select count(*)::integer as all, count(*) filter (where owner_id = $1)::integer as own
              from shop.${name}`,
            values: [person],
          },
        ]);
        assert.deepEqual(seen, { own: owned.count, all: owned.count }, name);
      }
    }
  } finally {
    await admin.close();
  }
});

Deno.test("the demo data is as the functions of the tools would have left it", async () => {
  await using database = await freshDemoDatabase("http://localhost");
  const admin = connectSql(database.url, "demo test");
  try {
    const [right] = await admin.query({
      text: `select
        (
          select bool_and(shop.find_answer_problems(p_form_id => form_id, p_answers => answers) = '[]')
          from shop.form_responses
        ) as responses_fit,
        (
          select bool_and(seats_taken = coalesce((
            select sum(seats) from shop.ticket_reservations where event_id = ticket_events.id and state = 'reserved'
          ), 0))
          from shop.ticket_events
        ) as seats_add_up,
        (
          select bool_and(total_minor = (
            select sum(quantity * unit_price_minor) from shop.order_items where order_id = orders.id
          ))
          from shop.orders
        ) as totals_add_up`,
    });
    assert.deepEqual(right, { responses_fit: true, seats_add_up: true, totals_add_up: true });
  } finally {
    await admin.close();
  }
});

const SCOPE = ["product", "booking", "order", "form", "ticket"].map((noun) => `${noun}:read`).join(" ");
