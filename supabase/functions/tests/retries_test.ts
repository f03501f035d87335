/**
 * What is run again and what never: a transaction that Postgres rolled back, once; one whose connection was lost, not at
 * all, for it may have been committed. Executions are counted by a sequence, which no rollback takes back.
 */
import assert from "node:assert/strict";
import pg from "pg";
import { freshDatabase } from "../../local/testing/test_database.ts";
import { OAuthError } from "../_shared/oauth_error.ts";
import { connectSql, errorCode, type Sql, type Statement } from "../_shared/runtime/sql.ts";
import { startLosingRelay } from "./testing/losing_relay.ts";

const SETUP = [
  "create sequence public.executions",
  `create function public.fail_first(p_times integer, p_code text, p_message text) returns bigint
  language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
  declare
    v_execution bigint := nextval('public.executions');
  begin
    if v_execution <= p_times then
      raise exception using errcode = p_code, message = p_message;
    end if;
    return v_execution;
  end $$`,
  `create function public.lose_session() returns boolean
  language sql volatile set search_path = pg_catalog, pg_temp as $$
    select nextval('public.executions') > 0 and pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())
  $$`,
  "create table public.counters (id integer primary key, value integer not null)",
  "insert into public.counters values (1, 0), (2, 0)",
];

type Run = (sql: Sql, statement: Statement) => Promise<object[]>;

const WAYS: Readonly<Record<string, Run>> = {
  query: (sql, statement) => sql.query(statement),
  transaction: (sql, statement) =>
    sql.transaction([{ text: "select set_config('application_name', 'x', true)" }, statement]),
};

interface Stage {
  readonly sql: Sql;
  readonly url: string;
  /** How often anything was executed since the last time that this was asked. */
  executions(): Promise<number>;
}

async function onStage(run: (stage: Stage) => Promise<void>): Promise<void> {
  await using database = await freshDatabase();
  const sql = connectSql(database.url, "retries test");
  try {
    await sql.transaction(SETUP.map((text) => ({ text })));
    const executions = async () => {
      const [row] = await sql.query<{ count: number }>({
        text:
          `select (case when is_called then last_value else 0 end)::integer as count from public.executions`,
      });
      await sql.query({ text: "alter sequence public.executions restart" });
      return row?.count ?? NaN;
    };
    await run({ sql, url: database.url, executions });
  } finally {
    await sql.close();
  }
}

const failing = (times: number, code: string, message = "on purpose"): Statement => ({
  text: "select public.fail_first($1, $2, $3)::integer as execution",
  values: [times, code, message],
});
const isUnavailable = (error: unknown) =>
  error instanceof OAuthError && error.code === "temporarily_unavailable";

const ROLLED_BACK: readonly (readonly [what: string, code: string, message?: string])[] = [
  ["a serialization failure", "40001"],
  ["a deadlock", "40P01"],
  ["a race of row locks", "XX000", "new multixact has more than one updating member"],
];

for (const [way, send] of Object.entries(WAYS)) {
  Deno.test(`${way} runs again what was rolled back for others, once`, (t) =>
    onStage(async ({ sql, executions }) => {
      for (const [what, code, message] of ROLLED_BACK) {
        await t.step(what, async () => {
          assert.deepEqual(await send(sql, failing(1, code, message)), [{ execution: 2 }]);
          assert.equal(await executions(), 2);
        });
        await t.step(`${what} twice in a row: refused as unavailable`, async () => {
          await assert.rejects(send(sql, failing(2, code, message)), isUnavailable);
          assert.equal(await executions(), 2);
        });
      }
      await t.step("nothing else", async () => {
        await assert.rejects(send(sql, failing(1, "23505")), (error) => errorCode(error) === "23505");
        assert.equal(await executions(), 1);
      });
    }));

  Deno.test(`${way} whose session ends on the way is refused and not run again`, () =>
    onStage(async ({ sql, executions }) => {
      await assert.rejects(send(sql, { text: "select public.lose_session()" }), isUnavailable);
      assert.equal(await executions(), 1);
    }));

  Deno.test(`${way} that was committed and whose answer is lost is refused and not run again`, () =>
    onStage(async ({ url, executions }) => {
      await using relay = startLosingRelay(url);
      const behind = connectSql(relay.through(url), "retries test");
      try {
        const lost = relay.loseAnswerTo("fail_first");
        await assert.rejects(send(behind, failing(0, "00000")), isUnavailable);
        await lost;
        assert.equal(await executions(), 1);
        // And the next one gets another connection.
        assert.deepEqual(await send(behind, failing(0, "00000")), [{ execution: 1 }]);
      } finally {
        await behind.close();
      }
    }));
}

Deno.test("of two transactions that lock each other out one is run again, and neither is carried out twice", () =>
  onStage(async ({ sql, url, executions }) => {
    const increment = (id: number): Statement => ({
      text: "update public.counters set value = value + 1 where id = $1",
      values: [id],
    });
    const crossing = (first: number, second: number) =>
      sql.transaction([
        { text: "select nextval('public.executions')" },
        increment(first),
        // Both have their first row before either asks for its second.
        { text: "select pg_advisory_xact_lock_shared(1)" },
        increment(second),
      ]);
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    try {
      await holder.query("select pg_advisory_lock(1)");
      const both = Promise.allSettled([crossing(1, 2), crossing(2, 1)]);
      for (let waiting = 0; waiting < 2;) {
        const { rows } = await holder.query<{ waiting: number }>(
          `select count(*)::integer as waiting from pg_catalog.pg_stat_activity
          where datname = current_database() and wait_event = 'advisory'`,
        );
        waiting = rows[0]?.waiting ?? 0;
      }
      await holder.query("select pg_advisory_unlock(1)");
      const settled = await both;
      // On a slow machine the one that was run again may be locked out again.
      const refusals = settled.flatMap((outcome) => outcome.status === "rejected" ? [outcome.reason] : []);
      assert.ok(refusals.length < 2 && refusals.every(isUnavailable), String(refusals));
      const value = settled.length - refusals.length;
      assert.deepEqual(await sql.query({ text: "select value from public.counters" }), [{ value }, {
        value,
      }]);
      assert.equal(await executions(), 3);
    } finally {
      await holder.end();
    }
  }));
