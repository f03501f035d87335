/** Store contract: redemption of authorization codes, in the order that is the law. */
import assert from "node:assert/strict";
import type { CodeRedemption } from "../oauth/deps.ts";
import type { Scenario } from "./store_contract_world.ts";
import {
  addClient,
  assertAbout,
  newHash,
  newRedemption,
  newRotation,
  obtainCode,
  obtainTokens,
  OTHER_RESOURCE,
  RESOURCE,
  setStage,
  type Stage,
  stored,
} from "./store_contract_stage.ts";

const WRONG_CHALLENGE = "A".repeat(43);
/** Resource that nobody was asked about. */
const WRONG_RESOURCE = OTHER_RESOURCE.identifier;

async function redeem(stage: Stage, redemption: CodeRedemption) {
  return (await stage.world.store.redeemAuthorizationCode(redemption)).outcome;
}

export const codeScenarios: readonly Scenario[] = [
  {
    name: "redeemAuthorizationCode issues what was granted, once",
    async run(world) {
      const stage = await setStage(world);
      const redemption = await newRedemption(stage, await obtainCode(stage, { scope: ["booking:read"] }));
      const redeemed = await world.store.redeemAuthorizationCode(redemption);
      assert.ok(redeemed.outcome === "redeemed");
      assert.equal(redeemed.refreshable, true);
      const { issuedAt, ...issued } = redeemed.issued;
      assert.deepEqual(issued, {
        personId: stage.personId,
        resource: RESOURCE.identifier,
        scope: ["booking:read"],
        authorizationDetails: [],
        kid: "key",
      });
      assert.ok(Number.isInteger(issuedAt));
      assert.deepEqual(await world.findAccessTokenScope(redemption.jti), ["booking:read"]);
      assert.equal(await world.accessTokenIsLive(redemption.jti, RESOURCE.identifier), true);
      assert.equal(await world.accessTokenIsLive(redemption.jti, WRONG_RESOURCE), false);
      const token = await stored(world, redemption.refreshTokenHash);
      assert.deepEqual(token.familyScope, ["booking:read"]);
      assert.equal(token.generation, 1);
      assertAbout(token.expiresInSeconds, 86_400);
      assertAbout(token.familyExpiresInSeconds, 86_400);
      assert.deepEqual(await world.countRows(), { codes: 1, families: 1, accessTokens: 1, refreshTokens: 1 });
      await world.elapse(910);
      assert.equal(await world.accessTokenIsLive(redemption.jti, RESOURCE.identifier), false);
    },
  },
  {
    name: "redeemAuthorizationCode accepts an absent redirect URI and an absent resource",
    async run(world) {
      const stage = await setStage(world);
      const codeHash = await obtainCode(stage);
      const redemption = await newRedemption(stage, codeHash, { redirectUri: null, resource: null });
      assert.equal(await redeem(stage, redemption), "redeemed");
    },
  },
  {
    name: "redeemAuthorizationCode gives no refresh token to a client that may not use one",
    async run(world) {
      const stage = await setStage(world, { grantTypes: ["authorization_code"] });
      const redemption = await newRedemption(stage, await obtainCode(stage));
      const redeemed = await world.store.redeemAuthorizationCode(redemption);
      assert.ok(redeemed.outcome === "redeemed");
      assert.equal(redeemed.refreshable, false);
      assert.equal((await world.countRows()).refreshTokens, 0);
      const rotation = await newRotation(stage, redemption.refreshTokenHash);
      assert.deepEqual(await world.store.rotateRefreshToken(rotation), { outcome: "not_found" });
    },
  },
  {
    name: "redeemAuthorizationCode lets one of many simultaneous redemptions win",
    async run(world) {
      const stage = await setStage(world);
      const codeHash = await obtainCode(stage);
      const redemptions = await Promise.all(Array.from({ length: 8 }, () => newRedemption(stage, codeHash)));
      const outcomes = await world.simultaneously(redemptions.map((each) => () => redeem(stage, each)));
      assert.equal(outcomes.filter((outcome) => outcome === "redeemed").length, 1);
      assert.equal(outcomes.filter((outcome) => outcome === "replayed").length, 7);
      assert.deepEqual(await world.countRows(), { codes: 1, families: 1, accessTokens: 1, refreshTokens: 1 });
    },
  },
  {
    name: "redeemAuthorizationCode consumes nothing by any mismatch",
    async run(world) {
      const stage = await setStage(world);
      const stranger = await addClient(world);
      const codeHash = await obtainCode(stage);
      const attempt = async (overrides: Partial<CodeRedemption>) =>
        await redeem(stage, await newRedemption(stage, codeHash, overrides));
      assert.equal(await attempt({ codeHash: await newHash() }), "not_found");
      assert.equal(await attempt({ client: stranger }), "client_mismatch");
      // The registered entry is not what was sent: another port, one more slash, another case.
      for (
        const redirectUri of [
          "http://127.0.0.1/callback",
          "http://127.0.0.1:50123/callback/",
          "HTTP://127.0.0.1:50123/callback",
        ]
      ) assert.equal(await attempt({ redirectUri }), "redirect_uri_mismatch");
      assert.equal(await attempt({ codeChallenge: WRONG_CHALLENGE }), "verifier_mismatch");
      assert.equal(await attempt({ resource: WRONG_RESOURCE }), "resource_mismatch");
      assert.equal(await attempt({ resource: `${RESOURCE.identifier}/` }), "resource_mismatch");
      assert.equal((await world.countRows()).families, 0);
      assert.equal(await attempt({}), "redeemed");
    },
  },
  {
    name: "redeemAuthorizationCode checks client, redirect URI, verifier, use, age, resource in this order",
    async run(world) {
      const stage = await setStage(world);
      const stranger = await addClient(world);
      const codeHash = await obtainCode(stage);
      const wrong = {
        client: stranger,
        redirectUri: "https://evil.example/",
        codeChallenge: WRONG_CHALLENGE,
        resource: WRONG_RESOURCE,
      };
      const { client: _, ...withClient } = wrong;
      const { redirectUri: __, ...withRedirect } = withClient;
      const { codeChallenge: ___, ...withVerifier } = withRedirect;
      const order = async (overrides: Partial<CodeRedemption>) =>
        await redeem(stage, await newRedemption(stage, codeHash, overrides));
      assert.equal(await order(wrong), "client_mismatch");
      assert.equal(await order(withClient), "redirect_uri_mismatch");
      assert.equal(await order(withRedirect), "verifier_mismatch");
      assert.equal(await order(withVerifier), "resource_mismatch");
      await world.elapse(70);
      assert.equal(await order(withVerifier), "expired");
      assert.equal(await order(withRedirect), "verifier_mismatch");
    },
  },
  {
    name: "redeemAuthorizationCode refuses after 60 seconds",
    async run(world) {
      const stage = await setStage(world);
      const redemption = await newRedemption(stage, await obtainCode(stage));
      await world.elapse(70);
      assert.equal(await redeem(stage, redemption), "expired");
      assert.equal((await world.countRows()).families, 0);
    },
  },
  {
    name: "redeemAuthorizationCode denies a double submit and leaves the first tokens alive",
    async run(world) {
      const stage = await setStage(world);
      const codeHash = await obtainCode(stage);
      const first = await newRedemption(stage, codeHash);
      assert.equal(await redeem(stage, first), "redeemed");
      await world.elapse(3);
      assert.equal(await redeem(stage, await newRedemption(stage, codeHash)), "replayed");
      // What else may be wrong is not asked any more, and neither is a replay's resource.
      const elsewhere = await newRedemption(stage, codeHash, { resource: WRONG_RESOURCE });
      assert.equal(await redeem(stage, elsewhere), "replayed");
      assert.equal(await world.accessTokenIsLive(first.jti, RESOURCE.identifier), true);
      assert.equal((await stored(world, first.refreshTokenHash)).revokedBecause, null);
      assert.equal((await world.countRows()).families, 1);
    },
  },
  {
    name: "redeemAuthorizationCode revokes what it issued when a full replay comes after the window",
    async run(world) {
      const stage = await setStage(world);
      const codeHash = await obtainCode(stage);
      const first = await newRedemption(stage, codeHash);
      await redeem(stage, first);
      await world.elapse(70);
      assert.equal(await redeem(stage, await newRedemption(stage, codeHash)), "replayed_and_revoked");
      assert.equal(await world.accessTokenIsLive(first.jti, RESOURCE.identifier), false);
      const { revokedBecause } = await stored(world, first.refreshTokenHash);
      assert.equal(revokedBecause, "authorization code replayed");
      const rotation = await newRotation(stage, first.refreshTokenHash);
      assert.deepEqual(await world.store.rotateRefreshToken(rotation), { outcome: "revoked" });
      assert.equal(await redeem(stage, await newRedemption(stage, codeHash)), "replayed_and_revoked");
    },
  },
  {
    name: "redeemAuthorizationCode with a window of 0 revokes at the first replay",
    async run(world) {
      const stage = await setStage(world);
      const codeHash = await obtainCode(stage);
      const first = await newRedemption(stage, codeHash, { replaySeconds: 0 });
      await redeem(stage, first);
      const second = await newRedemption(stage, codeHash, { replaySeconds: 0 });
      assert.equal(await redeem(stage, second), "replayed_and_revoked");
      assert.equal(await world.accessTokenIsLive(first.jti, RESOURCE.identifier), false);
    },
  },
  {
    name: "redeemAuthorizationCode revokes nothing for a replay without client, redirect URI or verifier",
    async run(world) {
      const stage = await setStage(world);
      const stranger = await addClient(world);
      const codeHash = await obtainCode(stage);
      const first = await newRedemption(stage, codeHash);
      await redeem(stage, first);
      await world.elapse(70);
      const replay = async (overrides: Partial<CodeRedemption>) =>
        await redeem(stage, await newRedemption(stage, codeHash, overrides));
      assert.equal(await replay({ client: stranger }), "client_mismatch");
      assert.equal(await replay({ redirectUri: "https://evil.example/" }), "redirect_uri_mismatch");
      assert.equal(await replay({ codeChallenge: WRONG_CHALLENGE }), "verifier_mismatch");
      assert.equal(await world.accessTokenIsLive(first.jti, RESOURCE.identifier), true);
      assert.equal((await stored(world, first.refreshTokenHash)).revokedBecause, null);
    },
  },
  {
    name: "redeemAuthorizationCode refuses a deleted or banned person and consumes nothing",
    async run(world) {
      const stage = await setStage(world);
      const codeHash = await obtainCode(stage);
      await world.banPerson(stage.personId, 20);
      assert.equal(await redeem(stage, await newRedemption(stage, codeHash)), "person_inactive");
      await world.elapse(30);
      assert.equal(await redeem(stage, await newRedemption(stage, codeHash)), "redeemed");
      const other = await obtainCode(stage);
      await world.deletePerson(stage.personId);
      assert.equal(await redeem(stage, await newRedemption(stage, other)), "person_inactive");
    },
  },
  {
    name: "redeemAuthorizationCode finds no code of an erased person",
    async run(world) {
      const stage = await setStage(world);
      const redemption = await newRedemption(stage, await obtainCode(stage));
      await world.erasePerson(stage.personId);
      assert.equal(await redeem(stage, redemption), "not_found");
    },
  },
  {
    name: "redeemAuthorizationCode refuses a client that was blocked or has another secret, before anything",
    async run(world) {
      const secretHash = await newHash();
      const stage = await setStage(world, { tokenEndpointAuthMethod: "client_secret_post", secretHash });
      const codeHash = await obtainCode(stage);
      const { client } = stage.client;
      const attempt = async (overrides: Partial<CodeRedemption> = {}) =>
        await redeem(stage, await newRedemption(stage, codeHash, overrides));
      assert.equal(
        await attempt({ client: { client, secretHash: null, assertion: null } }),
        "client_changed",
      );
      await world.changeClient(client.id, { secretHash: await newHash() });
      assert.equal(await attempt(), "client_changed");
      assert.equal(await attempt({ codeHash: await newHash() }), "client_changed");
      await world.changeClient(client.id, { secretHash, blocked: true });
      assert.equal(await attempt(), "client_changed");
      await world.changeClient(client.id, { blocked: false });
      assert.equal(await attempt(), "redeemed");
    },
  },
  {
    name: "blocking a client kills its access tokens at once, for as long as it lasts",
    async run(world) {
      const stage = await setStage(world);
      const { jti } = await obtainTokens(stage);
      const live = () => world.accessTokenIsLive(jti, RESOURCE.identifier);
      await world.changeClient(stage.client.client.id, { blocked: true });
      assert.equal(await live(), false);
      await world.changeClient(stage.client.client.id, { blocked: false });
      assert.equal(await live(), true);
    },
  },
];
