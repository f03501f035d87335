/** Store contract: rotation of refresh tokens, and what refuses it without consuming anything. */
import assert from "node:assert/strict";
import type { Bytes } from "../_shared/encoding.ts";
import type { Rotation } from "../oauth/deps.ts";
import type { Scenario } from "./store_contract_world.ts";
import {
  addClient,
  assertAbout,
  newHash,
  newRotation,
  obtainTokens,
  OTHER_RESOURCE,
  RESOURCE,
  rotate,
  setStage,
  type Stage,
  stored,
} from "./store_contract_stage.ts";

/** Refused with this outcome, and the token is as it was. */
async function refused(
  stage: Stage,
  tokenHash: Bytes,
  outcome: string,
  overrides: Partial<Rotation> = {},
): Promise<void> {
  const rotation = await newRotation(stage, tokenHash, overrides);
  const before = await stage.world.countRows();
  assert.deepEqual(await stage.world.store.rotateRefreshToken(rotation), { outcome });
  assert.deepEqual(await stage.world.countRows(), before);
  assert.equal((await stage.world.findRefreshToken(tokenHash))?.rotated, false);
}

export const refreshScenarios: readonly Scenario[] = [
  {
    name: "rotateRefreshToken issues an access token and one successor",
    async run(world) {
      const stage = await setStage(world);
      const first = await obtainTokens(stage);
      const rotation = await newRotation(stage, first.tokenHash, { resource: RESOURCE.identifier });
      const rotated = await world.store.rotateRefreshToken(rotation);
      assert.ok(rotated.outcome === "rotated");
      assert.deepEqual({ ...rotated.issued, issuedAt: 0 }, { ...first.issued, issuedAt: 0 });
      assert.equal(await world.accessTokenIsLive(rotation.jti, RESOURCE.identifier), true);
      // The earlier access token lives out its time.
      assert.equal(await world.accessTokenIsLive(first.jti, RESOURCE.identifier), true);
      const old = await stored(world, first.tokenHash);
      assert.equal(old.rotated, true);
      assert.equal(old.sealedSuccessor, rotation.sealedSuccessor);
      const successor = await stored(world, rotation.successorHash);
      assert.equal(successor.generation, 2);
      assert.equal(successor.rotated, false);
    },
  },
  {
    name: "rotateRefreshToken slides the expiry of token and family with every use",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      await world.elapse(80_000);
      const { successorHash } = await rotate(stage, tokenHash);
      const successor = await stored(world, successorHash);
      assertAbout(successor.expiresInSeconds, 86_400);
      assertAbout(successor.familyExpiresInSeconds, 86_400);
      await world.elapse(80_000);
      await rotate(stage, successorHash);
    },
  },
  {
    name: "rotateRefreshToken answers expired for a token past its time",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      await world.elapse(86_410);
      await refused(stage, tokenHash, "expired");
      assert.equal((await stored(world, tokenHash)).revokedBecause, null);
    },
  },
  {
    name: "rotateRefreshToken answers not_found for an unknown token",
    async run(world) {
      const stage = await setStage(world);
      const rotation = await newRotation(stage, await newHash());
      assert.deepEqual(await world.store.rotateRefreshToken(rotation), { outcome: "not_found" });
    },
  },
  {
    name: "rotateRefreshToken narrows one access token; the family keeps its scope",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      const rotation = await newRotation(stage, tokenHash, { scope: ["booking:read"] });
      const rotated = await world.store.rotateRefreshToken(rotation);
      assert.ok(rotated.outcome === "rotated");
      assert.deepEqual(rotated.issued.scope, ["booking:read"]);
      assert.deepEqual(await world.findAccessTokenScope(rotation.jti), ["booking:read"]);
      assert.deepEqual((await stored(world, rotation.successorHash)).familyScope, [
        "product:read",
        "booking:read",
      ]);
      const next = await world.store.rotateRefreshToken(await newRotation(stage, rotation.successorHash));
      assert.ok(next.outcome === "rotated");
      assert.deepEqual(next.issued.scope, ["product:read", "booking:read"]);
    },
  },
  {
    name: "rotateRefreshToken consumes nothing by scope_exceeded, resource_mismatch or client_mismatch",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      await refused(stage, tokenHash, "scope_exceeded", { scope: ["product:write"] });
      await refused(stage, tokenHash, "scope_exceeded", { scope: ["product:read", "product:write"] });
      await refused(stage, tokenHash, "resource_mismatch", { resource: OTHER_RESOURCE.identifier });
      await refused(stage, tokenHash, "client_mismatch", { client: await addClient(world) });
      await rotate(stage, tokenHash);
    },
  },
  {
    name:
      "rotateRefreshToken never revokes by a wrong replay: a stolen token without its client hurts nobody",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      const { successorHash } = await rotate(stage, tokenHash);
      await world.elapse(70);
      const stranger = await newRotation(stage, tokenHash, { client: await addClient(world) });
      assert.deepEqual(await world.store.rotateRefreshToken(stranger), { outcome: "client_mismatch" });
      const elsewhere = await newRotation(stage, tokenHash, { resource: OTHER_RESOURCE.identifier });
      assert.deepEqual(await world.store.rotateRefreshToken(elsewhere), { outcome: "resource_mismatch" });
      await rotate(stage, successorHash);
    },
  },
  {
    name: "rotateRefreshToken refuses a client that was blocked or has another secret, before anything",
    async run(world) {
      const secretHash = await newHash();
      const stage = await setStage(world, { tokenEndpointAuthMethod: "client_secret_basic", secretHash });
      const { tokenHash } = await obtainTokens(stage);
      const { client } = stage.client;
      await refused(stage, tokenHash, "client_changed", {
        client: { client, secretHash: null, assertion: null },
      });
      await world.changeClient(client.id, { secretHash: await newHash() });
      await refused(stage, tokenHash, "client_changed");
      const unknown = await newRotation(stage, await newHash());
      assert.deepEqual(await world.store.rotateRefreshToken(unknown), { outcome: "client_changed" });
      await world.changeClient(client.id, { secretHash, blocked: true });
      await refused(stage, tokenHash, "client_changed");
      await world.changeClient(client.id, { blocked: false });
      await rotate(stage, tokenHash);
    },
  },
  {
    name: "rotateRefreshToken refuses a banned person while the ban lasts, and a deleted one for ever",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash, jti } = await obtainTokens(stage);
      await world.banPerson(stage.personId, 60);
      await refused(stage, tokenHash, "person_inactive");
      assert.equal(await world.accessTokenIsLive(jti, RESOURCE.identifier), false);
      await world.elapse(70);
      const { successorHash } = await rotate(stage, tokenHash);
      await world.deletePerson(stage.personId);
      await refused(stage, successorHash, "person_inactive");
    },
  },
  {
    name: "rotateRefreshToken finds no token of an erased person",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash, jti } = await obtainTokens(stage);
      await world.erasePerson(stage.personId);
      const rotation = await newRotation(stage, tokenHash);
      assert.deepEqual(await world.store.rotateRefreshToken(rotation), { outcome: "not_found" });
      assert.equal(await world.accessTokenIsLive(jti, RESOURCE.identifier), false);
      assert.deepEqual(await world.countRows(), { codes: 0, families: 0, accessTokens: 0, refreshTokens: 0 });
    },
  },
  {
    name: "rotateRefreshToken leaves other families of the same person and client alone",
    async run(world) {
      const stage = await setStage(world);
      const [one, other] = [await obtainTokens(stage), await obtainTokens(stage)];
      await rotate(stage, one.tokenHash, { replaySeconds: 0 });
      const stolen = await newRotation(stage, one.tokenHash, { replaySeconds: 0 });
      assert.deepEqual(await world.store.rotateRefreshToken(stolen), { outcome: "reused" });
      assert.equal(await world.accessTokenIsLive(one.jti, RESOURCE.identifier), false);
      assert.equal(await world.accessTokenIsLive(other.jti, RESOURCE.identifier), true);
      await rotate(stage, other.tokenHash);
    },
  },
];
