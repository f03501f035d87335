/**
 * Attack 3: a stolen refresh token used beside its owner (RFC 9700 §4.14.2, OAuth 2.1 §4.3.1; CVE-2026-9802). Rotation
 * must recognise the theft, must not fork the family under simultaneous honest use, and must survive a restart.
 */
import assert from "node:assert/strict";
import { onTestDatabase, startProductProcess } from "../../../local/testing/product_process.ts";
import { callTool, grantCode, redeem, refresh, register, signInByPassword } from "../testing/http_flow.ts";
import { assertAnswer, atOnce, CALLERS, counts, onStage, type Stage } from "./testing/attack_stage.ts";

const ROUNDS = 20;

const passWindow = (stage: Stage) =>
  stage.rows("update oauth.refresh_tokens set replay_until = replay_until - interval '61 seconds'");

const lastFamily = async (stage: Stage) => {
  const [family] = await stage.rows<{ because: string | null; live: number; all: number }>(
    `select family.revoked_because as because,
      count(*) filter (where token.rotated_at is null)::integer as live, count(*)::integer as all
    from oauth.token_families as family join oauth.refresh_tokens as token on token.family_id = family.id
    group by family.id order by family.created_at desc limit 1`,
  );
  return family;
};

async function begin(stage: Stage) {
  const client = await register(stage.url);
  const session = await signInByPassword(stage.url);
  const newTokens = async () => {
    const { status, body } = await redeem(stage.url, await grantCode(stage.url, client, session));
    assert.equal(status, 200);
    return body;
  };
  return { client, newTokens };
}

Deno.test("attack 3: a refresh token used by two", (t) =>
  onStage(async (stage) => {
    const [first = "", second = ""] = stage.urls;
    const { client, newTokens } = await begin(stage);

    await t.step(
      `fifty at once over two processes, ${ROUNDS} rounds: one successor, fifty access tokens, one live row`,
      async () => {
        let { refresh_token } = await newTokens();
        for (let round = 1; round <= ROUNDS; round++) {
          const answers = await atOnce(stage, (url) => refresh(url, client, refresh_token));
          assert.deepEqual(counts(answers), { 200: CALLERS });
          const [successor = "", ...others] = new Set(answers.map((answer) => answer.body.refresh_token));
          assert.deepEqual(others, []);
          assert.equal(new Set(answers.map((answer) => answer.body.access_token)).size, CALLERS);
          assert.deepEqual(await lastFamily(stage), { because: null, live: 1, all: round + 1 });
          refresh_token = successor;
        }
      },
    );

    await t.step("again within the window: the same successor, whichever process answers", async () => {
      const { refresh_token } = await newTokens();
      const winner = await refresh(first, client, refresh_token);
      const retry = await refresh(second, client, refresh_token);
      assert.deepEqual([winner.status, retry.status], [200, 200]);
      assert.equal(retry.body.refresh_token, winner.body.refresh_token);
      assert.deepEqual(await lastFamily(stage), { because: null, live: 1, all: 2 });
    });

    await t.step(
      "again after its successor was used: refused, the family dies, tokens of both thief and owner",
      async () => {
        const { refresh_token, access_token } = await newTokens();
        const { body: owner } = await refresh(first, client, refresh_token);
        const { body: next } = await refresh(second, client, owner.refresh_token);
        assertAnswer(await refresh(second, client, refresh_token), 400, "invalid_grant");
        assert.deepEqual(await lastFamily(stage), { because: "refresh token reused", live: 1, all: 3 });
        assertAnswer(await refresh(first, client, next.refresh_token), 400, "invalid_grant");
        for (const token of [access_token, owner.access_token, next.access_token]) {
          assert.equal((await callTool(first, token, "product_list")).status, 401);
        }
      },
    );

    await t.step("again after the window: refused, the family dies", async () => {
      const { refresh_token } = await newTokens();
      const { body: owner } = await refresh(first, client, refresh_token);
      await passWindow(stage);
      assertAnswer(await refresh(second, client, refresh_token), 400, "invalid_grant");
      assert.deepEqual(await lastFamily(stage), { because: "refresh token reused", live: 1, all: 2 });
      assertAnswer(await refresh(first, client, owner.refresh_token), 400, "invalid_grant");
      const told = await stage.rows(
        `select person_id is not null as person, details from oauth.audit_events where event = 'tokens_revoked'
          and family_id = (select id from oauth.token_families order by created_at desc limit 1)`,
      );
      assert.deepEqual(
        told,
        [{ person: true, details: { because: "refresh token reused" } }],
        "audited, once",
      );
    });

    await t.step("by another client: refused, the owner's token lives", async () => {
      const { refresh_token } = await newTokens();
      const thief = await register(stage.url);
      assertAnswer(await refresh(first, thief, refresh_token), 400, "invalid_grant");
      const { status, body } = await refresh(second, client, refresh_token);
      assert.equal(status, 200);
      // Nor does a rotated one kill the family in a stranger's hands.
      await passWindow(stage);
      assertAnswer(await refresh(first, thief, refresh_token), 400, "invalid_grant");
      assert.equal((await refresh(second, client, body.refresh_token)).status, 200);
    });

    await t.step("a refused request consumes nothing", async () => {
      const { refresh_token } = await newTokens();
      assertAnswer(
        await refresh(first, client, refresh_token, { resource: "https://other.example/mcp" }),
        400,
        "invalid_target",
      );
      assertAnswer(
        await refresh(first, client, refresh_token, { scope: "order:write" }),
        400,
        "invalid_scope",
      );
      assertAnswer(
        await refresh(first, { client_id: "client_nobody" }, refresh_token),
        401,
        "invalid_client",
      );
      assert.deepEqual(await lastFamily(stage), { because: null, live: 1, all: 1 });
      assert.equal((await refresh(second, client, refresh_token)).status, 200);
    });

    await t.step("at most a hundred replays of one generation", async () => {
      const { refresh_token } = await newTokens();
      assert.equal((await refresh(first, client, refresh_token)).status, 200);
      await stage.rows("update oauth.refresh_tokens set replay_count = 99 where rotated_at is not null");
      assert.equal((await refresh(second, client, refresh_token)).status, 200);
      assertAnswer(await refresh(first, client, refresh_token), 400, "invalid_grant");
    });

    await t.step("of a banned person: refused, alive again with the person", async () => {
      const { refresh_token } = await newTokens();
      await stage.rows("update auth.users set banned_until = now() + interval '1 hour'");
      assertAnswer(await refresh(first, client, refresh_token), 400, "invalid_grant");
      await stage.rows("update auth.users set banned_until = null");
      assert.equal((await refresh(first, client, refresh_token)).status, 200);
    });
  }, { processes: 2, env: { RATE_TOKEN: "0" } }));

Deno.test("attack 3: a restart forgets neither rotation nor theft", () =>
  onStage(async (stage) => {
    const { client, newTokens } = await begin(stage);
    const { refresh_token } = await newTokens();
    const { body: owner } = await refresh(stage.url, client, refresh_token);
    const [product] = stage.products;
    assert.ok(product);
    await product.stop();
    await using again = await startProductProcess({
      ...onTestDatabase(stage.database),
      PORT: String(product.port),
    });
    const retry = await refresh(again.url, client, refresh_token);
    assert.equal(retry.status, 200);
    assert.equal(retry.body.refresh_token, owner.refresh_token);
    assert.equal((await refresh(again.url, client, owner.refresh_token)).status, 200);
    assertAnswer(await refresh(again.url, client, refresh_token), 400, "invalid_grant");
    assert.equal((await lastFamily(stage))?.because, "refresh token reused");
  }));

Deno.test("attack 3: with REFRESH_REPLAY_SECONDS=0 the second use already is theft", () =>
  onStage(async (stage) => {
    const { client, newTokens } = await begin(stage);
    const { refresh_token } = await newTokens();
    const answers = await atOnce(stage, (url) => refresh(url, client, refresh_token));
    assert.deepEqual(counts(answers), { 200: 1, 400: CALLERS - 1 });
    assert.equal((await lastFamily(stage))?.because, "refresh token reused");
    const [sealed] = await stage.rows(
      "select count(sealed_successor)::integer as sealed from oauth.refresh_tokens",
    );
    assert.deepEqual(sealed, { sealed: 0 });
  }, { env: { REFRESH_REPLAY_SECONDS: "0" } }));

Deno.test("attack 3: a family refreshes so often and no more, in two processes; a full count hides no theft", () =>
  onStage(async (stage) => {
    const { url, rows } = stage;
    const session = await signInByPassword(url);
    const client = await register(url);
    const stolen = (await redeem(url, await grantCode(url, client, session))).body;
    const other = (await redeem(url, await grantCode(url, client, session))).body;

    const answers = await atOnce(stage, (at) => refresh(at, client, stolen.refresh_token));
    assert.deepEqual(counts(answers), { 200: 30, 429: 20 });
    const { body } = answers.find(({ status }) => status === 200)!;
    assert.equal((await refresh(url, client, body.refresh_token)).status, 429, "the owner has to wait, too");
    assert.equal((await refresh(url, client, other.refresh_token)).status, 200, "another sign-in does not");

    // The owner has waited and goes on; then the thief's flood fills the count, and he tries what he stole.
    await rows("update oauth.rate_counts set minute = minute - 61");
    assert.equal((await refresh(url, client, body.refresh_token)).status, 200);
    await rows(
      "update oauth.rate_counts set counts[1] = 30, minute = floor(extract(epoch from clock_timestamp()) / 60)",
    );
    assertAnswer(await refresh(url, client, stolen.refresh_token), 400, "invalid_grant");
    const [family] = await rows(
      "select revoked_because from oauth.token_families where revoked_because is not null",
    );
    assert.deepEqual(family, { revoked_because: "refresh token reused" });
  }, { processes: 2, env: { RATE_TOKEN: "30" } }));
