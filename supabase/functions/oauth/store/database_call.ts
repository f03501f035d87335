/**
 * A call of a SQL function: one statement, one answer. Answers are read strictly where they arrive: an outcome that
 * TypeScript does not name is a bug and throws there, at the border, instead of being mistaken for another.
 */
import { z } from "zod";
import type { Statement } from "../../_shared/runtime/sql.ts";
import type { AuthenticatedClient } from "../deps.ts";
import type { RequestOrigin } from "../../_shared/request_origin.ts";

/** What the store needs of a connection: `runtime/sql.ts`. */
export interface Database {
  query<Row extends object>(statement: Statement): Promise<Row[]>;
}

export interface Call {
  /** Runs a statement that selects one value, called `answer`, from nothing. */
  (text: string, values: readonly unknown[]): Promise<unknown>;
  /** Runs a procedure, whose last three arguments are left out: whose request it is, and the answer. */
  procedure(text: string, values: readonly unknown[]): Promise<unknown>;
}

/**
 * Calls over this database, for one request: the same statement first tells the database whose it is, so that what is
 * audited says so. Postgres reads what stands after `from` before it calls what stands before it.
 */
export function callsOn(sql: Database, { requestId, address }: RequestOrigin): Call {
  const run = async (text: string, values: readonly unknown[]) => {
    const [row] = await sql.query<{ answer: unknown }>({ text, values: [...values, requestId, address] });
    return row?.answer ?? null;
  };
  const placeholders = (values: readonly unknown[]) => [`$${values.length + 1}`, `$${values.length + 2}`];
  return Object.assign((text: string, values: readonly unknown[]) => {
    const [id, caller] = placeholders(values);
    return run(
      `${text} from oauth.assume_origin(p_request_id => ${id}::text, p_address => ${caller}::text)`,
      values,
    );
  }, {
    procedure(text: string, values: readonly unknown[]) {
      const [id, caller] = placeholders(values);
      return run(
        `${text}, p_request_id => ${id}::text, p_caller => ${caller}::text, answer => null)`,
        values,
      );
    },
  });
}

/** Why no client's request is carried out: outcomes of `oauth.admit_client`. */
export const ADMISSION_REFUSALS = ["client_changed", "assertion_replayed"] as const;

/** Who asks: always the first five arguments, `proofOf`. */
export const PROOF = "row($1::text, $2::bytea, $3::jsonb, $4::bytea, $5::timestamptz)::oauth.client_proof";

/** Arguments of `PROOF`. */
export function proofOf({ client, secretHash, assertion }: AuthenticatedClient): readonly unknown[] {
  return [
    client.id,
    secretHash,
    assertion === null ? null : JSON.stringify(assertion.key),
    assertion?.jtiHash ?? null,
    assertion?.expiresAt ?? null,
  ];
}

/** Authorization details as they are recorded: complete. */
export const details = z.array(z.object({
  type: z.string(),
  actions: z.array(z.string()),
  maxAmount: z.number(),
  currency: z.string(),
}));

/** `pg` would send a list as a Postgres array. */
export function jsonOf(value: readonly unknown[] | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
