/** What a cancelling tool answers: the same as often as it is called. */
import { z } from "zod";
import { id } from "./fields.ts";

export const cancellation = z.object({
  id,
  state: z.literal("cancelled"),
  changed: z.boolean().describe("False if it had been cancelled before."),
});

/** The answer for either outcome that leaves it cancelled. */
export function cancelled(
  id: string,
  outcome: "cancelled" | "already_cancelled",
): z.infer<typeof cancellation> {
  return { id, state: "cancelled", changed: outcome === "cancelled" };
}
