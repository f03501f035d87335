/** Store contract: the step from decision to code. */
import assert from "node:assert/strict";
import type { Scenario } from "./store_contract_world.ts";
import {
  begin,
  decide,
  newContinuation,
  newHash,
  newRedemption,
  obtainCode,
  RESOURCE,
  setStage,
} from "./store_contract_stage.ts";

export const continueScenarios: readonly Scenario[] = [
  {
    name: "continueAuthorizationRequest gives a code to the right secret in the right browser, once",
    async run(world) {
      const stage = await setStage(world);
      const secret = await decide(stage);
      assert.deepEqual(
        await world.store.continueAuthorizationRequest(await newContinuation(stage, secret)),
        { outcome: "approved", redirectUri: "http://127.0.0.1:50123/callback", state: "state of the client" },
      );
      assert.deepEqual(
        await world.store.continueAuthorizationRequest(await newContinuation(stage, secret)),
        { outcome: "already_continued" },
      );
      assert.equal((await world.countRows()).codes, 1);
    },
  },
  {
    name: "continueAuthorizationRequest lets one of many simultaneous steps win",
    async run(world) {
      const stage = await setStage(world);
      const secret = await decide(stage);
      const steps = await Promise.all(Array.from({ length: 8 }, () => newContinuation(stage, secret)));
      const outcomes = await world.simultaneously(
        steps.map((step) => () => world.store.continueAuthorizationRequest(step)),
      );
      assert.equal(outcomes.filter(({ outcome }) => outcome === "approved").length, 1);
      assert.equal(outcomes.filter(({ outcome }) => outcome === "already_continued").length, 7);
      assert.equal((await world.countRows()).codes, 1);
    },
  },
  {
    name: "continueAuthorizationRequest ends the request for good in a wrong browser or one without cookie",
    async run(world) {
      const stage = await setStage(world);
      for (const browserHash of [null, await newHash()]) {
        const secret = await decide(stage);
        const wrong = await newContinuation(stage, secret, { browserHash });
        assert.deepEqual(await world.store.continueAuthorizationRequest(wrong), { outcome: "wrong_browser" });
        const right = await newContinuation(stage, secret);
        const second = await world.store.continueAuthorizationRequest(right);
        assert.deepEqual(second, { outcome: "already_continued" });
      }
      assert.equal((await world.countRows()).codes, 0);
    },
  },
  {
    name: "continueAuthorizationRequest remembers no consent that a wrong browser ended",
    async run(world) {
      const stage = await setStage(world);
      const wrong = await newContinuation(stage, await decide(stage), { browserHash: null });
      await world.store.continueAuthorizationRequest(wrong);
      const found = await world.store.findAuthorizationRequest(await begin(stage), stage.personId);
      assert.ok(found.outcome === "found");
      assert.deepEqual(found.earlierScope, []);
    },
  },
  {
    name: "continueAuthorizationRequest takes a denial back without a code",
    async run(world) {
      const stage = await setStage(world);
      const secret = await decide(stage, { decision: "deny", scope: [] });
      assert.deepEqual(
        await world.store.continueAuthorizationRequest(await newContinuation(stage, secret)),
        { outcome: "denied", redirectUri: "http://127.0.0.1:50123/callback", state: "state of the client" },
      );
      assert.equal((await world.countRows()).codes, 0);
    },
  },
  {
    name: "continueAuthorizationRequest answers not_found, and expired once, then already_continued",
    async run(world) {
      const stage = await setStage(world);
      const unknown = await newContinuation(stage, await newHash());
      assert.deepEqual(await world.store.continueAuthorizationRequest(unknown), { outcome: "not_found" });
      const late = await newContinuation(stage, await decide(stage));
      await world.elapse(610);
      assert.deepEqual(await world.store.continueAuthorizationRequest(late), { outcome: "expired" });
      assert.deepEqual(await world.store.continueAuthorizationRequest(late), {
        outcome: "already_continued",
      });
      assert.equal((await world.countRows()).codes, 0);
    },
  },
  {
    name: "continueAuthorizationRequest gives no code to a client that was blocked meanwhile",
    async run(world) {
      const stage = await setStage(world);
      const continuation = await newContinuation(stage, await decide(stage));
      await world.changeClient(stage.client.client.id, { blocked: true });
      assert.deepEqual(await world.store.continueAuthorizationRequest(continuation), {
        outcome: "not_found",
      });
      assert.equal((await world.countRows()).codes, 0);
    },
  },
  {
    name: "continueAuthorizationRequest grants the approved subset in the order asked, each once",
    async run(world) {
      const stage = await setStage(world);
      const granted = async (scope: string[]) => {
        const redeemed = await world.store.redeemAuthorizationCode(
          await newRedemption(stage, await obtainCode(stage, { scope })),
        );
        assert.ok(redeemed.outcome === "redeemed");
        assert.equal(redeemed.issued.resource, RESOURCE.identifier);
        return redeemed.issued.scope;
      };
      assert.deepEqual(await granted(["booking:read"]), ["booking:read"]);
      assert.deepEqual(await granted(["booking:read", "product:read"]), ["product:read", "booking:read"]);
      assert.deepEqual(await granted(["product:read", "product:read"]), ["product:read"]);
    },
  },
  {
    name: "continueAuthorizationRequest gives nothing when the person was erased after deciding",
    async run(world) {
      const stage = await setStage(world);
      const continuation = await newContinuation(stage, await decide(stage));
      await world.erasePerson(stage.personId);
      assert.deepEqual(await world.store.continueAuthorizationRequest(continuation), {
        outcome: "not_found",
      });
    },
  },
];
