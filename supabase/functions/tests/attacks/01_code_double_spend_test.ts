/**
 * Attack 1: one authorization code redeemed by many at once (RFC 6749 §4.1.2, RFC 9700 §2.1.1; GHSA-7w99). Whoever
 * checks and then writes lets several through; whoever locks may answer the losers with 500.
 */
import assert from "node:assert/strict";
import { callTool, grantCode, redeem, refresh, register, signInByPassword } from "../testing/http_flow.ts";
import { assertAnswer, atOnce, CALLERS, counts, onStage } from "./testing/attack_stage.ts";

const ROUNDS = 3;

Deno.test("attack 1: fifty redemptions of one code at once over two processes", (t) =>
  onStage(async (stage) => {
    const client = await register(stage.url);
    const session = await signInByPassword(stage.url);
    for (let round = 1; round <= ROUNDS; round++) {
      const granted = await grantCode(stage.url, client, session);
      const answers = await atOnce(stage, (url) => redeem(url, granted));

      await t.step(`round ${round}: one gets tokens, all others invalid_grant, nobody a 5xx`, () => {
        assert.deepEqual(counts(answers), { 200: 1, 400: CALLERS - 1 });
        for (const loser of answers.filter((answer) => answer.status !== 200)) {
          assertAnswer(loser, 400, "invalid_grant");
          assert.equal("access_token" in loser.body, false);
        }
      });

      await t.step(`round ${round}: the losers did not hurt the winner`, async () => {
        const winner = answers.find((answer) => answer.status === 200);
        assert.ok(winner);
        assert.equal((await callTool(stage.url, winner.body.access_token, "product_list")).status, 200);
        assert.equal((await refresh(stage.url, client, winner.body.refresh_token)).status, 200);
      });
    }

    await t.step("one family and one first refresh token per code, none revoked", async () => {
      assert.deepEqual(
        await stage.rows(
          `select count(*)::integer as families, count(revoked_at)::integer as revoked,
            (select count(*)::integer from oauth.refresh_tokens where generation = 1) as tokens
          from oauth.token_families`,
        ),
        [{ families: ROUNDS, revoked: 0, tokens: ROUNDS }],
      );
    });
  }, { processes: 2 }));
