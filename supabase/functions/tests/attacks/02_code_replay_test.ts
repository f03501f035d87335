/**
 * Attack 2: a code presented again after it was redeemed (RFC 6749 §4.1.2, OAuth 2.1 §4.1.3). Always denied; a replay
 * with everything right kills what the first one got, unless it comes at once; a replay by somebody who holds only the
 * code must not hurt its owner.
 */
import assert from "node:assert/strict";
import {
  callTool,
  grantCode,
  type Granted,
  redeem,
  REDIRECT_URI,
  refresh,
  register,
  signInByPassword,
  type Tokens,
} from "../testing/http_flow.ts";
import { assertAnswer, onStage, type Stage } from "./testing/attack_stage.ts";

const pass = (stage: Stage, seconds: number) =>
  stage.rows("update oauth.authorization_codes set used_at = used_at - make_interval(secs => $1)", [seconds]);

async function assertAlive(stage: Stage, tokens: Tokens) {
  for (const url of stage.urls) {
    assert.equal((await callTool(url, tokens.access_token, "product_list")).status, 200);
  }
}

async function assertDead(stage: Stage, granted: Granted, tokens: Tokens) {
  for (const url of stage.urls) {
    // A tool that queries notices at once, whatever the gate remembers.
    const called = await callTool(url, tokens.access_token, "product_list");
    assert.equal(called.status, 401);
    assertAnswer(await refresh(url, granted.client, tokens.refresh_token), 400, "invalid_grant");
  }
}

Deno.test("attack 2: a redeemed code presented again", (t) =>
  onStage(async (stage) => {
    const [client, other] = [await register(stage.url), await register(stage.url)];
    const session = await signInByPassword(stage.url);
    const [first = "", second = ""] = stage.urls;
    const redeemed = async () => {
      const granted = await grantCode(stage.url, client, session);
      const { status, body: tokens } = await redeem(first, granted, { redirect_uri: REDIRECT_URI });
      assert.equal(status, 200);
      return { granted, tokens };
    };

    await t.step("at once, as a double submit: denied, and the first tokens live", async () => {
      const { granted, tokens } = await redeemed();
      for (const url of stage.urls) {
        assertAnswer(await redeem(url, granted, { redirect_uri: REDIRECT_URI }), 400, "invalid_grant");
      }
      await assertAlive(stage, tokens);
      await pass(stage, 9);
      assertAnswer(await redeem(second, granted), 400, "invalid_grant");
      await assertAlive(stage, tokens);
    });

    await t.step(
      "later, by somebody with a wrong client, redirect URI or verifier: denied, nothing dies",
      async () => {
        const { granted, tokens } = await redeemed();
        await pass(stage, 11);
        const wrong: Record<string, string>[] = [
          { client_id: other.client_id },
          { redirect_uri: `${REDIRECT_URI}/` },
          { redirect_uri: "http://127.0.0.1:10/callback" },
          { code_verifier: "w".repeat(43) },
          { code_verifier: granted.verifier.toLowerCase().replace(/./, "-") },
        ];
        for (const overrides of wrong) {
          assertAnswer(
            await redeem(second, granted, overrides),
            400,
            "invalid_grant",
            JSON.stringify(overrides),
          );
        }
        await assertAlive(stage, tokens);
        assert.equal((await refresh(second, client, tokens.refresh_token)).status, 200);
      },
    );

    await t.step(
      "later, with everything right: denied, and everything of the first redemption dies",
      async () => {
        const { granted, tokens } = await redeemed();
        await assertAlive(stage, tokens);
        await pass(stage, 11);
        assertAnswer(await redeem(second, granted), 400, "invalid_grant");
        await assertDead(stage, granted, tokens);
        const [family] = await stage.rows(
          "select revoked_because as because from oauth.token_families where revoked_at is not null",
        );
        assert.deepEqual(family, { because: "authorization code replayed" });
      },
    );

    await t.step("later, after the refresh token was rotated: the successor dies too", async () => {
      const { granted, tokens } = await redeemed();
      const { status, body: rotated } = await refresh(first, client, tokens.refresh_token);
      assert.equal(status, 200);
      await pass(stage, 11);
      assertAnswer(await redeem(second, granted, { redirect_uri: REDIRECT_URI }), 400, "invalid_grant");
      await assertDead(stage, granted, rotated);
    });

    await t.step("an unused code is not burnt by mismatches, and is dead after its minute", async () => {
      const granted = await grantCode(stage.url, client, session);
      assertAnswer(await redeem(first, granted, { code_verifier: "w".repeat(43) }), 400, "invalid_grant");
      assertAnswer(await redeem(first, granted, { client_id: other.client_id }), 400, "invalid_grant");
      assert.equal((await redeem(second, granted)).status, 200);
      const late = await grantCode(stage.url, client, session);
      await stage.rows(
        "update oauth.authorization_codes set expires_at = expires_at - interval '60 seconds'",
      );
      assertAnswer(await redeem(first, late), 400, "invalid_grant");
    });
  }, { processes: 2 }));

Deno.test("attack 2: with CODE_REPLAY_SECONDS=0 the first replay already kills", () =>
  onStage(async (stage) => {
    const client = await register(stage.url);
    const granted = await grantCode(stage.url, client, await signInByPassword(stage.url));
    const { body: tokens } = await redeem(stage.url, granted);
    assertAnswer(await redeem(stage.url, granted), 400, "invalid_grant");
    await assertDead(stage, granted, tokens);
  }, { env: { CODE_REPLAY_SECONDS: "0" } }));
