/** `order_get`: one order with its lines. */
import { z } from "zod";
import { defineTool, LOOKS_ONLY, ToolError } from "./define_tool.ts";
import { readAnswer } from "./shapes/answer.ts";
import { id } from "./shapes/fields.ts";
import { order } from "./shapes/order.ts";

export const orderGet = defineTool({
  name: "order_get",
  title: "Show an order",
  description: "One of the person's orders with its lines, names and prices as they were when it was placed.",
  scope: "order:read",
  needsPerson: true,
  input: z.object({ order_id: id.describe("As order_list or order_create answers it.") }),
  output: order,
  annotations: LOOKS_ONLY,

  async run({ order_id }, context) {
    const rows = await context.query<{ answer: unknown }>(
      "select shop.find_order(p_order_id => $1::uuid) as answer",
      [order_id],
    );
    const found = readAnswer(rows, order.nullable());
    if (found === null) throw new ToolError("There is no such order. Use an id from order_list.");
    return found;
  },
});
