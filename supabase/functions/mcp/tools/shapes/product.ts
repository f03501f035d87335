/** A product as tools answer it: all of it, or what was written of it. */
import { z } from "zod";
import { currency, id, minorUnits } from "./fields.ts";

export const product = z.object({
  id,
  name: z.string(),
  price_minor: minorUnits,
  currency,
  stock: z.number().int().min(0),
});
