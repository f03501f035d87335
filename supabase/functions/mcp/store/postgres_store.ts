/**
 * The store on Postgres. Tools' statements run in one pipelined transaction: begin, take the credential's claims (or
 * abort when it is dead), become `sekisho_person`, the statement, commit. The login role itself has no right on any table, so
 * that a lost role switch fails closed.
 */
import type { JWK } from "jose";
import { z } from "zod";
import { invalidToken } from "../../_shared/access_token.ts";
import { errorCode, type Sql } from "../../_shared/runtime/sql.ts";
import type { Bytes } from "../../_shared/encoding.ts";
import type { Credential, KeyHolder, LeaseOutcome, McpStore } from "../deps.ts";

/** Raised by `oauth.assume_access_token` and `oauth.assume_api_key`. */
const CREDENTIAL_IS_DEAD = "SK401";

const keys = z.array(
  z.custom<JWK>((value) => typeof value === "object" && value !== null && "kty" in value),
);

const holder = z.object({
  id: z.string(),
  person_id: z.string(),
  scope: z.array(z.string()),
  expires_at: z.number(),
}).transform((row): KeyHolder => ({
  keyId: row.id,
  personId: row.person_id,
  scope: row.scope,
  expiresAt: row.expires_at,
}));

const lease = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("dead"), keys }),
  z.object({
    outcome: z.literal("leased"),
    leased: z.number(),
    minute: z.number(),
    keys,
    holder: holder.nullable().default(null),
  }),
  z.object({ outcome: z.literal("limited"), retry_after_seconds: z.number(), keys }),
]).transform((row): LeaseOutcome =>
  row.outcome === "limited"
    ? { outcome: row.outcome, retryAfterSeconds: row.retry_after_seconds, keys: row.keys }
    : row
);

const LEASES = {
  access_token: `select oauth.lease_calls(
    p_jti => $1::text, p_resource => $2::text, p_limit => $3::integer, p_wanted => $4::integer,
    p_returned => $5::integer, p_returned_minute => $6::bigint
  ) as answer`,
  api_key: `select oauth.lease_calls_of_api_key(
    p_key_hash => $1::bytea, p_resource => $2::text, p_limit => $3::integer, p_wanted => $4::integer,
    p_returned => $5::integer, p_returned_minute => $6::bigint
  ) as answer`,
} as const;

const ASSUMPTIONS = {
  access_token: "select oauth.assume_access_token(p_jti => $1::text, p_resource => $2::text)",
  api_key: "select oauth.assume_api_key(p_key_hash => $1::bytea, p_resource => $2::text)",
} as const;

function valueOf(credential: Credential): string | Bytes {
  return credential.kind === "api_key" ? credential.keyHash : credential.jti;
}

/** The store over this database, as a role that may execute its functions and become `sekisho_person`. */
export function createPostgresStore(
  sql: Pick<Sql, "query" | "transaction">,
): McpStore {
  return {
    async leaseCalls({ credential, resource, callsPerHour, wanted, returned, returnedMinute }) {
      const [row] = await sql.query<{ answer: unknown }>({
        text: LEASES[credential.kind],
        values: [valueOf(credential), resource, callsPerHour, wanted, returned, returnedMinute],
      });
      return lease.parse(row?.answer);
    },
    async queryAsPerson({ credential, resource }, text, values) {
      try {
        return await sql.transaction([
          { text: ASSUMPTIONS[credential.kind], values: [valueOf(credential), resource] },
          { text: "select set_config('role', 'sekisho_person', true)" },
          { text, values },
        ]);
      } catch (error) {
        if (errorCode(error) === CREDENTIAL_IS_DEAD) {
          throw invalidToken("token_dead");
        }
        throw error;
      }
    },
  };
}
