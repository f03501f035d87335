/** `order_create`: lines as two lists, and every answer of `shop.create_order` is told. */
import assert from "node:assert/strict";
import { assertRefusals, ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { orderCreate } from "./order_create.ts";

const input = {
  idempotency_key: "a key",
  items: [{ product_id: ID, quantity: 2 }, { product_id: OTHER_ID, quantity: 1 }],
};
const order = {
  id: ID,
  state: "placed",
  currency: "JPY",
  total_minor: 3600,
  created_at: "2026-11-21T12:00:00+00:00",
  cancelled_at: null,
  items: [{ product_id: ID, product_name: "Teapot", quantity: 2, unit_price_minor: 1800 }],
};

Deno.test("order_create answers the order, and whether an earlier call placed it", async () => {
  for (const [outcome, repeated] of [["placed", false], ["repeated", true]]) {
    const { output, values } = await runTool(orderCreate, input, [{ answer: { outcome, order } }]);
    assert.deepEqual(output, { ...order, repeated });
    assert.deepEqual(values, ["a key", [ID, OTHER_ID], [2, 1]]);
  }
});

Deno.test("order_create takes no empty order, no broken quantity and no key that cannot be stored", async () => {
  for (
    const wrong of [
      { items: [] },
      { items: [{ product_id: ID, quantity: 0 }] },
      { items: [{ product_id: ID, quantity: 1.5 }] },
      { items: Array(51).fill({ product_id: ID, quantity: 1 }) },
      { idempotency_key: "\0" },
      { idempotency_key: "" },
    ]
  ) {
    await assert.rejects(runTool(orderCreate, { ...input, ...wrong }, []), { name: "ZodError" });
  }
});

Deno.test("order_create tells every refusal, and that nothing was ordered", () =>
  assertRefusals(orderCreate, input, [
    [{ outcome: "not_granted" }, /order:write/],
    [{ outcome: "idempotency_key_invalid" }, /1 to 200/],
    [{ outcome: "items_invalid" }, /each product once/],
    [{ outcome: "idempotency_key_reused" }, /new key/],
    [{ outcome: "product_unknown", lines: [2] }, /no such product in line 2\. .*product_list/],
    [{ outcome: "out_of_stock", lines: [1, 2] }, /not enough stock for lines 1, 2\. .*product_get/],
    [{ outcome: "currencies_differ" }, /one order for each/],
  ]));
