/** `product_list`: the person's products. The row policy of shop.products asks for the scope again. */
import { z } from "zod";
import { defineTool } from "./define_tool.ts";

interface ProductRow {
  readonly id: string;
  readonly name: string;
  /** bigint: `pg` gives it as a text. */
  readonly price_minor: string;
  readonly currency: string;
  readonly stock: number;
}

export const productList = defineTool({
  name: "product_list",
  title: "List products",
  description: "The person's products with price and stock, ordered by name.",
  scope: "product:read",
  needsPerson: true,
  input: z.object({
    limit: z.number().int().min(1).max(100).default(50).describe(
      "At most this many products.",
    ),
  }),
  output: z.object({
    products: z.array(z.object({
      id: z.string(),
      name: z.string(),
      price_minor: z.number().int().describe(
        "Price in the currency's minor unit.",
      ),
      currency: z.string().describe("ISO 4217."),
      stock: z.number().int(),
    })),
  }),
  annotations: {
    readOnlyHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },

  async run(input, context) {
    const rows = await context.query<ProductRow>(
      `select id, name, price_minor, currency, stock
      from shop.products
      order by name, id
      limit $1::integer`,
      [input.limit],
    );
    return {
      products: rows.map((row) => ({
        ...row,
        price_minor: Number(row.price_minor),
      })),
    };
  },
});
