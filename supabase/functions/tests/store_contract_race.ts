/** Simultaneous calls on Postgres, made to meet: somebody else holds what they must lock until two of them wait. */
import assert from "node:assert/strict";
import pg from "pg";

/** Everything that an operation of the store may have to lock before it decides. */
const HELD = [
  "select from oauth.authorization_requests for update",
  "select from oauth.authorization_codes for update",
  "select from oauth.token_families for update",
  "select from oauth.registration_tokens for update",
  "select from oauth.rate_counts for update",
  "select pg_advisory_xact_lock(hashtext('oauth.signing_keys'))",
  `select pg_advisory_xact_lock(
    hashtextextended('oauth.create_client ' || encode(sha256(address::bytea), 'hex'), 0)
  )
  from unnest(array['192.0.2.1', '127.0.0.1', '0:0:0:0::/64']) as registering (address)`,
];

const WAITING = `
  select count(*)::integer as waiting
  from pg_catalog.pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'`;

/**
 * The answers of these calls, none of which could decide anything before at least two had begun.
 *
 * @param url A superuser's.
 */
export async function meetAtLocks<Answer>(
  url: string,
  calls: readonly (() => Promise<Answer>)[],
): Promise<Answer[]> {
  const holder = new pg.Client({ connectionString: url });
  const watcher = new pg.Client({ connectionString: url });
  await Promise.all([holder.connect(), watcher.connect()]);
  try {
    await holder.query("begin");
    for (const statement of HELD) await holder.query(statement);
    let settled = false;
    const answers = Promise.all(calls.map((call) => call())).finally(() => settled = true);
    answers.catch(() => {});
    for (let waiting = 0; waiting < 2 && !settled;) {
      const { rows } = await watcher.query<{ waiting: number }>(WAITING);
      waiting = rows[0]?.waiting ?? 0;
    }
    assert.ok(!settled, "nobody waited for anybody: something is decided without its lock");
    await holder.query("commit");
    return await answers;
  } finally {
    await Promise.all([holder.end(), watcher.end()]);
  }
}
