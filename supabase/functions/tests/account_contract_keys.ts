/** What the account's store keeps to about API keys, as scenarios that run in memory and on Postgres. */
import assert from "node:assert/strict";
import { toBase64Url } from "../_shared/encoding.ts";
import type { ProposedApiKey } from "../account/deps.ts";
import type { AccountScenario } from "./account_contract.ts";

const RESOURCE = "https://rs.test/mcp";
const SCOPES = [{ name: "product:read", description: { en: "See", ja: "見る" } }];

function newKey(change: Partial<ProposedApiKey> = {}): ProposedApiKey {
  return {
    id: `key_${toBase64Url(crypto.getRandomValues(new Uint8Array(16)))}`,
    keyHash: crypto.getRandomValues(new Uint8Array(32)),
    name: "A key",
    resource: RESOURCE,
    scope: ["product:read"],
    days: 30,
    ...change,
  };
}

export const ACCOUNT_KEY_SCENARIOS: readonly AccountScenario[] = [
  {
    name: "createApiKey makes a key of one person, which that person alone sees",
    async run({ store, addPerson, addResource }) {
      const [alice, bob] = [await addPerson(), await addPerson()];
      await addResource(RESOURCE, SCOPES);
      const key = newKey();
      assert.deepEqual(await store.createApiKey(alice, key), { outcome: "created" });
      const [own, ...more] = await store.listApiKeys(alice);
      assert.ok(own !== undefined && more.length === 0);
      const { createdAt, expiresAt, ...rest } = own;
      const { id, name, scope } = key;
      assert.deepEqual(rest, { id, name, scope, resource: RESOURCE, lastUsedAt: null });
      assert.equal(expiresAt.getTime() - createdAt.getTime(), 30 * 86_400_000);
      assert.deepEqual(await store.listApiKeys(bob), []);
    },
  },
  {
    name: "createApiKey refuses what the resource does not offer, and a twenty-first key",
    async run({ store, addPerson, addResource }) {
      const [alice, bob] = [await addPerson(), await addPerson()];
      await addResource(RESOURCE, SCOPES);
      const make = async (change: Partial<ProposedApiKey>, person = alice) =>
        (await store.createApiKey(person, newKey(change))).outcome;
      assert.equal(await make({ resource: "https://nowhere.test" }), "resource_unknown");
      assert.equal(await make({ scope: ["product:write"] }), "scope_unknown");
      assert.equal(await make({ scope: ["product:read", "product:*"] }), "scope_unknown");
      for (let count = 0; count < 20; count++) assert.equal(await make({}), "created");
      assert.equal(await make({}), "too_many");
      assert.equal(await make({}, bob), "created");
      const [first] = await store.listApiKeys(alice);
      await store.revokeApiKey(alice, first?.id ?? "");
      assert.equal(await make({}), "created");
    },
  },
  {
    name: "revokeApiKey ends the person's own key, and nobody else's",
    async run({ store, addPerson, addResource }) {
      const [alice, bob] = [await addPerson(), await addPerson()];
      await addResource(RESOURCE, SCOPES);
      const [lost, kept] = [newKey(), newKey()];
      for (const key of [lost, kept]) await store.createApiKey(alice, key);
      await store.revokeApiKey(bob, lost.id);
      assert.equal((await store.listApiKeys(alice)).length, 2);
      for (let time = 0; time < 2; time++) await store.revokeApiKey(alice, lost.id);
      assert.deepEqual((await store.listApiKeys(alice)).map(({ id }) => id), [kept.id]);
    },
  },
  {
    name: "disconnectEveryApp ends the person's keys too",
    async run({ store, addPerson, addResource }) {
      const [alice, bob] = [await addPerson(), await addPerson()];
      await addResource(RESOURCE, SCOPES);
      for (const person of [alice, bob]) await store.createApiKey(person, newKey());
      await store.disconnectEveryApp(alice);
      assert.deepEqual(await store.listApiKeys(alice), []);
      assert.equal((await store.listApiKeys(bob)).length, 1);
    },
  },
  {
    name: "keys of somebody who may not act are out of reach",
    async run({ store, addPerson, banPerson, addResource }) {
      const alice = await addPerson();
      await addResource(RESOURCE, SCOPES);
      await banPerson(alice);
      const refused = { code: "login_required", reason: "person_inactive" };
      await assert.rejects(store.listApiKeys(alice), refused);
      await assert.rejects(store.listResources(alice), refused);
      await assert.rejects(store.createApiKey(alice, newKey()), refused);
      await assert.rejects(store.revokeApiKey(alice, newKey().id), refused);
    },
  },
  {
    name: "listResources tells what a key may be for",
    async run({ store, addPerson, addResource }) {
      const alice = await addPerson();
      await addResource(RESOURCE, SCOPES);
      assert.deepEqual(
        (await store.listResources(alice)).map(({ resource, scopes }) => ({ resource, scopes })),
        [{ resource: RESOURCE, scopes: SCOPES }],
      );
    },
  },
];
