/** Runs the contract of the account's store on both stores. Postgres needs the server that the test run starts. */
import assert from "node:assert/strict";
import pg from "pg";
import { freshDatabase, TEST_SERVER_VARIABLE } from "../../local/testing/test_database.ts";
import { connectSql } from "../_shared/runtime/sql.ts";
import { createPostgresStore } from "../account/store/postgres_store.ts";
import { createMemoryStore } from "../account/testing/memory_store.ts";
import { ACCOUNT_SCENARIOS, type AccountWorld } from "./account_contract.ts";
import { ACCOUNT_KEY_SCENARIOS } from "./account_contract_keys.ts";

const SCENARIOS = [...ACCOUNT_SCENARIOS, ...ACCOUNT_KEY_SCENARIOS];

// deno-lint-ignore require-await
const atOnce = async <Value>(answer: () => Value): Promise<Value> => answer();

function memoryWorld(): AccountWorld {
  const memory = createMemoryStore(new Date());
  return {
    store: memory.store,
    addPerson: () =>
      atOnce(() => {
        const id = crypto.randomUUID();
        memory.people.add(id);
        return id;
      }),
    banPerson: (id) => atOnce(() => void memory.people.delete(id)),
    addClient: (client) => atOnce(() => void memory.clients.set(client.id, client)),
    addResource: (identifier, scopes) => atOnce(() => void memory.resources.set(identifier, scopes)),
    addFamily: (family) => atOnce(() => void memory.families.push(family)),
    addEvent: (event) => atOnce(() => void memory.events.push(event)),
    listHeld: () =>
      atOnce(() =>
        memory.families.filter(({ expires }) => expires > 0)
          .map(({ personId, clientId }) => `${personId} ${clientId}`)
      ),
  };
}

async function postgresWorld(): Promise<AccountWorld & AsyncDisposable> {
  const database = await freshDatabase();
  const sql = connectSql(database.accountUrl, "test");
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  const run = async (text: string, values: readonly unknown[]) => void await owner.query(text, [...values]);
  return {
    store: createPostgresStore(sql),
    async addPerson() {
      const id = crypto.randomUUID();
      await run("insert into auth.users (id, email) values ($1::uuid, $1::text || '@example.test')", [id]);
      return id;
    },
    banPerson: (id) =>
      run("update auth.users set banned_until = now() + interval '1 day' where id = $1", [id]),
    addClient: ({ id, name, uri, verified, blocked }) =>
      run(
        `insert into oauth.clients (
          id, origin, name, uri, verified, blocked_at, token_endpoint_auth_method, redirect_uris, grant_types, response_types
        )
        values (
          $1, 'registered', $2, $3, $4, case when $5::boolean then now() end, 'none', '{https://a.test/callback}',
          '{authorization_code}', '{code}'
        )`,
        [id, name, uri, verified, blocked],
      ),
    addResource: (identifier, scopes) =>
      run(
        "insert into oauth.resources (identifier, name, scopes, default_scope) values ($1, 'Test', $2, '{x:read}')",
        [identifier, JSON.stringify(scopes)],
      ),
    addFamily: ({ personId, clientId, resource, scope, since, lastUsed, expires }) =>
      run(
        `insert into oauth.token_families (person_id, client_id, resource, scope, created_at, last_used_at, expires_at)
        select
          $1, $2, $3, $4, moment - make_interval(secs => $5), moment - make_interval(secs => $6),
          moment + make_interval(secs => $7)
        from (select date_trunc('minute', now()) as moment) as rounded`,
        [personId, clientId, resource, scope, since, lastUsed, expires],
      ),
    addEvent: ({ at, event, personId, clientId, resource, details, addressPrefix }) =>
      run(
        `insert into oauth.audit_events (
          occurred_at, event, person_id, client_id, resource, details, address_prefix
        )
        values (timestamptz 'epoch' + $1::bigint * interval '1 microsecond', $2, $3, $4, $5, $6, $7)`,
        [String(at), event, personId, clientId, resource, JSON.stringify(details), addressPrefix],
      ),
    async listHeld() {
      const { rows } = await owner.query<{ held: string }>(
        `select person_id || ' ' || client_id as held from oauth.token_families
        where revoked_at is null and expires_at > now()`,
      );
      return rows.map(({ held }) => held);
    },
    async [Symbol.asyncDispose]() {
      await owner.end();
      await sql.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

for (const { name, run } of SCENARIOS) {
  Deno.test(`account, memory store: ${name}`, () => run(memoryWorld()));
}

const needsPostgres = { ignore: Deno.env.get(TEST_SERVER_VARIABLE) === undefined };

Deno.test({
  name: "account, postgres store: keeps the same contract",
  ...needsPostgres,
  async fn(test) {
    for (const { name, run } of SCENARIOS) {
      await test.step(name, async () => {
        await using world = await postgresWorld();
        await run(world);
      });
    }
  },
});

Deno.test({
  name:
    "account, postgres store: a statement that is nobody's sees nothing, and one of a lost person is never run",
  ...needsPostgres,
  async fn() {
    await using database = await freshDatabase();
    const sql = connectSql(database.accountUrl, "test");
    try {
      const [row] = await sql.query<{ count: string }>({
        text:
          "select (select count(*) from oauth.connected_apps) + (select count(*) from oauth.own_activity) as count",
      });
      assert.equal(row?.count, "0");
      const store = createPostgresStore({
        transaction: ([, ...statements]) => sql.transaction([{ text: "select 1" }, ...statements]),
      });
      await assert.rejects(store.disconnectEveryApp("anybody"), /login_required/);
      assert.deepEqual(await store.listActivity("anybody", null, 10), []);
    } finally {
      await sql.close();
    }
  },
});
