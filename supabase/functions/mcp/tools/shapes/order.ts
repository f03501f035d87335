/** An order as `shop.find_order` writes it. */
import { z } from "zod";
import { currency, id, instant, minorUnits } from "./fields.ts";

/** Without its lines. */
export const orderSummary = z.object({
  id: id.describe("What order_get and order_cancel take as order_id."),
  state: z.enum(["placed", "cancelled"]),
  currency,
  total_minor: minorUnits,
  created_at: instant,
  cancelled_at: instant.nullable(),
});

export const order = orderSummary.extend({
  items: z.array(z.object({
    product_id: id.nullable().describe("Null if the product is gone since."),
    product_name: z.string().describe("As it was when it was ordered."),
    quantity: z.number().int().min(1),
    unit_price_minor: minorUnits,
  })),
});
