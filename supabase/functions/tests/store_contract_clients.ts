/** Store contract: clients and resources. */
import assert from "node:assert/strict";
import { sha256 } from "../_shared/encoding.ts";
import type { Scenario } from "./store_contract_world.ts";
import { assertAbout, newClient, OTHER_RESOURCE, REDIRECT_URI, RESOURCE } from "./store_contract_stage.ts";

export const clientScenarios: readonly Scenario[] = [
  {
    name: "findClient answers null for an unknown id",
    async run({ store }) {
      assert.equal(await store.findClient("client_nobody"), null);
    },
  },
  {
    name: "createClient records a public client, never verified, and findClient answers it",
    async run({ store }) {
      const proposed = newClient({ uri: null, name: "名前 <b>" });
      assert.equal((await store.createClient(proposed, null)).outcome, "created");
      assert.deepEqual(await store.findClient(proposed.id), {
        id: proposed.id,
        verified: false,
        name: "名前 <b>",
        uri: null,
        tokenEndpointAuthMethod: "none",
        secretHash: null,
        keys: null,
        redirectUris: [REDIRECT_URI],
        grantTypes: ["authorization_code", "refresh_token"],
        document: null,
      });
    },
  },
  {
    name: "createClient keeps the hash of a secret byte for byte",
    async run({ store }) {
      const secretHash = await sha256("secret");
      const proposed = newClient({ tokenEndpointAuthMethod: "client_secret_post", secretHash });
      await store.createClient(proposed, null);
      assert.deepEqual([...(await store.findClient(proposed.id))?.secretHash ?? []], [...secretHash]);
    },
  },
  {
    name: "createClient refuses an id that exists, looks like a person's, or a method without its secret",
    async run({ store }) {
      const proposed = newClient();
      await store.createClient(proposed, null);
      await assert.rejects(store.createClient(proposed, null));
      const id = crypto.randomUUID();
      for (const spelling of [id, id.toUpperCase(), id.replaceAll("-", ""), `{${id}}`]) {
        await assert.rejects(store.createClient(newClient({ id: spelling }), null));
      }
      await assert.rejects(
        store.createClient(newClient({ tokenEndpointAuthMethod: "client_secret_basic" }), null),
      );
      await assert.rejects(store.createClient(newClient({ name: "a\0b" }), null));
    },
  },
  {
    name: "findClient answers an operator's client as verified",
    async run({ store, recordClient }) {
      const proposed = newClient();
      await recordClient(proposed, true);
      assert.equal((await store.findClient(proposed.id))?.verified, true);
    },
  },
  {
    name: "findClient answers null for a blocked client",
    async run({ store, changeClient }) {
      const proposed = newClient();
      await store.createClient(proposed, null);
      await changeClient(proposed.id, { blocked: true });
      assert.equal(await store.findClient(proposed.id), null);
    },
  },
  {
    name: "listResources answers every resource by identifier, with one default",
    async run({ store, recordResource }) {
      assert.deepEqual(await store.listResources(), []);
      await recordResource(OTHER_RESOURCE);
      await recordResource(RESOURCE);
      assert.deepEqual(await store.listResources(), [RESOURCE, OTHER_RESOURCE]);
      await recordResource({ ...OTHER_RESOURCE, isDefault: true });
      const defaults = (await store.listResources()).filter((resource) => resource.isDefault);
      assert.deepEqual(defaults.map((resource) => resource.identifier), [OTHER_RESOURCE.identifier]);
    },
  },
  {
    name: "createClient answers an instant of the store's clock",
    async run({ store }) {
      const before = await store.createClient(newClient(), null);
      const after = await store.createClient(newClient(), null);
      assert.ok(before.outcome === "created" && after.outcome === "created");
      assertAbout(after.createdAt - before.createdAt, 0);
    },
  },
];
