/** `order_list` over rows in memory. */
import assert from "node:assert/strict";
import { assertPages, ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { orderList } from "./order_list.ts";

const order = {
  id: ID,
  state: "placed",
  currency: "JPY",
  total_minor: 2400,
  created_at: "2026-11-21T12:00:00.123456+00:00",
  cancelled_at: null,
};

Deno.test("order_list answers orders, all or those in one state", async () => {
  const all = await runTool(orderList, {}, [{ order }]);
  assert.deepEqual(all.output, { orders: [order], next_cursor: null });
  assert.deepEqual(all.values, [null, null, null, 50]);
  const cancelled = await runTool(orderList, { state: "cancelled" }, []);
  assert.deepEqual(cancelled.values, [null, null, "cancelled", 50]);
});

Deno.test("order_list goes on behind its last order, to the microsecond", () =>
  assertPages(orderList, {}, [{ order }, { order: { ...order, id: OTHER_ID } }], {
    after: [order.created_at, ID],
    at: 0,
  }));
