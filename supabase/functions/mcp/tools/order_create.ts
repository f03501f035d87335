/** `order_create`: places an order and takes its stock, once per idempotency key. `shop.create_order` decides. */
import { z } from "zod";
import { defineTool, ToolError } from "./define_tool.ts";
import { nameLines, notGranted, readAnswer, refusals } from "./shapes/answer.ts";
import { id, text } from "./shapes/fields.ts";
import { order } from "./shapes/order.ts";

const lines = z.array(z.number().int());

const answer = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.enum(["placed", "repeated"]), order }),
  z.object({ outcome: z.enum(["product_unknown", "out_of_stock"]), lines }),
  refusals(
    "not_granted",
    "idempotency_key_invalid",
    "items_invalid",
    "idempotency_key_reused",
    "currencies_differ",
  ),
]);

export const orderCreate = defineTool({
  name: "order_create",
  title: "Place an order",
  description: "Orders products of the person and takes their stock at once. Try again with the same " +
    "idempotency_key when no answer came: the same order is then answered, and nothing is ordered twice.",
  scope: "order:write",
  needsPerson: true,
  input: z.object({
    idempotency_key: text(200).describe("Your name for this order, a new one for each, for example a UUID."),
    items: z.array(z.object({
      product_id: id.describe("As product_list answers it. Each product once."),
      quantity: z.number().int().min(1).max(1000),
    })).min(1).max(50),
  }),
  output: order.extend({
    repeated: z.boolean().describe("True if an earlier call with this key had placed it already."),
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },

  async run({ idempotency_key, items }, context) {
    const rows = await context.query<{ answer: unknown }>(
      `select shop.create_order(
        p_idempotency_key => $1::text, p_product_ids => $2::uuid[], p_quantities => $3::integer[]
      ) as answer`,
      [idempotency_key, items.map((item) => item.product_id), items.map((item) => item.quantity)],
    );
    const answered = readAnswer(rows, answer);
    switch (answered.outcome) {
      case "placed":
      case "repeated":
        return { ...answered.order, repeated: answered.outcome === "repeated" };
      case "not_granted":
        throw notGranted("order:write");
      case "idempotency_key_invalid":
        throw new ToolError("An idempotency_key has 1 to 200 characters.");
      case "items_invalid":
        throw new ToolError("Name each product once, with a quantity from 1 to 1000, in at most 50 lines.");
      case "idempotency_key_reused":
        throw new ToolError(
          "This idempotency_key belongs to an order with other items. Nothing was ordered: use a new key for a new order.",
        );
      case "product_unknown":
        throw new ToolError(
          `Nothing was ordered: no such product in ${nameLines(answered.lines)}. Use ids from product_list.`,
        );
      case "currencies_differ":
        throw new ToolError(
          "Nothing was ordered: the products have different currencies. Place one order for each.",
        );
      case "out_of_stock":
        throw new ToolError(
          `Nothing was ordered: not enough stock for ${
            nameLines(answered.lines)
          }. Order less of it; product_get ` +
            "tells how much there is.",
        );
    }
  },
});
