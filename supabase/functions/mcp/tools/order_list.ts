/** `order_list`: what was ordered, the newest first. */
import { z } from "zod";
import { defineTool, LOOKS_ONLY } from "./define_tool.ts";
import { orderSummary } from "./shapes/order.ts";
import { definePages, nextCursor, pageInput } from "./shapes/page.ts";

const pages = definePages("order_list", "instant");

export const orderList = defineTool({
  name: "order_list",
  title: "List orders",
  description: "The person's orders, the newest first, without their lines: order_get shows those.",
  scope: "order:read",
  needsPerson: true,
  input: z.object({
    state: z.enum(["placed", "cancelled"]).optional().describe("Only these. All when left out."),
    ...pageInput,
  }),
  output: z.object({ orders: z.array(orderSummary), next_cursor: nextCursor }),
  annotations: LOOKS_ONLY,

  async run({ state, limit, cursor }, context) {
    const rows = await context.query<{ order: z.infer<typeof orderSummary> }>(
      `select jsonb_build_object(
        'id', id, 'state', state, 'currency', currency, 'total_minor', total_minor, 'created_at', created_at,
        'cancelled_at', cancelled_at
      ) as order
      from shop.orders
      where ($1::timestamptz is null or (created_at, id) < ($1::timestamptz, $2::uuid))
        and ($3::text is null or state = $3::text)
      order by created_at desc, id desc
      limit $4::integer + 1`,
      [...pages.after(cursor), state ?? null, limit],
    );
    const page = pages.cut(rows.map((row) => row.order), limit, ({ created_at }) => created_at);
    return { orders: page.rows, next_cursor: page.next_cursor };
  },
});
