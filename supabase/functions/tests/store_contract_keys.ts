/** Store contract: signing keys. */
import assert from "node:assert/strict";
import type { StoredSigningKey } from "../oauth/deps.ts";
import type { Scenario } from "./store_contract_world.ts";

/** The one secret that both worlds know. */
const secretId = "test";

function newKey(kid: string): StoredSigningKey {
  return {
    kid,
    publicJwk: { kty: "EC", crv: "P-256", x: "x", y: "y", kid, alg: "ES256", use: "sig" },
    sealedPrivateKey: `test.sealed-${kid}`,
  };
}

export const keyScenarios: readonly Scenario[] = [
  {
    name: "createFirstSigningKey records the key that is proposed when there is none",
    async run({ store }) {
      assert.deepEqual(await store.listSigningKeys(), []);
      assert.equal(await store.createFirstSigningKey({ ...newKey("one"), secretId }), "created");
      assert.deepEqual(await store.listSigningKeys(), [newKey("one")]);
      assert.equal(await store.createFirstSigningKey({ ...newKey("two"), secretId }), "exists");
      assert.deepEqual(await store.listSigningKeys(), [newKey("one")]);
    },
  },
  {
    name: "createFirstSigningKey lets one of many simultaneous proposals win",
    async run({ store }) {
      const outcomes = await Promise.all(
        Array.from(
          { length: 8 },
          (_, index) => store.createFirstSigningKey({ ...newKey(`k${index}`), secretId }),
        ),
      );
      assert.equal(outcomes.filter((outcome) => outcome === "created").length, 1);
      assert.equal(outcomes.filter((outcome) => outcome === "exists").length, 7);
      const [winner] = await store.listSigningKeys();
      assert.equal(winner?.kid, `k${outcomes.indexOf("created")}`);
    },
  },
  {
    name: "listSigningKeys answers the youngest first and no retired one",
    async run({ store, recordSigningKey, retireSigningKeys }) {
      await recordSigningKey({ ...newKey("old"), secretId });
      await recordSigningKey({ ...newKey("new"), secretId });
      assert.deepEqual((await store.listSigningKeys()).map((key) => key.kid), ["new", "old"]);
      await retireSigningKeys();
      assert.deepEqual(await store.listSigningKeys(), []);
      assert.equal(await store.createFirstSigningKey({ ...newKey("next"), secretId }), "created");
    },
  },
  {
    name: "createFirstSigningKey refuses a key under an unknown secret or with a private part in public",
    async run({ store }) {
      await assert.rejects(store.createFirstSigningKey({ ...newKey("one"), secretId: "nobody's" }));
      const open = { ...newKey("one"), publicJwk: { ...newKey("one").publicJwk, d: "private" } };
      await assert.rejects(store.createFirstSigningKey({ ...open, secretId }));
      assert.deepEqual(await store.listSigningKeys(), []);
    },
  },
];
