/** `product_update`: what is left out stays, and every answer of `shop.update_product` is told. */
import assert from "node:assert/strict";
import { assertRefusals, ID, runTool } from "../testing/tool_context.ts";
import { productUpdate } from "./product_update.ts";

Deno.test("product_update passes only what is given and answers only what was written", async () => {
  const written = { id: ID, stock: 5 };
  const { output, values } = await runTool(productUpdate, { product_id: ID, stock_change: -2 }, [
    { answer: { outcome: "updated", product: written } },
  ]);
  assert.deepEqual(output, written);
  assert.deepEqual(values, [ID, null, null, -2]);
  const free = await runTool(productUpdate, { product_id: ID, name: "Gift", price_minor: 0 }, [
    { answer: { outcome: "updated", product: { id: ID, name: "Gift", price_minor: 0, currency: "JPY" } } },
  ]);
  assert.deepEqual(free.values, [ID, "Gift", 0, null]);
});

Deno.test("product_update tells every refusal", () =>
  assertRefusals(productUpdate, { product_id: ID }, [
    [{ outcome: "not_granted" }, /product:write/],
    [{ outcome: "nothing_to_change" }, /at least one of name, price_minor and stock_change/],
    [{ outcome: "name_invalid" }, /1 to 200/],
    [{ outcome: "price_invalid" }, /100000000000/],
    [{ outcome: "product_unknown" }, /product_list/],
    [{ outcome: "stock_invalid" }, /below 0/],
  ]));
