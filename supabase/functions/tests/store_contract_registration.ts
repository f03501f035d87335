/** Store contract: registration that needs a token. A client and a use of the token come together or not at all. */
import assert from "node:assert/strict";
import type { Bytes } from "../_shared/encoding.ts";
import { newClient, newHash } from "./store_contract_stage.ts";
import type { Scenario, World } from "./store_contract_world.ts";

const DAY = 86_400;

/** Registers a new client with this token: what became of it, and whether there is such a client now. */
async function register({ store }: World, tokenHash: Bytes) {
  const proposed = newClient();
  const { outcome } = await store.createClient(proposed, tokenHash);
  assert.equal(await store.findClient(proposed.id) !== null, outcome === "created");
  return outcome;
}

export const registrationScenarios: readonly Scenario[] = [
  {
    name: "createClient takes a registration token as often as it may be used, and no more",
    async run(world) {
      const token = await world.createRegistrationToken("three", DAY, 3);
      const other = await world.createRegistrationToken("one", DAY, 1);
      for (let use = 0; use < 3; use++) assert.equal(await register(world, token), "created");
      assert.equal(await register(world, token), "token_used_up");
      assert.equal(await register(world, other), "created");
      assert.equal(await register(world, other), "token_used_up");
    },
  },
  {
    name: "createClient lets no more of many simultaneous registrations through than the token allows",
    async run(world) {
      const token = await world.createRegistrationToken("three", DAY, 3);
      const clients = Array.from({ length: 8 }, () => newClient());
      const outcomes = await world.simultaneously(
        clients.map((client) => () => world.store.createClient(client, token)),
      );
      assert.equal(outcomes.filter(({ outcome }) => outcome === "created").length, 3);
      assert.equal(outcomes.filter(({ outcome }) => outcome === "token_used_up").length, 5);
      const found = await Promise.all(clients.map(({ id }) => world.store.findClient(id)));
      assert.equal(found.filter((client) => client !== null).length, 3);
    },
  },
  {
    name: "createClient answers token_unknown, token_expired and token_revoked, and records nothing",
    async run(world) {
      const [old, ended] = [
        await world.createRegistrationToken("old", 100, 5),
        await world.createRegistrationToken("ended", DAY, 5),
      ];
      assert.equal(await register(world, await newHash()), "token_unknown");
      assert.equal(await register(world, ended), "created");
      await world.revokeRegistrationToken("ended");
      assert.equal(await register(world, ended), "token_revoked");
      await world.elapse(90);
      assert.equal(await register(world, old), "created");
      await world.elapse(20);
      assert.equal(await register(world, old), "token_expired");
      await world.revokeRegistrationToken("old");
      assert.equal(await register(world, old), "token_revoked");
    },
  },
  {
    name: "createClient counts no use of a token for a client that cannot be recorded",
    async run(world) {
      const token = await world.createRegistrationToken("one", DAY, 1);
      const taken = newClient();
      await world.store.createClient(taken, null);
      await assert.rejects(world.store.createClient(taken, token));
      await assert.rejects(world.store.createClient(newClient({ name: "a\0b" }), token));
      assert.equal(await register(world, token), "created");
    },
  },
];
