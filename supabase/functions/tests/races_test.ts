/** Races with two processes on one database: what must happen once happens once, and nobody gets a 5xx. */
import assert from "node:assert/strict";
import { CALLERS, counts, onStage, type Stage } from "./attacks/testing/attack_stage.ts";
import { callTool, grantCode, redeem, refresh, register, signInByPassword } from "./testing/http_flow.ts";

const ROUNDS = 20;

/** The same call, fifty times at once, half of them at each process, as they come. */
function atOnce<Answer>(stage: Stage, call: (url: string) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: CALLERS }, (_, index) => call(stage.urls[index % 2] ?? stage.url)));
}

/** What became of everything that this client was given. */
async function familiesOf(stage: Stage, { client_id }: { client_id: string }) {
  const [families] = await stage.rows<{ families: number; revoked: number; live: number; tokens: number }>(
    `select count(distinct family.id)::integer as families,
      count(distinct family.id) filter (where family.revoked_at is not null)::integer as revoked,
      count(*) filter (where token.rotated_at is null)::integer as live, count(*)::integer as tokens
    from oauth.token_families as family join oauth.refresh_tokens as token on token.family_id = family.id
    where family.client_id = $1`,
    [client_id],
  );
  return families;
}

Deno.test(`races of ${CALLERS} callers over two processes`, (t) =>
  onStage(async (stage) => {
    const [first = "", second = ""] = stage.urls;
    const session = await signInByPassword(stage.url);

    await t.step(
      `one code, ${ROUNDS} rounds: one 200, all others 400, the winner's tokens alive`,
      async () => {
        const client = await register(stage.url);
        for (let round = 0; round < ROUNDS; round++) {
          const granted = await grantCode(stage.url, client, session);
          const answers = await atOnce(stage, (url) => redeem(url, granted));
          assert.deepEqual(counts(answers), { 200: 1, 400: CALLERS - 1 });
          const losers = answers.filter((answer) => answer.status === 400);
          assert.ok(losers.every((loser) => "error" in loser.body && loser.body.error === "invalid_grant"));
          const winner = answers.find((answer) => answer.status === 200);
          assert.ok(winner);
          assert.equal((await callTool(first, winner.body.access_token, "product_list")).status, 200);
          assert.equal((await refresh(second, client, winner.body.refresh_token)).status, 200);
        }
        // One family for each code, and in it the first token and the one that proved it alive.
        const expected = { families: ROUNDS, revoked: 0, live: ROUNDS, tokens: 2 * ROUNDS };
        assert.deepEqual(await familiesOf(stage, client), expected);
      },
    );

    await t.step(
      `one refresh token, ${ROUNDS} rounds: fifty 200 with one successor and one live row`,
      async () => {
        const client = await register(stage.url);
        const { body: tokens } = await redeem(first, await grantCode(stage.url, client, session));
        let presented = tokens.refresh_token;
        for (let round = 1; round <= ROUNDS; round++) {
          const answers = await atOnce(stage, (url) => refresh(url, client, presented));
          assert.deepEqual(counts(answers), { 200: CALLERS });
          const [successor = "", ...others] = new Set(answers.map((answer) => answer.body.refresh_token));
          assert.deepEqual(others, []);
          assert.equal(new Set(answers.map((answer) => answer.body.access_token)).size, CALLERS);
          const expected = { families: 1, revoked: 0, live: 1, tokens: round + 1 };
          assert.deepEqual(await familiesOf(stage, client), expected);
          presented = successor;
        }

        // The first token again, long after its successor was used: theft. The family dies.
        assert.equal((await refresh(second, client, tokens.refresh_token)).status, 400);
        assert.equal((await refresh(first, client, presented)).status, 400);
        assert.equal((await familiesOf(stage, client))?.revoked, 1);
      },
    );

    await t.step(
      "a code replayed after CODE_REPLAY_SECONDS kills its tokens; with a wrong verifier nothing",
      async () => {
        const client = await register(stage.url);
        const granted = await grantCode(stage.url, client, session);
        const { body: tokens } = await redeem(first, granted);
        await stage.rows("update oauth.authorization_codes set used_at = used_at - interval '11 seconds'");

        assert.equal((await redeem(second, granted, { code_verifier: "w".repeat(43) })).status, 400);
        assert.equal((await callTool(first, tokens.access_token, "product_list")).status, 200);

        assert.equal((await redeem(second, granted)).status, 400);
        assert.equal((await callTool(second, tokens.access_token, "get_time")).status, 401);
        // A tool that queries notices at once, whatever the gate remembers.
        assert.equal((await callTool(first, tokens.access_token, "product_list")).status, 401);
        assert.equal((await refresh(first, client, tokens.refresh_token)).status, 400);
      },
    );
  }, { processes: 2, env: { RATE_TOKEN: "0" } }));
