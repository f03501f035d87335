/** `order_cancel`: cancels an order and gives its stock back, once. */
import { z } from "zod";
import { defineTool, ToolError } from "./define_tool.ts";
import { notGranted, readAnswer, refusals } from "./shapes/answer.ts";
import { cancellation, cancelled } from "./shapes/cancellation.ts";
import { id } from "./shapes/fields.ts";

const answer = refusals("cancelled", "already_cancelled", "not_granted", "order_unknown");

export const orderCancel = defineTool({
  name: "order_cancel",
  title: "Cancel an order",
  description: "Cancels an order and gives its stock back. It cannot be brought back, only placed again.",
  scope: "order:write",
  needsPerson: true,
  input: z.object({ order_id: id.describe("As order_list or order_create answers it.") }),
  output: cancellation,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },

  async run({ order_id }, context) {
    const rows = await context.query<{ answer: unknown }>(
      "select shop.cancel_order(p_order_id => $1::uuid) as answer",
      [order_id],
    );
    const { outcome } = readAnswer(rows, answer);
    switch (outcome) {
      case "cancelled":
      case "already_cancelled":
        return cancelled(order_id, outcome);
      case "not_granted":
        throw notGranted("order:write");
      case "order_unknown":
        throw new ToolError("There is no such order. Use an id from order_list.");
    }
  },
});
