/** What the account's store keeps to, as scenarios that run in memory and on Postgres. */
import assert from "node:assert/strict";
import { OAuthError } from "../_shared/oauth_error.ts";
import type { AccountStore } from "../account/deps.ts";
import type { HeldFamily, KnownClient, KnownResource, ToldEvent } from "../account/testing/memory_store.ts";

/** A store with the rest of its world: people, clients, what they hold, and the trail. */
export interface AccountWorld {
  readonly store: AccountStore;
  addPerson(): Promise<string>;
  banPerson(id: string): Promise<void>;
  addClient(client: KnownClient): Promise<void>;
  addResource(identifier: string, scopes: KnownResource): Promise<void>;
  addFamily(family: HeldFamily): Promise<void>;
  addEvent(event: ToldEvent): Promise<void>;
  /** Person and client of everything that can still be used. */
  listHeld(): Promise<readonly string[]>;
}

export interface AccountScenario {
  readonly name: string;
  run(world: AccountWorld): Promise<void>;
}

const RESOURCE = "https://rs.test/mcp";
const OTHER_RESOURCE = "https://rs.test/other";
const SCOPES: KnownResource = [{ name: "product:read", description: { en: "See", ja: "見る" } }];
const NOON = BigInt(Date.parse("2026-11-21T12:00:00Z")) * 1000n;

const client = (id: string, change: Partial<KnownClient> = {}): KnownClient => ({
  id,
  name: `App ${id}`,
  uri: null,
  verified: false,
  blocked: false,
  ...change,
});

const told = (personId: string | null, at: bigint, change: Partial<ToldEvent> = {}): ToldEvent => ({
  at,
  event: "consented",
  personId,
  clientId: "client_a",
  resource: RESOURCE,
  details: {},
  addressPrefix: null,
  ...change,
});

/** Two people, two clients, two resources. */
async function populate(world: AccountWorld) {
  const [alice, bob] = [await world.addPerson(), await world.addPerson()];
  await world.addResource(RESOURCE, SCOPES);
  await world.addResource(OTHER_RESOURCE, []);
  for (const id of ["client_a", "client_b"]) await world.addClient(client(id));
  const hold = (personId: string, clientId: string, change: Partial<HeldFamily> = {}) =>
    world.addFamily({
      personId,
      clientId,
      resource: RESOURCE,
      scope: ["product:read"],
      since: 3600,
      lastUsed: 60,
      expires: 3600,
      ...change,
    });
  return { alice, bob, hold };
}

const isRefused = (error: unknown) => {
  assert.ok(error instanceof OAuthError);
  assert.deepEqual([error.code, error.reason], ["login_required", "person_inactive"]);
  return true;
};

const scenario = (name: string, run: (world: AccountWorld) => Promise<void>): AccountScenario => ({
  name,
  run,
});

export const ACCOUNT_SCENARIOS: readonly AccountScenario[] = [
  scenario(
    "listConnectedApps gathers what a client holds, by resource, the one used last first",
    async (world) => {
      const { alice, bob, hold } = await populate(world);
      await world.addClient(client("client_c", { uri: "https://c.test/", verified: true, blocked: true }));
      await hold(alice, "client_c", { lastUsed: 10 });
      await hold(alice, "client_a", { since: 7200, lastUsed: 100 });
      await hold(alice, "client_a", { scope: ["product:write", "product:read"], lastUsed: 50 });
      await hold(alice, "client_a", { resource: OTHER_RESOURCE, scope: ["x:read"], lastUsed: 200 });
      await hold(alice, "client_b", { expires: -1, lastUsed: 0 });
      await hold(bob, "client_b");
      const apps = await world.store.listConnectedApps(alice);
      assert.deepEqual(apps.map(({ client, blocked }) => ({ ...client, blocked })), [
        { id: "client_c", name: "App client_c", uri: "https://c.test/", verified: true, blocked: true },
        { id: "client_a", name: "App client_a", uri: null, verified: false, blocked: false },
      ]);
      const app = apps[1];
      assert.ok(app !== undefined);
      assert.equal(app.lastUsedAt.getTime() - app.since.getTime(), (7200 - 50) * 1000);
      assert.deepEqual(app.access, [
        { resource: RESOURCE, scope: ["product:read", "product:write"], resourceScopes: SCOPES },
        { resource: OTHER_RESOURCE, scope: ["x:read"], resourceScopes: [] },
      ]);
    },
  ),
  scenario("listConnectedApps of somebody without apps is empty", async (world) => {
    const { alice, bob, hold } = await populate(world);
    await hold(bob, "client_a");
    assert.deepEqual(await world.store.listConnectedApps(alice), []);
  }),
  scenario(
    "disconnectApp ends one client's part of one person, and again is no error",
    async (world) => {
      const { alice, bob, hold } = await populate(world);
      for (const person of [alice, bob]) {
        for (const id of ["client_a", "client_a", "client_b"]) await hold(person, id);
      }
      await world.store.disconnectApp(alice, "nobody");
      assert.equal((await world.listHeld()).length, 6);
      for (let time = 0; time < 2; time++) {
        await world.store.disconnectApp(alice, "client_a");
        const left = [`${alice} client_b`, `${bob} client_a`, `${bob} client_a`, `${bob} client_b`];
        assert.deepEqual([...await world.listHeld()].sort(), left.sort());
      }
      const events = await world.store.listActivity(alice, null, 10);
      assert.deepEqual(
        events.map(({ event, clientId, because }) => [event, clientId, because]),
        Array(2).fill(["tokens_revoked", "client_a", "disconnected by the person"]),
        "one for each that ended",
      );
      assert.deepEqual(await world.store.listActivity(bob, null, 10), []);
    },
  ),
  scenario("disconnectEveryApp ends every client's part of one person", async (world) => {
    const { alice, bob, hold } = await populate(world);
    for (const person of [alice, bob]) {
      for (const id of ["client_a", "client_b"]) await hold(person, id);
    }
    for (let time = 0; time < 2; time++) await world.store.disconnectEveryApp(alice);
    assert.deepEqual([...await world.listHeld()].sort(), [`${bob} client_a`, `${bob} client_b`].sort());
    const events = await world.store.listActivity(alice, null, 10);
    assert.deepEqual(
      events.map(({ because }) => because),
      Array(2).fill("signed out everywhere by the person"),
    );
  }),
  scenario("listActivity tells all that names the person, and of nobody else", async (world) => {
    const { alice, bob } = await populate(world);
    const details = { scope: ["product:write", "product:read"] };
    await world.addEvent(told(alice, NOON + 1n, { details, addressPrefix: "192.0.2.0/24" }));
    await world.addEvent(told(bob, NOON + 2n));
    await world.addEvent(told(null, NOON + 3n, { event: "client_blocked" }));
    await world.addEvent(told(alice, NOON + 4n, {
      event: "tokens_revoked",
      clientId: "client_gone",
      details: { because: "revoked by the operator" },
    }));
    await world.addEvent(
      told(alice, NOON + 5n, { event: "request_refused", clientId: null, resource: null }),
    );
    await world.addEvent(told(alice, NOON + 6n, {
      event: "api_key_created",
      clientId: "key_a",
      details: { name: "A key", scope: ["product:read"] },
    }));
    const event = { resource: RESOURCE, because: null, scope: [], addressPrefix: null };
    assert.deepEqual(await world.store.listActivity(alice, null, 10), [
      {
        ...event,
        at: String(NOON + 6n),
        event: "api_key_created",
        clientId: "key_a",
        clientName: "A key",
        scope: ["product:read"],
      },
      {
        ...event,
        at: String(NOON + 5n),
        event: "request_refused",
        clientId: null,
        clientName: null,
        resource: null,
      },
      {
        ...event,
        at: String(NOON + 4n),
        event: "tokens_revoked",
        clientId: "client_gone",
        clientName: null,
        because: "revoked by the operator",
      },
      {
        ...event,
        at: String(NOON + 1n),
        event: "consented",
        clientId: "client_a",
        clientName: "App client_a",
        scope: ["product:write", "product:read"],
        addressPrefix: "192.0.2.0/24",
      },
    ]);
  }),
  scenario(
    "listActivity tells no code, and a renewal only where a network is new to that client",
    async (world) => {
      const { alice, bob } = await populate(world);
      const [issued, renewed] = ["tokens_issued", "tokens_refreshed"];
      const [home, away] = ["192.0.2.0/24", "2001:db8:1::/48"];
      const events: [
        person: string,
        event: string,
        clientId: string,
        addressPrefix: string | null,
        isTold: boolean,
      ][] = [
        [alice, issued, "client_a", home, true],
        [alice, renewed, "client_a", home, false],
        [bob, renewed, "client_a", away, true],
        [alice, renewed, "client_b", home, true],
        [alice, renewed, "client_a", away, true],
        [alice, renewed, "client_a", home, false],
        [alice, renewed, "client_a", away, false],
        [alice, "consented", "client_a", home, true],
        [alice, "code_issued", "client_a", home, false],
        [alice, issued, "client_a", home, true],
        [alice, renewed, "client_a", null, true],
        [alice, renewed, "client_a", null, false],
      ];
      for (const [offset, [person, event, clientId, addressPrefix]] of events.entries()) {
        await world.addEvent(told(person, NOON + BigInt(offset), { event, clientId, addressPrefix }));
      }
      const newest = events.toReversed().filter(([person, , , , isTold]) => person === alice && isTold);
      const list = async (before: string | null) =>
        (await world.store.listActivity(alice, before, 10)).map((
          { event, clientId, addressPrefix },
        ) => [event, clientId, addressPrefix]);
      const expected = newest.map(([, event, clientId, addressPrefix]) => [event, clientId, addressPrefix]);
      assert.deepEqual(await list(null), expected);
      assert.deepEqual(await list(String(NOON + 9n)), expected.slice(2), "whatever page it is on");
    },
  ),
  scenario("listActivity by pages tells each event once, also those of one instant", async (world) => {
    const { alice, bob } = await populate(world);
    // Pairs and triples of one microsecond, and neighbours that a Date could not tell apart.
    const instants = [0n, 1n, 1n, 2n, 2n, 2n, 3n, 999n, 1000n, 1000n, 5000n];
    for (const offset of instants) {
      await world.addEvent(told(alice, NOON + offset));
      await world.addEvent(told(bob, NOON + offset));
    }
    for (const most of [1, 2, 3, 4, 100]) {
      const seen: string[] = [];
      let before: string | null = null;
      for (;;) {
        const page = await world.store.listActivity(alice, before, most);
        seen.push(...page.map(({ at }) => at));
        if (page.length < most) break;
        before = page.at(-1)?.at ?? null;
      }
      assert.deepEqual(
        seen,
        instants.map((offset) => String(NOON + offset)).toReversed(),
        `${most} at a time`,
      );
    }
    assert.deepEqual(await world.store.listActivity(alice, "0", 10), []);
    assert.equal((await world.store.listActivity(alice, "9".repeat(16), 100)).length, instants.length);
  }),
  scenario(
    "each operation refuses a person who was banned or does not exist, and does nothing",
    async (world) => {
      const { alice, hold } = await populate(world);
      await hold(alice, "client_a");
      await world.banPerson(alice);
      for (const person of [alice, crypto.randomUUID()]) {
        await assert.rejects(world.store.listConnectedApps(person), isRefused);
        await assert.rejects(world.store.disconnectApp(person, "client_a"), isRefused);
        await assert.rejects(world.store.disconnectEveryApp(person), isRefused);
        await assert.rejects(world.store.listActivity(person, null, 10), isRefused);
      }
      assert.deepEqual(await world.listHeld(), [`${alice} client_a`]);
    },
  ),
];
