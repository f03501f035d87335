/** `product_list`: the person's products. The row policy of shop.products asks for the scope again. */
import { z } from "zod";
import { defineTool, LOOKS_ONLY } from "./define_tool.ts";
import { definePages, nextCursor, pageInput } from "./shapes/page.ts";
import { product } from "./shapes/product.ts";

const pages = definePages("product_list", "name");

export const productList = defineTool({
  name: "product_list",
  title: "List products",
  description: "The person's products with price and stock, ordered by name.",
  scope: "product:read",
  needsPerson: true,
  input: z.object(pageInput),
  output: z.object({ products: z.array(product), next_cursor: nextCursor }),
  annotations: LOOKS_ONLY,

  async run({ limit, cursor }, context) {
    const rows = await context.query<{ product: z.infer<typeof product> }>(
      `select jsonb_build_object(
        'id', id, 'name', name, 'price_minor', price_minor, 'currency', currency, 'stock', stock
      ) as product
      from shop.products
      where $1::text is null or (name, id) > ($1::text, $2::uuid)
      order by name, id
      limit $3::integer + 1`,
      [...pages.after(cursor), limit],
    );
    const page = pages.cut(rows.map((row) => row.product), limit, ({ name }) => name);
    return { products: page.rows, next_cursor: page.next_cursor };
  },
});
