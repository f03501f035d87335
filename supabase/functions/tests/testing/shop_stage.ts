/**
 * A database with two people and tokens of theirs, and a hundred connections that call as tools do. Tokens are rows, as
 * the authorization server leaves them; what is tested begins at `oauth.assume_access_token`.
 */
import assert from "node:assert/strict";
import pg from "pg";
import { freshDatabase } from "../../../local/testing/test_database.ts";
import { connectSql, type Sql, type Statement } from "../../_shared/runtime/sql.ts";

/** Each holds four connections. */
const POOLS = 25;
const RESOURCE = "https://rs.test/mcp";

/** What a function of schema `shop` answers. */
export interface Answer {
  readonly outcome: string;
  readonly [detail: string]: unknown;
}

export interface Token {
  readonly jti: string;
  /** RFC 9396, as the claim has them. */
  readonly details: readonly object[];
}

export interface ShopStage extends AsyncDisposable {
  /** As a superuser. */
  readonly admin: Sql;
  readonly people: readonly [string, string];
  /** A live token of this person, of a client of its own or this one. */
  token(person: string, scope: string[], clientId?: string, details?: object[]): Promise<Token>;
  /** One call of a function, in a transaction such as a tool's. `expression` is constant text. */
  call(token: Token, expression: string, values: readonly unknown[]): Promise<Answer>;
  /** Starts these calls while `held` is locked or written, lets go when all of them wait, and gives their answers. */
  meet(held: Statement, calls: readonly (() => Promise<Answer>)[]): Promise<Answer[]>;
  /** How many deadlocks there were, also those that a second attempt hid. Ends the connections of the calls. */
  deadlocks(): Promise<number>;
}

export async function setShopStage(): Promise<ShopStage> {
  const database = await freshDatabase();
  const admin = connectSql(database.url, "shop admin");
  const pools = Array.from({ length: POOLS }, () => connectSql(database.mcpUrl, "shop tools"));
  const run = async <Row extends object>(text: string, values: readonly unknown[] = []) =>
    await admin.query<Row>({ text, values });

  const people = [crypto.randomUUID(), crypto.randomUUID()] as const;
  for (const person of people) {
    await run("insert into auth.users (id, email) values ($1, $2)", [person, `${person}@example.test`]);
  }
  await run(
    "insert into oauth.resources (identifier, name, scopes, default_scope) values ($1, 'Test', '[]', '{}')",
    [
      RESOURCE,
    ],
  );
  await run(
    `select oauth.create_signing_key(
      p_kid => 'key', p_public_jwk => '{}', p_sealed_private_key => 'sealed', p_secret_id => 'test', p_days => 90
    )`,
  );
  // Connected beforehand, so that the calls of a test arrive together.
  await Promise.all(pools.flatMap((pool) => Array.from({ length: 4 }, () => pool.query({ text: "select" }))));

  let closing: Promise<unknown> | undefined;
  const closePools = () => closing ??= Promise.all(pools.map((pool) => pool.close()));
  let calls = 0;
  return {
    admin,
    people,
    async token(person, scope, clientId = `client_${crypto.randomUUID()}`, details = []) {
      const jti = crypto.randomUUID().replaceAll("-", "").slice(0, 22);
      await run(ADD_TOKEN, [jti, clientId, person, RESOURCE, scope]);
      return { jti, details };
    },
    async call({ jti, details }, expression, values) {
      const pool = pools[calls++ % POOLS];
      assert.ok(pool);
      const [row] = await pool.transaction<{ answer: Answer }>([
        {
          text: "select oauth.assume_access_token(p_jti => $1::text, p_resource => $2::text)",
          values: [jti, RESOURCE],
        },
        { text: PATIENCE },
        { text: ADD_DETAILS, values: [JSON.stringify({ authorization_details: details })] },
        { text: "select set_config('role', 'sekisho_person', true)" },
        { text: `select ${expression} as answer`, values },
      ]);
      assert.ok(row);
      return row.answer;
    },
    meet: (held, begun) => meet(database.url, held, begun),
    async deadlocks() {
      await closePools();
      // A connection hands over what it counted before it leaves the list of connections.
      for (;;) {
        const [row] = await run<{ deadlocks: number; connected: boolean }>(DEADLOCKS);
        if (row?.connected === false) return row.deadlocks;
      }
    },
    async [Symbol.asyncDispose]() {
      await closePools();
      await admin.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The outcomes and how often each was answered. */
export function countOutcomes(answers: readonly Answer[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const { outcome } of answers) counted[outcome] = (counted[outcome] ?? 0) + 1;
  return counted;
}

const ADD_TOKEN = `
  with client as (
    insert into oauth.clients (
      id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types
    )
    values ($2, 'registered', $2, 'none', '{http://localhost/callback}', '{authorization_code}', '{code}')
    on conflict (id) do update set name = excluded.name
    returning id
  ), family as (
    insert into oauth.token_families (client_id, person_id, resource, scope, expires_at)
    select id, $3::uuid, $4, $5::text[], now() + interval '1 day' from client
    returning id, client_id, person_id, resource, scope
  )
  insert into oauth.access_tokens (jti, family_id, client_id, person_id, resource, scope, expires_at)
  select $1, id, client_id, person_id, resource, scope, now() + interval '1 hour' from family`;

/** Whoever is held until all have arrived may wait longer than the role allows: a slow machine is not what is tested. */
const PATIENCE = "select set_config('lock_timeout', '7s', true), set_config('statement_timeout', '7s', true)";

const ADD_DETAILS = `
  select set_config('request.jwt.claims', (current_setting('request.jwt.claims')::jsonb || $1::jsonb)::text, true)`;

const DEADLOCKS = `
  select deadlocks::integer, exists (
    select from pg_stat_activity where datname = current_database() and application_name = 'shop tools'
  ) as connected
  from pg_stat_database
  where datname = current_database()`;

async function meet(
  url: string,
  held: Statement,
  calls: readonly (() => Promise<Answer>)[],
): Promise<Answer[]> {
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  try {
    await holder.query("begin");
    await holder.query(held.text, [...held.values ?? []]);
    let settled = false;
    const answers = Promise.all(calls.map((call) => call())).finally(() => settled = true);
    answers.catch(() => {});
    for (let waiting = 0; waiting < calls.length && !settled;) {
      // pg_stat_activity is a snapshot of the transaction that looks at it.
      await holder.query("select pg_stat_clear_snapshot()");
      const { rows } = await holder.query<{ waiting: number }>(
        `select count(*)::integer as waiting from pg_stat_activity
        where datname = current_database() and application_name = 'shop tools' and wait_event_type = 'Lock'`,
      );
      waiting = rows[0]?.waiting ?? 0;
    }
    assert.ok(!settled, "somebody did not wait: something is decided without its lock");
    await holder.query("rollback");
    return await answers;
  } finally {
    await holder.end();
  }
}
