/**
 * Hosted wall: migrations are pushed by the official CLI, as a `postgres` that is no superuser, into a project whose
 * schema auth belongs to somebody else. On Postgres 15 (Debian's) and 17 (the embedded one), each a cluster of its own;
 * what they do not have is supautils. The whole store contract runs on what was pushed.
 */
import assert from "node:assert/strict";
import { prepareDatabase } from "../../local/database/prepare_database.ts";
import { inTemporaryFolder, query } from "../../local/postgres/testing/temporary_folder.ts";
import { startPostgres } from "../../local/postgres/start_postgres.ts";
import { DEBIAN_BINARIES, startDebianPostgres } from "../../local/testing/debian_postgres.ts";
import { onDatabase, TEST_SECRET, TEST_SERVER_VARIABLE } from "../../local/testing/test_database.ts";
import { parseKeyRing } from "../_shared/runtime/keys.ts";
import { errorCode } from "../_shared/runtime/sql.ts";
import { createPostgresStore as createAccountStore } from "../account/store/postgres_store.ts";
import type { Credential } from "../mcp/deps.ts";
import { SCENARIOS } from "./store_contract.ts";
import { newRotation, obtainTokens } from "./store_contract_stage.ts";
import { postgresWorld } from "./store_contract_worlds.ts";
import { hasSupabaseCli, pushMigrations } from "./testing/hosted_cli.ts";
import { type HostedProject, layHosted } from "./testing/hosted_layout.ts";
import { type HostedStage, setHostedStage } from "./testing/hosted_stage.ts";

type Run = (bootstrapUrl: string) => Promise<void>;

/** Copied by `freshDatabase`. */
const TEMPLATE = "sekisho_template";
const PG_CRON = "/usr/lib/postgresql/15/lib/pg_cron.so";
const keyRing = parseKeyRing(TEST_SECRET);
const cli = hasSupabaseCli();

const SERVERS: readonly {
  readonly label: string;
  readonly ignore: boolean;
  start(run: Run): Promise<void>;
}[] = [
  {
    label: "Postgres 15",
    ignore: !exists(`${DEBIAN_BINARIES}/postgres`),
    async start(run) {
      const server = await startDebianPostgres();
      assert.ok(server);
      try {
        await run(server.url);
      } finally {
        await server.stop();
      }
    },
  },
  {
    label: "Postgres 17",
    ignore: false,
    start: (run) =>
      inTemporaryFolder(async (folder) => {
        const server = await startPostgres({ folder, onProgress: () => {}, settings: { fsync: "off" } });
        try {
          await run(server.url);
        } finally {
          await server.stop();
        }
      }),
  },
];

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

for (const { label, ignore, start } of SERVERS) {
  Deno.test({
    name: `supabase db push sets a hosted project up on ${label}, and everything works there`,
    ignore: ignore || !cli,
    fn: (test) =>
      start(async (bootstrapUrl) => {
        const cluster = await layHosted(bootstrapUrl);
        const project = await cluster.createProject(TEMPLATE);
        const step = (name: string, fn: () => Promise<void>) => test.step(name, fn);

        if (
          !await step("db push applies every migration, then has nothing to do", () => pushTwice(project))
        ) return;
        await step("our own runner has nothing to do after it, and lets the functions in", async () => {
          assert.equal((await prepareDatabase(project.ownerUrl, keyRing)).created, false);
        });
        await onServer(onDatabase(project.ownerUrl, "postgres"), async () => {
          await step("the store keeps its contract", keepContract);
          for (const [name, check] of CHECKS) {
            await step(name, async () => {
              await using stage = await setHostedStage(project.authUrl);
              await check(stage);
            });
          }
        });
        if (label === "Postgres 15") {
          await test.step({
            name: "where the project has pg_cron, db push schedules the purge as postgres",
            ignore: !exists(PG_CRON),
            fn: async () => await pushWithCron(await cluster.createProjectWithCron()),
          });
        }
        await step("db push has nothing to do after our own runner", async () => {
          const other = await cluster.createProject("own_runner");
          assert.equal((await prepareDatabase(other.ownerUrl, keyRing)).created, true);
          assert.equal((await prepareDatabase(other.ownerUrl, keyRing)).created, false);
          const { code, upToDate, applied, said } = await pushMigrations(other.ownerUrl);
          assert.deepEqual({ code, upToDate, applied }, { code: 0, upToDate: true, applied: [] }, said);
        });
      }),
  });
}

async function pushTwice({ ownerUrl }: HostedProject): Promise<void> {
  const [owner] = await query(
    ownerUrl,
    "select current_user, rolsuper from pg_roles where rolname = current_user",
  );
  assert.deepEqual(owner, { current_user: "postgres", rolsuper: false });
  const first = await pushMigrations(ownerUrl);
  assert.equal(first.code, 0, first.said);
  assert.equal(first.applied?.length, migrationFiles().length, first.said);
  // Of config.toml: a key that this version of the CLI does not know.
  assert.doesNotMatch(first.said, /WARN/);
  const second = await pushMigrations(ownerUrl);
  const { code, upToDate, applied } = second;
  assert.deepEqual({ code, upToDate, applied }, { code: 0, upToDate: true, applied: [] }, second.said);
}

async function pushWithCron({ ownerUrl }: HostedProject): Promise<void> {
  const { code, said } = await pushMigrations(ownerUrl);
  assert.equal(code, 0, said);
  const jobs = await query(ownerUrl, "select jobname, username, active, command from cron.job");
  const command = "select oauth.purge_expired()";
  assert.deepEqual(jobs, [{ jobname: "sekisho-purge", username: "postgres", active: true, command }]);
}

function migrationFiles(): string[] {
  const names = [...Deno.readDirSync(new URL("../../migrations/", import.meta.url))].map(({ name }) => name);
  return names.filter((name) => name.endsWith(".sql"));
}

/** Runs with the test database's server replaced by this one. */
async function onServer(url: string, run: () => Promise<void>): Promise<void> {
  const before = Deno.env.get(TEST_SERVER_VARIABLE);
  Deno.env.set(TEST_SERVER_VARIABLE, url);
  try {
    await run();
  } finally {
    if (before === undefined) Deno.env.delete(TEST_SERVER_VARIABLE);
    else Deno.env.set(TEST_SERVER_VARIABLE, before);
  }
}

async function keepContract(): Promise<void> {
  await using world = await postgresWorld();
  for (const { name, run } of SCENARIOS) {
    await world.empty();
    await run(world).catch((cause) => assert.fail(`${name}: ${cause}`));
  }
}

const CHECKS: readonly (readonly [name: string, check: (stage: HostedStage) => Promise<void>])[] = [
  ["a tool sees its person's rows only, and only with the scope", async (stage) => {
    const names = async (scope: string[], person: string) => {
      const access = await stage.access(person, scope);
      const found = await stage.tools.queryAsPerson<{ name: string }>(
        access,
        "select name from shop.products",
        [],
      );
      return found.map((row) => row.name);
    };
    assert.deepEqual(await names(["product:read"], stage.people[0]), ["of the first"]);
    assert.deepEqual(await names(["product:read"], stage.people[1]), ["of the second"]);
    assert.deepEqual(await names(["booking:read"], stage.people[0]), []);
  }],

  [
    "what a tool changes through a function is held by policies to the person and the scope",
    async (stage) => {
      const [own, others] = await Promise.all(stage.people.map(async (person) => {
        const access = await stage.access(person, ["product:read"]);
        const [product] = await stage.tools.queryAsPerson<{ id: string }>(
          access,
          "select id from shop.products",
          [],
        );
        return product?.id;
      }));
      const change = async (scope: string[], product: string | undefined) => {
        const [row] = await stage.tools.queryAsPerson<{ outcome: string }>(
          await stage.access(stage.people[0], scope),
          `select shop.update_product(
          p_product_id => $1::uuid, p_name => null, p_price_minor => null, p_stock_change => 1
        ) ->> 'outcome' as outcome`,
          [product],
        );
        return row?.outcome;
      };
      assert.equal(await change(["product:read"], own), "not_granted");
      assert.equal(await change(["product:write"], others), "product_unknown");
      assert.equal(await change(["product:write"], own), "updated");
    },
  ],

  ["a tool reaches nothing of Supabase Auth, of oauth, or of another role", async (stage) => {
    const access = await stage.access(stage.people[0], ["product:read"]);
    for (const text of BEYOND_A_TOOL) {
      assert.equal(await codeOf(() => stage.tools.queryAsPerson(access, text, [])), "42501", text);
    }
  }],

  ["the functions' logins execute functions and nothing else", async (stage) => {
    for (const sql of [stage.oauth, stage.mcp]) {
      for (const text of BEYOND_A_LOGIN) {
        assert.equal(await codeOf(() => sql.query({ text })), "42501", text);
      }
    }
    assert.equal(await codeOf(() => stage.oauth.query({ text: "set role sekisho_person" })), "42501");
  }],

  ["a person's account shows and ends their own, and its login reaches nothing else", async (stage) => {
    const [first, second] = stage.people;
    const [own, other] = [
      await stage.access(first, ["product:read"]),
      await stage.access(second, ["product:read"]),
    ];
    const account = createAccountStore(stage.account);
    const [app, ...more] = await account.listConnectedApps(first);
    assert.equal(app?.client.id, own.clientId);
    assert.deepEqual(more, []);
    assert.ok((await account.listActivity(first, null, 100)).some(({ event }) => event === "tokens_issued"));
    const rows = await stage.account.query({ text: "select from oauth.connected_apps" });
    assert.deepEqual(rows, [], "without a person");
    await account.disconnectApp(first, own.clientId);
    assert.deepEqual([await aliveness(stage, own.credential), await aliveness(stage, other.credential)], [
      "dead",
      "leased",
    ]);
    // The one login that may look at what clients are called, and finds none without a person.
    const names = "select id from oauth.clients";
    assert.deepEqual(await stage.account.query({ text: names }), []);
    const beyond = BEYOND_A_LOGIN.filter((text) => text !== names);
    for (const text of [...beyond, "set role sekisho_person", "select secret_hash from oauth.clients"]) {
      assert.equal(await codeOf(() => stage.account.query({ text })), "42501", text);
    }
  }],

  ["what belongs to a person needs one, and goes when Supabase Auth erases the person", async (stage) => {
    const nobody = crypto.randomUUID();
    assert.equal(await codeOf(() => stage.addProduct(nobody, "of nobody")), "23503");
    const [person] = stage.people;
    const { jti } = await obtainTokens(stage.of(person));
    assert.equal(await aliveness(stage, { kind: "access_token", jti }), "leased");
    assert.deepEqual(await stage.countOf(person), { consents: 1, codes: 1, families: 1, products: 1 });
    await stage.auth.query({ text: "delete from auth.users where id = $1", values: [person] });
    assert.deepEqual(await stage.countOf(person), { consents: 0, codes: 0, families: 0, products: 0 });
    assert.equal(await aliveness(stage, { kind: "access_token", jti }), "dead");
  }],

  ["a person whom Supabase Auth bans gets nothing more", async (stage) => {
    const [person] = stage.people;
    const own = stage.of(person);
    const { jti, tokenHash } = await obtainTokens(own);
    await stage.auth.query({
      text: "update auth.users set banned_until = now() + interval '1 hour' where id = $1",
      values: [person],
    });
    assert.equal(await aliveness(stage, { kind: "access_token", jti }), "dead");
    const rotated = await own.world.store.rotateRefreshToken(await newRotation(own, tokenHash));
    assert.equal(rotated.outcome, "person_inactive");
  }],
];

/** What the resource server hears of a token. */
const aliveness = async (stage: HostedStage, credential: Credential) => {
  const lease = { callsPerHour: 1000, wanted: 1, returned: 0, returnedMinute: 0 };
  return (await stage.tools.leaseCalls({
    credential,
    resource: stage.resource,
    ...lease,
  })).outcome;
};

const BEYOND_A_TOOL = [
  "select auth.uid()",
  "select id from auth.users",
  "select jti from oauth.access_tokens",
  "select oauth.purge_expired()",
  "select set_config('role', 'authenticated', true)",
  "insert into shop.products (owner_id, name, price_minor, currency, stock) values (access.person_id(), 'x', 1, 'JPY', 1)",
  "create table public.mine ()",
];

const BEYOND_A_LOGIN = [
  "select id from auth.users",
  "select id from oauth.clients",
  "select id from shop.products",
  "select oauth.person_is_active(gen_random_uuid())",
  "set role authenticated",
  "set role service_role",
  "set role postgres",
  "create table public.mine ()",
  "create schema mine",
];

async function codeOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
    return "";
  } catch (error) {
    return errorCode(error);
  }
}
