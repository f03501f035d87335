/** Races of the tools' functions on real connections: what there is once is given once, and nobody gets an error. */
import assert from "node:assert/strict";
import {
  type Answer,
  countOutcomes,
  setShopStage,
  type ShopStage,
  type Token,
} from "./testing/shop_stage.ts";

const CREATE_BOOKING = `shop.create_booking(
  p_room_id => $1::uuid, p_title => $2::text, p_starts_at => $3::timestamptz, p_ends_at => $4::timestamptz
)`;
const CREATE_ORDER = `shop.create_order(
  p_idempotency_key => $1::text, p_product_ids => $2::uuid[], p_quantities => $3::integer[]
)`;
const CANCEL_ORDER = "shop.cancel_order(p_order_id => $1::uuid)";
const RESERVE_TICKETS = "shop.reserve_tickets(p_event_id => $1::uuid, p_seats => $2::integer)";
const CANCEL_RESERVATION = "shop.cancel_ticket_reservation(p_reservation_id => $1::uuid)";

Deno.test("50 parallel bookings of one slot: one is booked, forty-nine are told that the time is taken", async () => {
  await using stage = await setShopStage();
  const [person] = stage.people;
  const room = crypto.randomUUID();
  await stage.admin.query({
    text: "insert into shop.rooms (id, owner_id, name, time_zone) values ($1, $2, 'a room', 'Asia/Tokyo')",
    values: [room, person],
  });
  const tokens = await Promise.all(Array.from({ length: 5 }, () => stage.token(person, ["booking:write"])));
  const tomorrow = (hours: number) => new Date(Date.now() + 86_400_000 + hours * 3_600_000).toISOString();
  // Not the same slot, but slots of which no two fit beside each other.
  const book = (index: number) => () =>
    stage.call(tokens[index % 5] ?? assert.fail(), CREATE_BOOKING, [
      room,
      "a meeting",
      tomorrow(index % 3 * 0.25),
      tomorrow(1),
    ]);
  // Somebody books the slot and changes their mind: everybody waits for that.
  const held = {
    text: `insert into shop.bookings (owner_id, room_id, client_id, title, during)
      values ($1, $2, 'client_b', 'undecided', tstzrange($3::timestamptz, $4::timestamptz))`,
    values: [person, room, tomorrow(0), tomorrow(1)],
  };
  const answers = await stage.meet(held, Array.from({ length: 50 }, (_, index) => book(index)));
  assert.deepEqual(countOutcomes(answers), { booked: 1, time_taken: 49 });
  const rows = await stage.admin.query({ text: "select title from shop.bookings" });
  assert.deepEqual(rows, [{ title: "a meeting" }]);

  // And without anybody to wait for, slot by slot.
  for (let slot = 2; slot < 12; slot++) {
    const raced = await Promise.all(Array.from({ length: 50 }, (_, index) => {
      const values = [room, "a meeting", tomorrow(slot + index % 3 * 0.25), tomorrow(slot + 1)];
      return stage.call(tokens[index % 5] ?? assert.fail(), CREATE_BOOKING, values);
    }));
    assert.deepEqual(countOutcomes(raced), { booked: 1, time_taken: 49 });
  }
  assert.equal(await stage.deadlocks(), 0);
});

/** Products of this person with this stock. Answers their ids. */
async function addProducts(stage: ShopStage, owner: string, ...stocks: number[]): Promise<string[]> {
  const ids = stocks.map(() => crypto.randomUUID());
  await stage.admin.query({
    text: `insert into shop.products (id, owner_id, name, price_minor, currency, stock)
      select id, $1, 'a product', 100, 'JPY', stock from unnest($2::uuid[], $3::integer[]) as product (id, stock)`,
    values: [owner, ids, stocks],
  });
  return ids;
}

async function stockOf(stage: ShopStage, productIds: readonly string[]): Promise<number[]> {
  const rows = await stage.admin.query<{ stock: number }>({
    text:
      `select stock from shop.products join unnest($1::uuid[]) with ordinality as asked (id, place) using (id)
      order by place`,
    values: [productIds],
  });
  return rows.map((row) => row.stock);
}

function order(
  stage: ShopStage,
  token: Token,
  key: string,
  items: readonly [string, number][],
): Promise<Answer> {
  return stage.call(token, CREATE_ORDER, [
    key,
    items.map(([id]) => id),
    items.map(([, quantity]) => quantity),
  ]);
}

const PRODUCTS = { text: "select from shop.products for update" };

Deno.test("100 parallel orders of the last 10 items: ten are placed, ninety are told that the stock is out, stock 0", async () => {
  await using stage = await setShopStage();
  const [person] = stage.people;
  const [product = ""] = await addProducts(stage, person, 10);
  const tokens = await Promise.all(Array.from({ length: 5 }, () => stage.token(person, ["order:write"])));
  const answers = await stage.meet(
    PRODUCTS,
    Array.from(
      { length: 100 },
      (_, index) => () => order(stage, tokens[index % 5] ?? assert.fail(), `key ${index}`, [[product, 1]]),
    ),
  );
  assert.deepEqual(countOutcomes(answers), { placed: 10, out_of_stock: 90 });
  assert.deepEqual(await stockOf(stage, [product]), [0]);
  const [orders] = await stage.admin.query({
    text:
      "select count(*)::integer as orders, sum(quantity)::integer as items from shop.orders join shop.order_items on order_id = id",
  });
  assert.deepEqual(orders, { orders: 10, items: 10 });
  assert.equal(await stage.deadlocks(), 0);
});

Deno.test("one idempotency key 50 times in parallel: one order, placed once and found forty-nine times", async () => {
  await using stage = await setShopStage();
  const [person] = stage.people;
  // Enough for one: whoever finds the order must not be told that the stock is out.
  const [first = "", second = ""] = await addProducts(stage, person, 1, 5);
  const token = await stage.token(person, ["order:write"]);
  const answers = await stage.meet(
    PRODUCTS,
    Array.from({ length: 50 }, (_, index) => () => {
      const items: [string, number][] = [[first, 1], [second, 2]];
      return order(stage, token, "key", index % 2 === 0 ? items : items.reverse());
    }),
  );
  assert.deepEqual(countOutcomes(answers), { placed: 1, repeated: 49 });
  assert.equal(new Set(answers.map((answer) => JSON.stringify(answer.order))).size, 1);
  assert.deepEqual(await stockOf(stage, [first, second]), [0, 3]);
  assert.equal(await stage.deadlocks(), 0);
});

Deno.test("one idempotency key for 10 different orders in parallel: one is placed, the others are told that the key is taken", async () => {
  await using stage = await setShopStage();
  const [person] = stage.people;
  const products = await addProducts(stage, person, ...Array.from({ length: 10 }, () => 5));
  const token = await stage.token(person, ["order:write"]);
  // They share no product, so what they meet at is the key.
  const answers = await stage.meet(
    PRODUCTS,
    products.map((product) => () => order(stage, token, "key", [[product, 1]])),
  );
  assert.deepEqual(countOutcomes(answers), { placed: 1, idempotency_key_reused: 9 });
  assert.deepEqual((await stockOf(stage, products)).toSorted(), [4, 5, 5, 5, 5, 5, 5, 5, 5, 5]);
  assert.equal(await stage.deadlocks(), 0);
});

Deno.test("orders and cancellations of the same products in every order: no deadlock, and no item is lost or found", async () => {
  await using stage = await setShopStage();
  const [person] = stage.people;
  const products = await addProducts(stage, person, 40, 40, 40);
  const token = await stage.token(person, ["order:write"]);
  const lines = (index: number): [string, number][] =>
    products.map((_, place) => [products[(place + index) % 3] ?? "", 1 + (place + index) % 2]);
  let placed: string[] = [];
  for (let round = 0; round < 3; round++) {
    const orders = Array.from(
      { length: 40 },
      (_, index) => order(stage, token, `${round} ${index}`, lines(index)),
    );
    const cancellations = placed.flatMap((id) => [id, id]).map((id) => stage.call(token, CANCEL_ORDER, [id]));
    const [ordered, cancelled] = await Promise.all([Promise.all(orders), Promise.all(cancellations)]);
    if (round > 0) {
      assert.deepEqual(countOutcomes(cancelled), {
        cancelled: placed.length,
        already_cancelled: placed.length,
      });
    }
    assert.ok(ordered.every(({ outcome }) => outcome === "placed" || outcome === "out_of_stock"));
    placed = ordered.flatMap((answer) =>
      answer.outcome === "placed" ? [(answer.order as { id: string }).id] : []
    );
    assert.ok(placed.length > 0);
  }
  const [kept] = await stage.admin.query({
    text: `select bool_and(stock + coalesce(taken, 0) = 40 and stock >= 0) as kept
      from shop.products
      left join (
        select product_id, sum(quantity) as taken
        from shop.order_items join shop.orders on id = order_id
        where state = 'placed'
        group by product_id
      ) as item on product_id = id`,
  });
  assert.deepEqual(kept, { kept: true });
  assert.equal(await stage.deadlocks(), 0);
});

/** Events of this person with this many seats for 1000 yen each. Answers their ids. */
async function addEvents(stage: ShopStage, owner: string, ...capacities: number[]): Promise<string[]> {
  const ids = capacities.map(() => crypto.randomUUID());
  await stage.admin.query({
    text: `insert into shop.ticket_events (id, owner_id, name, starts_at, price_minor, currency, capacity)
      select id, $1, 'an event', now() + interval '1 day', 1000, 'JPY', capacity
      from unnest($2::uuid[], $3::integer[]) as event (id, capacity)`,
    values: [owner, ids, capacities],
  });
  return ids;
}

const upTo = (maxAmount: number) => [{ type: "ticket-reservation", maxAmount, currency: "JPY" }];
const HELD = `select sum(amount_minor)::integer as held, count(*)::integer as reservations
  from shop.ticket_reservations where state = 'reserved'`;

Deno.test("60 parallel reservations of 20 seats by twenty apps: twenty are reserved, forty are told that there are too few", async () => {
  await using stage = await setShopStage();
  const [person] = stage.people;
  const [event = ""] = await addEvents(stage, person, 20);
  const tokens = await Promise.all(
    Array.from({ length: 20 }, () => stage.token(person, ["ticket:write"], undefined, upTo(10_000))),
  );
  const answers = await stage.meet(
    { text: "select from shop.ticket_events for update" },
    Array.from(
      { length: 60 },
      (_, index) => () => stage.call(tokens[index % 20] ?? assert.fail(), RESERVE_TICKETS, [event, 1]),
    ),
  );
  assert.deepEqual(countOutcomes(answers), { reserved: 20, not_enough_seats: 40 });
  const [taken] = await stage.admin.query({ text: "select seats_taken from shop.ticket_events" });
  assert.deepEqual(taken, { seats_taken: 20 });
  assert.equal(await stage.deadlocks(), 0);
});

Deno.test("50 parallel reservations of one app, by five tokens for ten events: ten fit under its ceiling, forty do not", async () => {
  await using stage = await setShopStage();
  const [person] = stage.people;
  const events = await addEvents(stage, person, ...Array.from({ length: 10 }, () => 100));
  // Five consents to the same app: each a family and a token of its own.
  const tokens = await Promise.all(
    Array.from({ length: 5 }, () => stage.token(person, ["ticket:write"], "client_a", upTo(10_000))),
  );
  const held = {
    text: "select pg_advisory_xact_lock(hashtextextended('shop.reserve_tickets ' || $1 || ' client_a', 0))",
    values: [person],
  };
  const answers = await stage.meet(
    held,
    Array.from(
      { length: 50 },
      (_, index) => () =>
        stage.call(tokens[index % 5] ?? assert.fail(), RESERVE_TICKETS, [events[index % 10], 1]),
    ),
  );
  assert.deepEqual(countOutcomes(answers), { reserved: 10, ceiling_exceeded: 40 });
  assert.deepEqual(await stage.admin.query({ text: HELD }), [{ held: 10_000, reservations: 10 }]);
  assert.equal(await stage.deadlocks(), 0);
});

Deno.test("reservations and cancellations in parallel: no deadlock, and seats are those of the live reservations", async () => {
  await using stage = await setShopStage();
  const [person] = stage.people;
  const events = await addEvents(stage, person, 15, 15, 15);
  const tokens = await Promise.all(
    Array.from({ length: 4 }, () => stage.token(person, ["ticket:write"], undefined, upTo(12_000))),
  );
  let reserved: string[] = [];
  for (let round = 0; round < 3; round++) {
    const reservations = Array.from(
      { length: 40 },
      (_, index) =>
        stage.call(tokens[index % 4] ?? assert.fail(), RESERVE_TICKETS, [events[index % 3], 1 + index % 2]),
    );
    const cancellations = reserved.flatMap((id) => [id, id]).map((id, index) =>
      stage.call(tokens[index % 4] ?? assert.fail(), CANCEL_RESERVATION, [id])
    );
    const [made, cancelled] = await Promise.all([Promise.all(reservations), Promise.all(cancellations)]);
    if (round > 0) {
      assert.deepEqual(countOutcomes(cancelled), {
        cancelled: reserved.length,
        already_cancelled: reserved.length,
      });
    }
    assert.ok(
      made.every(({ outcome }) => ["reserved", "ceiling_exceeded", "not_enough_seats"].includes(outcome)),
    );
    reserved = made.flatMap((answer) =>
      answer.outcome === "reserved" ? [(answer.reservation as { id: string }).id] : []
    );
    assert.ok(reserved.length > 0);
    const [kept] = await stage.admin.query({
      text:
        `select bool_and(seats_taken = coalesce(live, 0)) as seats_kept, bool_and(held <= 12000) as ceilings_kept
        from shop.ticket_events
        left join (
          select event_id, sum(seats) as live from shop.ticket_reservations where state = 'reserved' group by event_id
        ) as event on event_id = id
        cross join (
          select sum(amount_minor) as held from shop.ticket_reservations where state = 'reserved' group by client_id
        ) as app`,
    });
    assert.deepEqual(kept, { seats_kept: true, ceilings_kept: true });
  }
  assert.equal(await stage.deadlocks(), 0);
});
