/** Store contract: a refresh token presented again, by a race, a lost answer or a thief. */
import assert from "node:assert/strict";
import type { Scenario } from "./store_contract_world.ts";
import { sha256 } from "../_shared/encoding.ts";
import { openSuccessor, sealSuccessor } from "../oauth/tokens/successor.ts";
import {
  assertAbout,
  newJti,
  newRedemption,
  newRotation,
  obtainCode,
  obtainTokens,
  RESOURCE,
  rotate,
  setStage,
  type Stage,
  stored,
} from "./store_contract_stage.ts";

/** Presents it once more; the family must be dead afterwards. */
async function reused(stage: Stage, tokenHash: Parameters<typeof newRotation>[1], replaySeconds = 60) {
  const { world } = stage;
  const rotation = await newRotation(stage, tokenHash, { replaySeconds });
  assert.deepEqual(await world.store.rotateRefreshToken(rotation), { outcome: "reused" });
  assert.equal((await stored(world, tokenHash)).revokedBecause, "refresh token reused");
  assert.equal(await world.accessTokenIsLive(rotation.jti, RESOURCE.identifier), false);
  const again = await newRotation(stage, tokenHash, { replaySeconds });
  assert.deepEqual(await world.store.rotateRefreshToken(again), { outcome: "revoked" });
}

export const replayScenarios: readonly Scenario[] = [
  {
    name:
      "rotateRefreshToken answers a replay with the winner's successor, openable by whoever presents the token",
    async run(world) {
      const stage = await setStage(world);
      const presented = "refresh token of the client";
      const tokenHash = await sha256(presented);
      const redemption = await newRedemption(stage, await obtainCode(stage), { refreshTokenHash: tokenHash });
      await world.store.redeemAuthorizationCode(redemption);
      const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
      const propose = async (successor: string) =>
        await newRotation(stage, tokenHash, {
          successorHash: await sha256(successor),
          sealedSuccessor: await sealSuccessor({ random }, successor, presented),
        });
      await world.store.rotateRefreshToken(await propose("winner"));
      const loser = await propose("loser");
      const replayed = await world.store.rotateRefreshToken(loser);
      assert.ok(replayed.outcome === "replayed");
      assert.equal(await openSuccessor(replayed.sealedSuccessor, presented), "winner");
      await assert.rejects(openSuccessor(replayed.sealedSuccessor, "another token"));
      assert.equal(await world.findRefreshToken(loser.successorHash), null);
      assert.equal(await world.accessTokenIsLive(loser.jti, RESOURCE.identifier), true);
    },
  },
  {
    name: "rotateRefreshToken gives many simultaneous refreshes one successor",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      const rotations = await Promise.all(Array.from({ length: 8 }, () => newRotation(stage, tokenHash)));
      const outcomes = await world.simultaneously(
        rotations.map((each) => () => world.store.rotateRefreshToken(each)),
      );
      const winner = outcomes.findIndex(({ outcome }) => outcome === "rotated");
      const sealed = rotations[winner]?.sealedSuccessor;
      for (const [index, outcome] of outcomes.entries()) {
        if (index === winner) continue;
        assert.ok(outcome.outcome === "replayed");
        assert.equal(outcome.sealedSuccessor, sealed);
      }
      assert.deepEqual(await world.countRows(), { codes: 1, families: 1, accessTokens: 9, refreshTokens: 2 });
      assert.equal((await stored(world, tokenHash)).replayCount, 7);
    },
  },
  {
    name: "rotateRefreshToken leaves the successor's expiry unchanged by a replay",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      const { successorHash } = await rotate(stage, tokenHash);
      await world.elapse(50);
      const replay = await newRotation(stage, tokenHash, { refreshTokenSeconds: 1_000_000 });
      assert.equal((await world.store.rotateRefreshToken(replay)).outcome, "replayed");
      assertAbout((await stored(world, successorHash)).expiresInSeconds, 86_350);
      assertAbout((await stored(world, successorHash)).familyExpiresInSeconds, 86_350);
    },
  },
  {
    name: "rotateRefreshToken answers a replay within its window although the token has expired since",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      await world.elapse(86_370);
      const { successorHash } = await rotate(stage, tokenHash);
      await world.elapse(45);
      const replay = await newRotation(stage, tokenHash);
      assert.equal((await world.store.rotateRefreshToken(replay)).outcome, "replayed");
      await world.elapse(30);
      assert.equal((await world.store.rotateRefreshToken(replay)).outcome, "expired");
      await rotate(stage, successorHash);
    },
  },
  {
    name: "rotateRefreshToken checks scope and resource of a replay too and counts only replays",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      await rotate(stage, tokenHash);
      const excess = await newRotation(stage, tokenHash, { scope: ["product:write"] });
      assert.deepEqual(await world.store.rotateRefreshToken(excess), { outcome: "scope_exceeded" });
      const narrow = await newRotation(stage, tokenHash, { scope: ["product:read"] });
      const replayed = await world.store.rotateRefreshToken(narrow);
      assert.ok(replayed.outcome === "replayed");
      assert.deepEqual(replayed.issued.scope, ["product:read"]);
      assert.deepEqual(await world.findAccessTokenScope(narrow.jti), ["product:read"]);
      assert.equal((await stored(world, tokenHash)).replayCount, 1);
    },
  },
  {
    name: "rotateRefreshToken revokes the family when a replay comes after the window",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash, jti } = await obtainTokens(stage);
      const { successorHash } = await rotate(stage, tokenHash);
      await world.elapse(50);
      assert.equal(
        (await world.store.rotateRefreshToken(await newRotation(stage, tokenHash))).outcome,
        "replayed",
      );
      await world.elapse(20);
      await reused(stage, tokenHash);
      assert.equal(await world.accessTokenIsLive(jti, RESOURCE.identifier), false);
      const live = await newRotation(stage, successorHash);
      assert.deepEqual(await world.store.rotateRefreshToken(live), { outcome: "revoked" });
    },
  },
  {
    name: "rotateRefreshToken revokes the family when the successor was used, also inside the window",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      const { successorHash } = await rotate(stage, tokenHash);
      await rotate(stage, successorHash);
      await reused(stage, tokenHash);
    },
  },
  {
    name: "rotateRefreshToken erases the sealed successor when the successor is rotated",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      const { successorHash } = await rotate(stage, tokenHash);
      assert.notEqual((await stored(world, tokenHash)).sealedSuccessor, null);
      const third = await rotate(stage, successorHash);
      assert.equal((await stored(world, tokenHash)).sealedSuccessor, null);
      assert.equal((await stored(world, successorHash)).sealedSuccessor, third.sealedSuccessor);
      assert.equal((await stored(world, third.successorHash)).sealedSuccessor, null);
    },
  },
  {
    name: "rotateRefreshToken with a window of 0 seals nothing and takes every replay for a theft",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      await rotate(stage, tokenHash, { replaySeconds: 0 });
      assert.equal((await stored(world, tokenHash)).sealedSuccessor, null);
      await reused(stage, tokenHash, 0);
    },
  },
  {
    name: "rotateRefreshToken keeps the window that was set at rotation, whatever the replay proposes",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      await rotate(stage, tokenHash, { replaySeconds: 10 });
      await world.elapse(20);
      await reused(stage, tokenHash, 600);
    },
  },
  {
    name: "rotateRefreshToken answers 100 replays, then replays_exhausted, and revokes nothing for it",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      const { successorHash } = await rotate(stage, tokenHash);
      const replay = await newRotation(stage, tokenHash);
      for (let count = 0; count < 100; count++) {
        const { outcome } = await world.store.rotateRefreshToken({ ...replay, jti: newJti() });
        assert.equal(outcome, "replayed");
      }
      const before = await world.countRows();
      const last = await world.store.rotateRefreshToken({ ...replay, jti: newJti() });
      assert.deepEqual(last, { outcome: "replays_exhausted" });
      assert.deepEqual(await world.countRows(), before);
      assert.equal((await stored(world, tokenHash)).revokedBecause, null);
      await rotate(stage, successorHash);
    },
  },
  {
    name: "rotateRefreshToken keeps the first reason of a revocation",
    async run(world) {
      const stage = await setStage(world);
      const codeHash = await obtainCode(stage);
      const redemption = await newRedemption(stage, codeHash);
      await world.store.redeemAuthorizationCode(redemption);
      await rotate(stage, redemption.refreshTokenHash, { replaySeconds: 0 });
      await reused(stage, redemption.refreshTokenHash, 0);
      await world.elapse(20);
      const again = await world.store.redeemAuthorizationCode(await newRedemption(stage, codeHash));
      assert.equal(again.outcome, "replayed_and_revoked");
      const { revokedBecause } = await stored(world, redemption.refreshTokenHash);
      assert.equal(revokedBecause, "refresh token reused");
    },
  },
];
