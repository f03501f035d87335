/**
 * The way to Postgres: `pg` with pipelining, so that a call or a whole transaction is one network round trip, also
 * through a pooler in transaction mode (no named statements, no session state, no role at connect time).
 */
import pg from "pg";
import { OAuthError } from "../oauth_error.ts";

export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

export interface Sql {
  /** One statement in a transaction of its own; its rows. */
  query<Row extends object>(statement: Statement): Promise<Row[]>;
  /** All statements in one transaction and one round trip; the rows of the last. */
  transaction<Row extends object>(statements: readonly Statement[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Connections per isolate: many isolates share one small server. */
const MOST_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5000;
/** A little above the statement timeout of the roles: for connections that lead nowhere any more. */
const QUERY_TIMEOUT_MS = 8000;
const RETRY_AFTER_MS = 50;

/** A pool on this database. Connects at the first query, not at import. */
export function connectSql(url: string, applicationName: string): Sql {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: applicationName,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    pipeline: true,
  });
  // The server may drop a connection at any moment, also between two hands: the next query then gets another, but an
  // `error` without a listener would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client: pg.PoolClient) => client.on("error", () => {}));

  return {
    query: (statement) => translated(() => single(pool, statement)),
    transaction: (statements) => translated(() => pipelined(pool, statements)),
    close: () => pool.end(),
  };
}

async function single<Row extends object>(pool: pg.Pool, { text, values = [] }: Statement): Promise<Row[]> {
  const result = await pool.query<Row>(text, [...values]);
  return result.rows;
}

async function pipelined<Row extends object>(
  pool: pg.Pool,
  statements: readonly Statement[],
): Promise<Row[]> {
  const client = await pool.connect();
  let broken = true;
  try {
    const sent = [{ text: "begin" }, ...statements, { text: "commit" }].map((statement: Statement) =>
      client.query<Row>(statement.text, [...(statement.values ?? [])])
    );
    const settled = await Promise.allSettled(sent);
    const failed = settled.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) {
      // The server answered every statement, the commit with a rollback: the connection is clean unless it was lost.
      broken = !(failed.reason instanceof pg.DatabaseError) || failed.reason.severity !== "ERROR" ||
        errorCode(failed.reason).startsWith("08");
      throw failed.reason;
    }
    broken = false;
    const results = settled.flatMap((outcome) => outcome.status === "fulfilled" ? [outcome.value] : []);
    if (results.at(-1)?.command !== "COMMIT") throw new Error("the transaction was rolled back");
    return results.at(-2)?.rows ?? [];
  } finally {
    client.release(broken);
  }
}

/**
 * Runs it, once more where the server rolled it back to let others through; tells an unreachable database from a bug.
 * After a lost connection it may have been committed: whoever asked decides whether to ask again, never this file.
 */
async function translated<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run().catch(async (error) => {
      if (!wasRolledBack(error)) throw error;
      // At once, it could take the lock again before whoever waited for it woke up, and fail the same way.
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
      return await run();
    });
  } catch (error) {
    throw isUnavailable(error) ? unavailable(error) : error;
  }
}

/** The refusal of a request that the database could not answer. */
export function unavailable(cause: unknown): OAuthError {
  return new OAuthError(
    "temporarily_unavailable",
    "The server cannot answer right now. Try again.",
    "database",
    { cause },
  );
}

/** SQLSTATE of a Postgres error, code of a network error, or "". */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** 40001 serialization, 40P01 deadlock, XX000 "new multixact …" (a rare race of row locks; see ADR 0004). */
function wasRolledBack(error: unknown): boolean {
  const code = errorCode(error);
  return code === "40001" || code === "40P01" ||
    (code === "XX000" && error instanceof Error && error.message.startsWith("new multixact"));
}

/** What `pg` says without a code: its timeouts, and connections lost or never made. */
const LOST =
  /^(timeout (exceeded|expired)|Connection terminated|Client has encountered a connection error|Query read timeout|There was an error establishing an SSL connection)/;

/**
 * Whether asking again later may help: connection (08), resources (53), shutdown (57P), lock wait (55P03), statement
 * timeout (57014), a password that the pooler has not heard of yet (28P01), a pooler without a free or living connection
 * (its own XX000), no signing key at this moment (`oauth.assign_signing_kid`), rolled back twice for others, lost sockets,
 * names that do not resolve, timeouts of ours.
 */
export function isUnavailable(error: unknown): boolean {
  const code = errorCode(error);
  if (/^(08...|53...|57P..|55P03|57014|28P01|SK503)$/.test(code) || /^E(AI_)?[A-Z]+$/.test(code)) return true;
  if (wasRolledBack(error)) return true;
  if (!(error instanceof Error)) return false;
  if (code === "XX000") {
    return ("severity" in error && error.severity === "FATAL") ||
      /unable to check out|max client(s|_conn)|pooler/i.test(error.message);
  }
  return code === "" && LOST.test(error.message);
}
