/** Store contract: authorization details (RFC 9396), from what is asked to what a token says. */
import assert from "node:assert/strict";
import type { AuthorizationDetail, Resource } from "../oauth/deps.ts";
import {
  begin,
  newContinuation,
  newDecision,
  newRedemption,
  newRotation,
  RESOURCE,
  setStage,
  type Stage,
} from "./store_contract_stage.ts";
import type { Scenario } from "./store_contract_world.ts";

const DEFAULT: AuthorizationDetail = {
  type: "ticket",
  actions: ["reserve", "cancel"],
  maxAmount: 10_000,
  currency: "JPY",
};
const LIMITED: Resource = {
  ...RESOURCE,
  scopes: RESOURCE.scopes.map((scope) =>
    scope.name === "product:write" ? { ...scope, detail: DEFAULT } : scope
  ),
};
const ASKED = { ...DEFAULT, maxAmount: 50_000 };
const LESS = { ...ASKED, actions: ["cancel"], maxAmount: 1 };

async function limitedStage(world: Parameters<typeof setStage>[0]): Promise<Stage> {
  const stage = await setStage(world);
  await world.recordResource(LIMITED);
  return stage;
}

/** Scope and details as the consent page is told. */
async function asked(stage: Stage, idHash: Awaited<ReturnType<typeof begin>>) {
  const found = await stage.world.store.findAuthorizationRequest(idHash, stage.personId);
  assert.ok(found.outcome === "found");
  assert.deepEqual(found.resourceScopes, LIMITED.scopes);
  return [found.scope, found.authorizationDetails];
}

/** What is asked for is granted so far as chosen: the details of the first tokens, and the tokens. */
async function grant(stage: Stage, scope: readonly string[], chosen: readonly AuthorizationDetail[] | null) {
  const { store } = stage.world;
  const idHash = await begin(stage, { scope: ["product:read"], authorizationDetails: [ASKED] });
  const decision = await newDecision(stage, idHash, { scope, authorizationDetails: chosen });
  await store.decideAuthorizationRequest(decision);
  const continuation = await newContinuation(stage, decision.continueSecretHash);
  assert.equal((await store.continueAuthorizationRequest(continuation)).outcome, "approved");
  const redemption = await newRedemption(stage, continuation.codeHash);
  const redeemed = await store.redeemAuthorizationCode(redemption);
  assert.ok(redeemed.outcome === "redeemed");
  const { jti, refreshTokenHash } = redemption;
  return { details: redeemed.issued.authorizationDetails, jti, refreshTokenHash };
}

/** The details that an access token has at this moment. */
async function introspectedDetails({ world, client }: Stage, jti: string) {
  const introspected = await world.store.introspectToken(client, { kind: "access_token", jti });
  assert.ok(introspected.outcome === "active");
  return introspected.token.authorizationDetails;
}

export const detailScenarios: readonly Scenario[] = [
  {
    name: "createAuthorizationRequest completes details by default, and a detail asks for its scope",
    async run(world) {
      const stage = await limitedStage(world);
      const ask = async (scope: readonly string[], details: readonly AuthorizationDetail[]) =>
        await asked(stage, await begin(stage, { scope, authorizationDetails: details }));
      assert.deepEqual(await ask([], []), [["product:read"], []]);
      assert.deepEqual(await ask(["product:write"], []), [["product:write"], [DEFAULT]]);
      assert.deepEqual(await ask(["product:read"], [ASKED]), [["product:read", "product:write"], [ASKED]]);
      assert.deepEqual(await ask([], [ASKED]), [["product:write"], [ASKED]]);
      assert.deepEqual(await ask(["product:read"], [{ ...ASKED, type: "gone" }]), [["product:read"], []]);
    },
  },
  {
    name: "decideAuthorizationRequest takes details as asked or narrower, never more",
    async run(world) {
      const stage = await limitedStage(world);
      const details = { scope: ["product:write"], authorizationDetails: [ASKED] };
      const decide = async (chosen: readonly AuthorizationDetail[] | null) => {
        const idHash = await begin(stage, details);
        const decision = await newDecision(stage, idHash, {
          scope: ["product:write"],
          authorizationDetails: chosen,
        });
        return (await world.store.decideAuthorizationRequest(decision)).outcome;
      };
      for (const chosen of [null, [], [ASKED], [LESS], [{ ...ASKED, actions: [] }]]) {
        assert.equal(await decide(chosen), "decided");
      }
      const more = [
        [{ ...ASKED, maxAmount: 50_001 }],
        [{ ...ASKED, currency: "USD" }],
        [{ ...ASKED, actions: ["reserve", "resell"] }],
        [{ ...ASKED, type: "other" }],
        [ASKED, LESS],
      ];
      for (const chosen of more) assert.equal(await decide(chosen), "details_not_requested");
    },
  },
  {
    name: "what a person granted is in every token of the family, and nothing of a scope that was kept back",
    async run(world) {
      const stage = await limitedStage(world);
      assert.deepEqual((await grant(stage, ["product:read"], null)).details, []);
      assert.deepEqual((await grant(stage, ["product:write"], null)).details, [ASKED]);
      assert.deepEqual((await grant(stage, ["product:write"], [])).details, []);
      const { details, jti, refreshTokenHash } = await grant(stage, ["product:read", "product:write"], [
        LESS,
      ]);
      assert.deepEqual(details, [LESS]);
      assert.deepEqual(await introspectedDetails(stage, jti), [LESS]);
      const rotated = await world.store.rotateRefreshToken(await newRotation(stage, refreshTokenHash));
      assert.ok(rotated.outcome === "rotated");
      assert.deepEqual(rotated.issued.authorizationDetails, [LESS]);
      const replayed = await world.store.rotateRefreshToken(await newRotation(stage, refreshTokenHash));
      assert.ok(replayed.outcome === "replayed");
      assert.deepEqual(replayed.issued.authorizationDetails, [LESS]);
    },
  },
  {
    name:
      "rotateRefreshToken: a token of a narrower scope holds no detail of what it leaves out; the family keeps it",
    async run(world) {
      const stage = await limitedStage(world);
      const { refreshTokenHash } = await grant(stage, ["product:read", "product:write"], [LESS]);
      const refresh = async (hash: typeof refreshTokenHash, scope: readonly string[] | null) => {
        const rotation = await newRotation(stage, hash, { scope });
        const rotated = await world.store.rotateRefreshToken(rotation);
        assert.ok(rotated.outcome === "rotated");
        assert.deepEqual(await introspectedDetails(stage, rotation.jti), rotated.issued.authorizationDetails);
        return { details: rotated.issued.authorizationDetails, next: rotation.successorHash };
      };
      const narrower = await refresh(refreshTokenHash, ["product:read"]);
      assert.deepEqual(narrower.details, []);
      const limited = await refresh(narrower.next, ["product:write"]);
      assert.deepEqual(limited.details, [LESS]);
      assert.deepEqual((await refresh(limited.next, null)).details, [LESS]);
    },
  },
];
