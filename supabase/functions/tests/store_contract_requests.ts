/** Store contract: authorization requests until they are decided. */
import assert from "node:assert/strict";
import type { Scenario } from "./store_contract_world.ts";
import {
  addClient,
  begin,
  newContinuation,
  newDecision,
  newHash,
  newRequest,
  obtainCode,
  OTHER_RESOURCE,
  RESOURCE,
  setStage,
} from "./store_contract_stage.ts";

export const requestScenarios: readonly Scenario[] = [
  {
    name: "createAuthorizationRequest refuses a client that is unknown, blocked, or lost the redirect URI",
    async run(world) {
      const stage = await setStage(world);
      const { id } = stage.client.client;
      const create = async (overrides = {}) =>
        (await world.store.createAuthorizationRequest(await newRequest(stage, overrides))).outcome;
      assert.equal(await create({ clientId: "client_nobody" }), "client_changed");
      assert.equal(await create({ registeredRedirectUri: "https://other.example/" }), "client_changed");
      await world.changeClient(id, { redirectUris: ["https://moved.example/"] });
      assert.equal(await create(), "client_changed");
      await world.changeClient(id, { redirectUris: ["http://127.0.0.1/callback"], blocked: true });
      assert.equal(await create(), "client_changed");
      await world.changeClient(id, { blocked: false });
      assert.equal(await create(), "created");
    },
  },
  {
    name: "createAuthorizationRequest refuses a resource that does not exist",
    async run(world) {
      const stage = await setStage(world);
      const request = await newRequest(stage, { resource: "https://nowhere.example" });
      assert.deepEqual(await world.store.createAuthorizationRequest(request), {
        outcome: "resource_unknown",
      });
    },
  },
  {
    name: "createAuthorizationRequest never records an id twice",
    async run(world) {
      const stage = await setStage(world);
      const request = await newRequest(stage);
      await world.store.createAuthorizationRequest(request);
      await assert.rejects(world.store.createAuthorizationRequest(request));
    },
  },
  {
    name: "findAuthorizationRequest answers what was asked, by whom, at which resource",
    async run(world) {
      const stage = await setStage(world);
      const { client } = stage.client;
      const idHash = await begin(stage, { scope: ["booking:read", "product:write"] });
      assert.deepEqual(await world.store.findAuthorizationRequest(idHash, stage.personId), {
        outcome: "found",
        client: {
          id: client.id,
          name: client.name,
          uri: client.uri,
          verified: false,
          nameIsBorrowed: false,
        },
        redirectUri: "http://127.0.0.1:50123/callback",
        resource: RESOURCE.identifier,
        scope: ["booking:read", "product:write"],
        authorizationDetails: [],
        resourceScopes: RESOURCE.scopes,
        earlierScope: [],
      });
    },
  },
  {
    name: "findAuthorizationRequest tells of a client with a well-known name whose answers go elsewhere",
    async run(world) {
      const stage = await setStage(world);
      for (
        const [redirectUri, name, borrowed] of [
          ["https://evil.example/", "Claude", true],
          ["https://evil.example/", "Shop helper", false],
          ["https://claude.ai/api/callback", "Claude", false],
          ["http://127.0.0.1/callback", "Claude", false],
        ] as const
      ) {
        const client = await addClient(world, { redirectUris: [redirectUri], name });
        const idHash = await begin({ ...stage, client }, { redirectUri, registeredRedirectUri: redirectUri });
        const found = await world.store.findAuthorizationRequest(idHash, stage.personId);
        assert.equal(
          found.outcome === "found" && found.client.nameIsBorrowed,
          borrowed,
          `${name} ${redirectUri}`,
        );
      }
    },
  },
  {
    name: "findAuthorizationRequest answers not_found, expired, already_decided and person_inactive",
    async run(world) {
      const stage = await setStage(world);
      const { store } = world;
      const find = async (idHash: Parameters<typeof store.findAuthorizationRequest>[0]) =>
        (await store.findAuthorizationRequest(idHash, stage.personId)).outcome;
      assert.equal(await find(await newHash()), "not_found");
      const decided = await begin(stage);
      await store.decideAuthorizationRequest(await newDecision(stage, decided));
      assert.equal(await find(decided), "already_decided");
      const undecided = await begin(stage);
      const nobody = await store.findAuthorizationRequest(undecided, crypto.randomUUID());
      assert.equal(nobody.outcome, "person_inactive");
      await world.elapse(590);
      assert.equal(await find(undecided), "found");
      await world.elapse(20);
      assert.equal(await find(undecided), "expired");
      assert.equal(await find(decided), "already_decided");
    },
  },
  {
    name: "findAuthorizationRequest answers not_found when the client was blocked meanwhile",
    async run(world) {
      const stage = await setStage(world);
      const idHash = await begin(stage);
      await world.changeClient(stage.client.client.id, { blocked: true });
      const found = await world.store.findAuthorizationRequest(idHash, stage.personId);
      assert.equal(found.outcome, "not_found");
    },
  },
  {
    name: "findAuthorizationRequest pre-ticks only what this person gave this client, redirect and resource",
    async run(world) {
      const stage = await setStage(world, {
        redirectUris: ["http://127.0.0.1/callback", "https://a.example/"],
      });
      await obtainCode(stage, { scope: ["booking:read"] });
      const earlier = async (overrides = {}, personId = stage.personId) => {
        const found = await world.store.findAuthorizationRequest(await begin(stage, overrides), personId);
        assert.ok(found.outcome === "found");
        return found.earlierScope;
      };
      assert.deepEqual(await earlier(), ["booking:read"]);
      // Another port on this computer is the same registered redirect.
      assert.deepEqual(await earlier({ redirectUri: "http://127.0.0.1:1/callback" }), ["booking:read"]);
      const elsewhere = { redirectUri: "https://a.example/", registeredRedirectUri: "https://a.example/" };
      assert.deepEqual(await earlier(elsewhere), []);
      assert.deepEqual(await earlier({ resource: OTHER_RESOURCE.identifier }), []);
      assert.deepEqual(await earlier({}, await world.addPerson()), []);
      const other = await setStage(world);
      const found = await world.store.findAuthorizationRequest(await begin(other), stage.personId);
      assert.ok(found.outcome === "found");
      assert.deepEqual(found.earlierScope, []);
    },
  },
  {
    name: "findAuthorizationRequest pre-ticks the last consent only, and a denial changes nothing",
    async run(world) {
      const stage = await setStage(world);
      await obtainCode(stage);
      await obtainCode(stage, { scope: ["product:read"] });
      const denied = await newDecision(stage, await begin(stage), { decision: "deny", scope: [] });
      await world.store.decideAuthorizationRequest(denied);
      await world.store.continueAuthorizationRequest(
        await newContinuation(stage, denied.continueSecretHash),
      );
      const found = await world.store.findAuthorizationRequest(await begin(stage), stage.personId);
      assert.ok(found.outcome === "found");
      assert.deepEqual(found.earlierScope, ["product:read"]);
    },
  },
  {
    name: "decideAuthorizationRequest decides once, whoever asks and whatever the second says",
    async run(world) {
      const stage = await setStage(world);
      const idHash = await begin(stage);
      const first = await newDecision(stage, idHash);
      assert.deepEqual(await world.store.decideAuthorizationRequest(first), { outcome: "decided" });
      for (const decision of ["approve", "deny"] as const) {
        const second = await newDecision(stage, idHash, { decision, personId: await world.addPerson() });
        assert.deepEqual(await world.store.decideAuthorizationRequest(second), {
          outcome: "already_decided",
        });
        const continued = await newContinuation(stage, second.continueSecretHash);
        assert.equal((await world.store.continueAuthorizationRequest(continued)).outcome, "not_found");
      }
      const continued = await newContinuation(stage, first.continueSecretHash);
      assert.equal((await world.store.continueAuthorizationRequest(continued)).outcome, "approved");
    },
  },
  {
    name: "decideAuthorizationRequest lets one of many simultaneous decisions win",
    async run(world) {
      const stage = await setStage(world);
      const idHash = await begin(stage);
      const decisions = await Promise.all(Array.from({ length: 8 }, () => newDecision(stage, idHash)));
      const outcomes = await world.simultaneously(
        decisions.map((each) => () => world.store.decideAuthorizationRequest(each)),
      );
      assert.equal(outcomes.filter(({ outcome }) => outcome === "decided").length, 1);
      assert.equal(outcomes.filter(({ outcome }) => outcome === "already_decided").length, 7);
    },
  },
  {
    name: "decideAuthorizationRequest refuses an empty or a foreign scope and leaves the request open",
    async run(world) {
      const stage = await setStage(world);
      const idHash = await begin(stage);
      const decideWith = async (scope: string[]) =>
        (await world.store.decideAuthorizationRequest(await newDecision(stage, idHash, { scope }))).outcome;
      assert.equal(await decideWith([]), "scope_empty");
      assert.equal(await decideWith(["product:write"]), "scope_not_requested");
      assert.equal(await decideWith(["product:read", "product:write"]), "scope_not_requested");
      // No text of Postgres holds NUL: callers must refuse it before.
      await assert.rejects(decideWith(["product:read\0"]));
      assert.equal(await decideWith(["product:read"]), "decided");
    },
  },
  {
    name: "decideAuthorizationRequest denies whatever scope came along",
    async run(world) {
      const stage = await setStage(world);
      for (const scope of [[], ["product:write"]]) {
        const decision = await newDecision(stage, await begin(stage), { decision: "deny", scope });
        assert.deepEqual(await world.store.decideAuthorizationRequest(decision), { outcome: "decided" });
      }
    },
  },
  {
    name: "decideAuthorizationRequest answers not_found, expired, and person_inactive for deleted and banned",
    async run(world) {
      const stage = await setStage(world);
      const idHash = await begin(stage, { lifetimeSeconds: 3600 });
      const decideAs = async (personId: string, id = idHash) =>
        (await world.store.decideAuthorizationRequest(await newDecision(stage, id, { personId }))).outcome;
      assert.equal(await decideAs(stage.personId, await newHash()), "not_found");
      const [deleted, banned] = [await world.addPerson(), await world.addPerson()];
      await world.deletePerson(deleted);
      await world.banPerson(banned, 600);
      assert.equal(await decideAs(crypto.randomUUID()), "person_inactive");
      assert.equal(await decideAs(deleted), "person_inactive");
      assert.equal(await decideAs(banned), "person_inactive");
      const old = await begin(stage);
      await world.elapse(610);
      assert.equal(await decideAs(stage.personId, old), "expired");
      // The ban is over.
      assert.equal(await decideAs(banned), "decided");
    },
  },
];
