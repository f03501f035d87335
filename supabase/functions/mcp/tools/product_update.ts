/** `product_update`: changes what is given of a product. `shop.update_product` decides. */
import { z } from "zod";
import { defineTool, ToolError } from "./define_tool.ts";
import { notGranted, readAnswer, refusals } from "./shapes/answer.ts";
import { id, minorUnits, text } from "./shapes/fields.ts";
import { product } from "./shapes/product.ts";

const MOST = 1_000_000_000;
const written = product.partial().required({ id: true });

const answer = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("updated"), product: written }),
  refusals(
    "not_granted",
    "nothing_to_change",
    "name_invalid",
    "price_invalid",
    "product_unknown",
    "stock_invalid",
  ),
]);

export const productUpdate = defineTool({
  name: "product_update",
  title: "Change a product",
  description:
    "Changes name, price or stock of one of the person's products; what is left out stays. Stock is " +
    "changed by an amount, because orders may be taking it meanwhile. Answers only what was written.",
  scope: "product:write",
  needsPerson: true,
  input: z.object({
    product_id: id.describe("As product_list answers it."),
    name: text(200).optional(),
    price_minor: minorUnits.max(100_000_000_000).optional().describe(
      "The new price, in the minor unit of the product's currency.",
    ),
    stock_change: z.number().int().min(-MOST).max(MOST).optional().describe(
      "Added to the stock; negative to take away.",
    ),
  }),
  output: written,
  // Calling it twice changes the stock twice.
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },

  async run(input, context) {
    const rows = await context.query<{ answer: unknown }>(
      `select shop.update_product(
        p_product_id => $1::uuid, p_name => $2::text, p_price_minor => $3::bigint, p_stock_change => $4::integer
      ) as answer`,
      [input.product_id, input.name ?? null, input.price_minor ?? null, input.stock_change ?? null],
    );
    const answered = readAnswer(rows, answer);
    switch (answered.outcome) {
      case "updated":
        return answered.product;
      case "not_granted":
        throw notGranted("product:write");
      case "nothing_to_change":
        throw new ToolError("Nothing was changed. Give at least one of name, price_minor and stock_change.");
      case "name_invalid":
        throw new ToolError("A name has 1 to 200 characters.");
      case "price_invalid":
        throw new ToolError("A price is between 0 and 100000000000 minor units.");
      case "product_unknown":
        throw new ToolError("There is no such product. Use an id from product_list.");
      case "stock_invalid":
        throw new ToolError(
          "The stock would fall below 0 or rise above 1000000000. Give a smaller stock_change.",
        );
    }
  },
});
