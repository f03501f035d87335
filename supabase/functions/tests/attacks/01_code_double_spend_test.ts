/**
 * Attack 1: one authorization code redeemed by many at once (RFC 6749 §4.1.2, RFC 9700 §2.1.1; GHSA-7w99). Whoever
 * checks and then writes lets several through; whoever locks may answer the losers with 500.
 */
import assert from "node:assert/strict";
import {
  callTool,
  grantCode,
  redeem,
  refresh,
  register,
  signInByPassword,
  type Tokens,
} from "../testing/http_flow.ts";
import { assertAnswer, atOnce, CALLERS, counts, onStage } from "./testing/attack_stage.ts";

const ROUNDS = 20;

Deno.test("attack 1: fifty redemptions of one code at once over two processes", (t) =>
  onStage(async (stage) => {
    const client = await register(stage.url);
    const session = await signInByPassword(stage.url);
    const winners: Tokens[] = [];

    await t.step(`${ROUNDS} rounds: one gets tokens, all others invalid_grant, nobody a 5xx`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const granted = await grantCode(stage.url, client, session);
        const answers = await atOnce(stage, (url) => redeem(url, granted));
        assert.deepEqual(counts(answers), { 200: 1, 400: CALLERS - 1 });
        for (const answer of answers) {
          if (answer.status === 200) {
            winners.push(answer.body);
            continue;
          }
          assertAnswer(answer, 400, "invalid_grant");
          assert.equal("access_token" in answer.body, false);
        }
      }
    });

    await t.step("the losers did not hurt a winner", async () => {
      for (const tokens of winners) {
        assert.equal((await callTool(stage.url, tokens.access_token, "product_list")).status, 200);
        assert.equal((await refresh(stage.url, client, tokens.refresh_token)).status, 200);
      }
    });

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
  }, { processes: 2, env: { RATE_TOKEN: "0" } }));
