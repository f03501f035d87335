/** Store contract: signing keys, and the secrets under which they are sealed. */
import assert from "node:assert/strict";
import type { OAuthStore, SecretCheck, StoredSigningKey } from "../oauth/deps.ts";
import { newHash } from "./store_contract_stage.ts";
import type { Scenario } from "./store_contract_world.ts";

const secretId = "one";

function newKey(kid: string): StoredSigningKey {
  return {
    kid,
    publicJwk: { kty: "EC", crv: "P-256", x: "x", y: "y", kid, alg: "ES256", use: "sig" },
    sealedPrivateKey: `one.sealed-${kid}`,
  };
}

/** Makes the secrets of these ids known. Answers their checks. */
async function know(store: OAuthStore, ...ids: string[]): Promise<SecretCheck[]> {
  const checks = await Promise.all(ids.map(async (id) => ({ id, value: await newHash() })));
  assert.equal(await store.checkSecrets(checks), "fits");
  return checks;
}

export const keyScenarios: readonly Scenario[] = [
  {
    name: "checkSecrets knows a secret again, alone or among others",
    async run({ store }) {
      const [one, two] = await know(store, "one", "two");
      assert.ok(one !== undefined && two !== undefined);
      for (const checks of [[one], [two], [two, one]]) assert.equal(await store.checkSecrets(checks), "fits");
    },
  },
  {
    name:
      "checkSecrets answers differs for another value under a known id, and remembers nothing of that attempt",
    async run({ store }) {
      const [one] = await know(store, "one");
      assert.ok(one !== undefined);
      const wrong = [{ id: "one", value: await newHash() }, { id: "new", value: await newHash() }];
      assert.equal(await store.checkSecrets(wrong), "differs");
      const right = [one, { id: "new", value: await newHash() }];
      assert.equal(await store.checkSecrets(right), "fits");
    },
  },
  {
    name:
      "checkSecrets answers missing without the secret of a key in use, and remembers nothing of that attempt",
    async run({ store, retireSigningKeys }) {
      const [one] = await know(store, secretId);
      assert.ok(one !== undefined);
      await store.createFirstSigningKey({ ...newKey("key"), secretId });
      const other = async () => ({ id: "other", value: await newHash() });
      assert.equal(await store.checkSecrets([await other()]), "missing");
      assert.equal(await store.checkSecrets([await other(), one]), "fits");
      await retireSigningKeys();
      assert.equal(await store.checkSecrets([{ id: "third", value: await newHash() }]), "fits");
    },
  },
  {
    name: "createFirstSigningKey records the key that is proposed when there is none",
    async run({ store }) {
      await know(store, secretId);
      assert.deepEqual(await store.listSigningKeys(), []);
      assert.equal(await store.createFirstSigningKey({ ...newKey("one"), secretId }), "created");
      assert.deepEqual(await store.listSigningKeys(), [newKey("one")]);
      assert.equal(await store.createFirstSigningKey({ ...newKey("two"), secretId }), "exists");
      assert.deepEqual(await store.listSigningKeys(), [newKey("one")]);
    },
  },
  {
    name: "createFirstSigningKey lets one of many simultaneous proposals win",
    async run({ store, simultaneously }) {
      await know(store, secretId);
      const outcomes = await simultaneously(
        Array.from(
          { length: 8 },
          (_, index) => () => store.createFirstSigningKey({ ...newKey(`k${index}`), secretId }),
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
      await know(store, secretId);
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
      await know(store, secretId);
      await assert.rejects(store.createFirstSigningKey({ ...newKey("one"), secretId: "nobody's" }));
      const open = { ...newKey("one"), publicJwk: { ...newKey("one").publicJwk, d: "private" } };
      await assert.rejects(store.createFirstSigningKey({ ...open, secretId }));
      assert.deepEqual(await store.listSigningKeys(), []);
    },
  },
];
