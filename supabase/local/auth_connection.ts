/**
 * The database connection of the Supabase Auth stand-in, over `pg`. The driver that `@supabase/lite` brings ends the
 * whole process when Postgres is restarted under it (porsager/postgres#1154): it is still constructed, because the class
 * does so, and never connects.
 */
import { PostgresConnection } from "@supabase/lite/postgres";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";

const MOST_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 8000;

type Reader = (text: string) => unknown;

const { INT8, NUMERIC, DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins;
/** Values as the stand-in expects them: numbers where they are exact, instants as Postgres writes them. */
const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  ...[INT8, NUMERIC].map((type): [number, Reader] => [type, exactNumber]),
  ...[DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ].map((type): [number, Reader] => [type, (text) => text]),
]);

export class AuthConnection extends PostgresConnection {
  readonly #pool: pg.Pool;

  /**
   * Connects at the first query.
   *
   * @param failed Told about every query that failed: the stand-in's answer does not say why.
   */
  constructor(url: string, failed: (error: unknown) => void) {
    super({ url });
    this.#pool = new pg.Pool({
      connectionString: url,
      application_name: "sekisho sign-in",
      // The stand-in reads times without a zone as UTC.
      options: "-c TimeZone=UTC",
      max: MOST_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      idleTimeoutMillis: 30_000,
      types: {
        getTypeParser: (type, format) => READERS.get(type) ?? pg.types.getTypeParser(type, format),
      },
    });
    // A lost connection is replaced at the next query; an `error` without a listener would end the process.
    this.#pool.on("error", () => {});
    this.#pool.on("connect", (client) => client.on("error", () => {}));
    const connect = () =>
      this.#pool.connect().catch((error) => {
        failed(error);
        throw error;
      });
    this.kysely = new Kysely({
      dialect: new PostgresDialect({ pool: { connect, end: () => this.#pool.end() } }),
      log: (event) => event.level === "error" ? failed(event.error) : undefined,
    });
  }

  override close(): Promise<void> {
    return this.#pool.end();
  }
}

function exactNumber(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) && String(value) === text ? value : text;
}
