/** Calls the purge functions every minute: what pg_cron does where it exists. */
import { connectSql } from "../functions/_shared/runtime/sql.ts";

const EVERY_MS = 60_000;

/** Starts the timer; the answer stops it. A run that fails is made up by the next. */
export function startPurgeTimer(databaseUrl: string): () => Promise<void> {
  const sql = connectSql(databaseUrl, "sekisho purge");
  const timer = setInterval(() => {
    sql.query({ text: "select oauth.purge_expired()" }).catch(() => {});
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    return sql.close();
  };
}
