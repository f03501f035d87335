/** Races of the tools' functions on real connections: what there is once is given once, and nobody gets an error. */
import assert from "node:assert/strict";
import { countOutcomes, setShopStage } from "./testing/shop_stage.ts";

const CREATE_BOOKING = `shop.create_booking(
  p_room_id => $1::uuid, p_title => $2::text, p_starts_at => $3::timestamptz, p_ends_at => $4::timestamptz
)`;

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
