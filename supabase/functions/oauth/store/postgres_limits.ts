/** Limits on Postgres: what of them is no part of another operation. */
import { z } from "zod";
import type { Limited, LimitOperations } from "../deps.ts";
import type { Call } from "./database_call.ts";

/** `limited`, in the words of the database. */
export const limitedRow = z.object({ outcome: z.literal("limited"), retry_after_seconds: z.number().int() });

/** `limited`, in ours. */
export function limited(row: z.infer<typeof limitedRow>): Limited {
  return { outcome: row.outcome, retryAfterSeconds: row.retry_after_seconds };
}

const leaseRow = z.discriminatedUnion("outcome", [z.object({ outcome: z.literal("counted") }), limitedRow])
  .transform((row) => row.outcome === "limited" ? limited(row) : row);

/** LimitOperations over Postgres. */
export function postgresLimits(call: Call): LimitOperations {
  return {
    async leaseRefusal({ kind, clientId, address, perHour }) {
      return leaseRow.parse(
        await call(
          `select oauth.lease_refusal(
            p_kind => $1::text, p_client_id => $2::text, p_address => $3::text, p_limit => $4::integer
          ) as answer`,
          [kind, clientId, address, perHour],
        ),
      );
    },
    async leaseDocument({ clientId, address, perHour }) {
      return leaseRow.parse(
        await call(
          `select oauth.lease_document(
            p_client_id => $1::text, p_address => $2::text, p_limit => $3::integer
          ) as answer`,
          [clientId, address, perHour],
        ),
      );
    },
  };
}
