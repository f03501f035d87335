/** Store contract: clients that documents describe. */
import assert from "node:assert/strict";
import type { RecordedClientDocument } from "../oauth/deps.ts";
import type { Scenario, World } from "./store_contract_world.ts";

const ID = "https://app.example/client.json";

function describe(overrides: Partial<RecordedClientDocument> = {}): RecordedClientDocument {
  return {
    id: ID,
    name: "An app",
    tokenEndpointAuthMethod: "none",
    jwks: null,
    jwksUri: null,
    redirectUris: ["https://app.example/callback"],
    grantTypes: ["authorization_code", "refresh_token"],
    freshSeconds: 600,
    ...overrides,
  };
}

const found = async ({ store }: World) => {
  const client = await store.findClient(ID);
  assert.ok(client !== null);
  return client;
};

export const documentScenarios: readonly Scenario[] = [
  {
    name: "recordClientDocument keeps a public, unverified client that is fresh for as long as it was told",
    async run(world) {
      assert.equal(await world.store.recordClientDocument(describe()), "created");
      const client = await found(world);
      assert.deepEqual({ ...client, document: null }, {
        id: ID,
        verified: false,
        name: "An app",
        uri: ID,
        tokenEndpointAuthMethod: "none",
        secretHash: null,
        keys: null,
        redirectUris: ["https://app.example/callback"],
        grantTypes: ["authorization_code", "refresh_token"],
        document: null,
      });
      assert.deepEqual(client.document, { isFresh: true, isUsable: true });
      await world.elapse(601);
      assert.deepEqual((await found(world)).document, { isFresh: false, isUsable: true });
      await world.elapse(86_400);
      assert.deepEqual((await found(world)).document, { isFresh: false, isUsable: false });
      assert.equal(await world.store.recordClientDocument(describe()), "unchanged");
      assert.deepEqual((await found(world)).document, { isFresh: true, isUsable: true });
    },
  },
  {
    name: "recordClientDocument answers drifted for another name or other redirect URIs, and takes them",
    async run(world) {
      await world.store.recordClientDocument(describe());
      assert.equal(await world.store.recordClientDocument(describe({ name: "Another" })), "drifted");
      const redirectUris = ["https://app.example/other", "https://app.example/another"];
      assert.equal(
        await world.store.recordClientDocument(describe({ name: "Another", redirectUris })),
        "drifted",
      );
      assert.equal(
        await world.store.recordClientDocument(
          describe({ name: "Another", redirectUris: redirectUris.toReversed() }),
        ),
        "unchanged",
      );
      const client = await found(world);
      assert.deepEqual([client.name, client.redirectUris], ["Another", redirectUris.toReversed()]);
    },
  },
  {
    name: "recordClientDocument keeps the operator's approval until the document drifts",
    async run(world) {
      await world.store.recordClientDocument(describe());
      await world.changeClient(ID, { verified: true });
      await world.store.recordClientDocument(describe());
      assert.equal((await found(world)).verified, true);
      await world.store.recordClientDocument(describe({ name: "Another" }));
      assert.equal((await found(world)).verified, false);
    },
  },
  {
    name: "recordRefusal takes whatever somebody calls himself, and tells nobody whether it exists",
    async run({ store }) {
      await store.recordClientDocument(describe());
      assert.equal(await store.recordRefusal(ID, "secret_wrong"), undefined);
      assert.equal(await store.recordRefusal("x".repeat(500), "client_unknown"), undefined);
      await assert.rejects(store.recordRefusal("a\0b", "client_unknown"));
    },
  },
  {
    name: "forRequest answers the same store",
    async run({ store }) {
      const own = store.forRequest({ requestId: "request", address: "192.0.2.7" });
      await own.recordClientDocument(describe());
      assert.deepEqual(await store.findClient(ID), await own.findClient(ID));
      const odd = store.forRequest({ requestId: null, address: "no address" });
      assert.equal(await odd.recordClientDocument(describe()), "unchanged");
    },
  },
  {
    name: "recordClientDocument does not unblock a client",
    async run(world) {
      await world.store.recordClientDocument(describe());
      await world.changeClient(ID, { blocked: true });
      await world.store.recordClientDocument(describe());
      assert.equal(await world.store.findClient(ID), null);
    },
  },
];
