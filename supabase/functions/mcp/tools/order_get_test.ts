/** `order_get` over rows in memory. */
import assert from "node:assert/strict";
import { ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { orderGet } from "./order_get.ts";

const order = {
  id: ID,
  state: "cancelled",
  currency: "JPY",
  total_minor: 2400,
  created_at: "2026-11-21T12:00:00+00:00",
  cancelled_at: "2026-11-21T13:00:00+00:00",
  items: [
    { product_id: OTHER_ID, product_name: "Teapot", quantity: 1, unit_price_minor: 1200 },
    { product_id: null, product_name: "Gone", quantity: 1, unit_price_minor: 1200 },
  ],
};

Deno.test("order_get answers an order with its lines, also of products that are gone", async () => {
  const { output, values } = await runTool(orderGet, { order_id: ID }, [{ answer: order }]);
  assert.deepEqual(output, order);
  assert.deepEqual(values, [ID]);
});

Deno.test("order_get says where ids come from when there is no such order", async () => {
  await assert.rejects(runTool(orderGet, { order_id: ID }, [{ answer: null }]), {
    name: "ToolError",
    message: "There is no such order. Use an id from order_list.",
  });
});
