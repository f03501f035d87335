/** `product_get` over rows in memory. */
import assert from "node:assert/strict";
import { ID, runTool } from "../testing/tool_context.ts";
import { productGet } from "./product_get.ts";

const teapot = { id: ID, name: "Teapot", price_minor: 1200, currency: "JPY", stock: 3 };

Deno.test("product_get answers one product", async () => {
  const { output, values } = await runTool(productGet, { product_id: ID }, [{ product: teapot }]);
  assert.deepEqual(output, teapot);
  assert.deepEqual(values, [ID]);
});

Deno.test("product_get says where ids come from when there is no such product", async () => {
  await assert.rejects(runTool(productGet, { product_id: ID }, []), {
    name: "ToolError",
    message: "There is no such product. Use an id from product_list.",
  });
  await assert.rejects(runTool(productGet, { product_id: "canary" }, []), { name: "ZodError" });
});
