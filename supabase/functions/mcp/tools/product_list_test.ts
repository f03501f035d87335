/** `product_list` over rows in memory. */
import assert from "node:assert/strict";
import { assertPages, ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { productList } from "./product_list.ts";

const teapot = { id: ID, name: "Teapot", price_minor: 1200, currency: "JPY", stock: 3 };
const basket = { ...teapot, id: OTHER_ID, name: "Basket" };

Deno.test("product_list answers products with money in minor units, its limit a parameter", async () => {
  const { output, values } = await runTool(productList, { limit: 7 }, [{ product: teapot }]);
  assert.deepEqual(output, { products: [teapot], next_cursor: null });
  assert.deepEqual(values, [null, null, 7]);
});

Deno.test("product_list goes on behind its last product", () =>
  assertPages(productList, {}, [{ product: basket }, { product: teapot }], {
    after: ["Basket", OTHER_ID],
    at: 0,
  }));
