/** Store contract: signing keys, and the secrets under which they are sealed. */
import assert from "node:assert/strict";
import {
  knowSecrets,
  newHash,
  newSigningKey,
  obtainTokens,
  rotate,
  setStage,
} from "./store_contract_stage.ts";
import type { Scenario, World } from "./store_contract_world.ts";

const DAY_SECONDS = 86_400;
const RESOURCE = "https://mcp.example/mcp";

/** What is listed, `-` before the kid of a key without a private part. */
async function listed({ store }: World): Promise<[string[], string | null]> {
  const { keys, missing } = await store.listSigningKeys();
  return [keys.map(({ kid, sealedPrivateKey }) => sealedPrivateKey === null ? `-${kid}` : kid), missing];
}

export const keyScenarios: readonly Scenario[] = [
  {
    name: "checkSecrets knows a secret again, alone or among others",
    async run(world) {
      const { store } = world;
      const [one, two] = await knowSecrets(world, "one", "two");
      assert.ok(one !== undefined && two !== undefined);
      for (const checks of [[one], [two], [two, one]]) assert.equal(await store.checkSecrets(checks), "fits");
    },
  },
  {
    name:
      "checkSecrets answers differs for another value under a known id, and remembers nothing of that attempt",
    async run(world) {
      const { store } = world;
      const [one] = await knowSecrets(world, "one");
      assert.ok(one !== undefined);
      const wrong = [{ id: "one", value: await newHash() }, { id: "new", value: await newHash() }];
      assert.equal(await store.checkSecrets(wrong), "differs");
      const right = [one, { id: "new", value: await newHash() }];
      assert.equal(await store.checkSecrets(right), "fits");
    },
  },
  {
    name:
      "checkSecrets answers missing without the secret of a key that may sign, and remembers nothing of that attempt",
    async run(world) {
      const { store } = world;
      const [one] = await knowSecrets(world, "one");
      assert.ok(one !== undefined);
      await store.createSigningKey(newSigningKey("key"));
      const other = async () => ({ id: "other", value: await newHash() });
      assert.equal(await store.checkSecrets([await other()]), "missing");
      assert.equal(await store.checkSecrets([await other(), one]), "fits");
      await world.revokeSigningKey("key");
      assert.equal(await store.checkSecrets([{ id: "third", value: await newHash() }]), "fits");
    },
  },
  {
    name: "createSigningKey records the first key, which signs at once, and the next, and no third",
    async run(world) {
      const { store } = world;
      await knowSecrets(world, "one");
      assert.deepEqual(await listed(world), [[], "active"]);
      assert.equal(await store.createSigningKey(newSigningKey("a")), "created");
      assert.deepEqual(await listed(world), [["a"], "next"]);
      assert.equal(await store.createSigningKey(newSigningKey("b")), "created");
      assert.deepEqual(await listed(world), [["a", "b"], null]);
      assert.equal(await store.createSigningKey(newSigningKey("c")), "exists");
      const { publicJwk, sealedPrivateKey } = newSigningKey("a");
      assert.deepEqual((await store.listSigningKeys()).keys[0], { kid: "a", publicJwk, sealedPrivateKey });
    },
  },
  {
    name: "createSigningKey lets one of many simultaneous proposals win",
    async run(world) {
      const { store } = world;
      await knowSecrets(world, "one");
      await store.createSigningKey(newSigningKey("active"));
      const outcomes = await world.simultaneously(
        Array.from({ length: 8 }, (_, index) => () => store.createSigningKey(newSigningKey(`k${index}`))),
      );
      assert.equal(outcomes.filter((outcome) => outcome === "created").length, 1);
      assert.equal(outcomes.filter((outcome) => outcome === "exists").length, 7);
      assert.deepEqual(await listed(world), [["active", `k${outcomes.indexOf("created")}`], null]);
    },
  },
  {
    name: "createSigningKey refuses a key under an unknown secret or with a private part in public",
    async run(world) {
      const { store } = world;
      await knowSecrets(world, "one");
      await assert.rejects(store.createSigningKey(newSigningKey("a", { secretId: "nobody's" })));
      const publicJwk = { ...newSigningKey("a").publicJwk, d: "private" };
      await assert.rejects(store.createSigningKey(newSigningKey("a", { publicJwk })));
      assert.deepEqual(await listed(world), [[], "active"]);
    },
  },
  {
    name: "the next key signs when its time comes, and tokens of the old one live until they expire",
    async run(world) {
      const stage = await setStage(world);
      await world.store.createSigningKey(newSigningKey("next", { days: 30 }));
      await world.elapse(30 * DAY_SECONDS - 60);
      const before = await obtainTokens(stage);
      assert.equal(before.issued.kid, "key");
      await world.elapse(60);
      assert.deepEqual(await listed(world), [["next", "-key"], "next"]);
      assert.equal((await obtainTokens(stage)).issued.kid, "next");
      assert.equal(await world.accessTokenIsLive(before.jti, RESOURCE), true);
    },
  },
  {
    name: "a next key that comes late is published for ten minutes before it signs",
    async run(world) {
      const stage = await setStage(world);
      await world.elapse(365 * DAY_SECONDS);
      await world.store.createSigningKey(newSigningKey("next"));
      await world.elapse(590);
      assert.equal((await obtainTokens(stage)).issued.kid, "key");
      await world.elapse(10);
      assert.equal((await obtainTokens(stage)).issued.kid, "next");
    },
  },
  {
    name: "a revoked key is not listed, its tokens are dead, the next takes over, refresh tokens go on",
    async run(world) {
      const stage = await setStage(world);
      await world.store.createSigningKey(newSigningKey("next"));
      const { jti, tokenHash } = await obtainTokens(stage);
      await world.revokeSigningKey("key");
      assert.deepEqual(await listed(world), [["next"], "next"]);
      assert.equal(await world.accessTokenIsLive(jti, RESOURCE), false);
      const refreshed = await rotate(stage, tokenHash);
      assert.equal(await world.accessTokenIsLive(refreshed.jti, RESOURCE), true);
    },
  },
  {
    name: "without a key that signs nothing is issued and nothing consumed, until one is made",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      await world.revokeSigningKey("key");
      assert.deepEqual(await listed(world), [[], "active"]);
      await assert.rejects(rotate(stage, tokenHash));
      assert.equal(await world.store.createSigningKey(newSigningKey("made")), "created");
      await rotate(stage, tokenHash);
    },
  },
  {
    name: "a next key that is revoked never signs, and another may follow",
    async run(world) {
      const stage = await setStage(world);
      await world.store.createSigningKey(newSigningKey("stolen"));
      await world.revokeSigningKey("stolen");
      assert.deepEqual(await listed(world), [["key"], "next"]);
      assert.equal(await world.store.createSigningKey(newSigningKey("next")), "created");
      await world.elapse(91 * DAY_SECONDS);
      assert.equal((await obtainTokens(stage)).issued.kid, "next");
    },
  },
];
