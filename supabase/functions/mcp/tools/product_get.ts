/** `product_get`: one product. */
import { z } from "zod";
import { defineTool, LOOKS_ONLY, ToolError } from "./define_tool.ts";
import { id } from "./shapes/fields.ts";
import { product } from "./shapes/product.ts";

export const productGet = defineTool({
  name: "product_get",
  title: "Show a product",
  description: "One of the person's products, with price and stock.",
  scope: "product:read",
  needsPerson: true,
  input: z.object({ product_id: id.describe("As product_list answers it.") }),
  output: product,
  annotations: LOOKS_ONLY,

  async run({ product_id }, context) {
    const [row] = await context.query<{ product: z.infer<typeof product> }>(
      `select jsonb_build_object(
        'id', id, 'name', name, 'price_minor', price_minor, 'currency', currency, 'stock', stock
      ) as product
      from shop.products
      where id = $1::uuid`,
      [product_id],
    );
    if (row === undefined) throw new ToolError("There is no such product. Use an id from product_list.");
    return row.product;
  },
});
