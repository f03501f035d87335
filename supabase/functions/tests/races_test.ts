/** Races with two processes on one database: what must happen once happens once, and nobody gets a 5xx. */
import assert from "node:assert/strict";
import pg from "pg";
import {
  freePort,
  onTestDatabase,
  type ProductProcess,
  startProductProcess,
} from "../../local/testing/product_process.ts";
import { freshDemoDatabase, type TestDatabase } from "../../local/testing/test_database.ts";
import {
  callTool,
  grantCode,
  redeem,
  refresh,
  register,
  signInByPassword,
  type Tokens,
} from "./testing/http_flow.ts";

const CALLERS = 50;
const ROUNDS = 5;

interface Pair {
  readonly database: TestDatabase;
  /** The URL that begins flows; both serve the same PUBLIC_URL. */
  readonly url: string;
  /** Where each of two processes listens. */
  readonly urls: readonly [string, string];
  rows<Row extends object>(sql: string): Promise<Row[]>;
}

async function withPair(env: Record<string, string>, run: (pair: Pair) => Promise<void>): Promise<void> {
  const ports = [freePort(), freePort()] as const;
  const publicUrl = `http://localhost:${ports[0]}`;
  await using database = await freshDemoDatabase(publicUrl);
  const start = (port: number): Promise<ProductProcess> =>
    startProductProcess({ ...onTestDatabase(database), ...env, PORT: String(port), PUBLIC_URL: publicUrl });
  await using _first = await start(ports[0]);
  await using _second = await start(ports[1]);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await run({
      database,
      url: publicUrl,
      urls: [publicUrl, `http://localhost:${ports[1]}`],
      rows: async <Row extends object>(sql: string) => (await client.query<Row>(sql)).rows,
    });
  } finally {
    await client.end();
  }
}

/** The same call, fifty times at once, half of them at each process. */
function atOnce<Answer>(pair: Pair, call: (url: string) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: CALLERS }, (_, index) => call(pair.urls[index % 2] ?? pair.url)));
}

function counts(answers: readonly { status: number }[]): Record<number, number> {
  const counted: Record<number, number> = {};
  for (const { status } of answers) counted[status] = (counted[status] ?? 0) + 1;
  return counted;
}

Deno.test("50 parallel redemptions of one code over two processes: one 200, forty-nine 400, the winner's tokens alive", () =>
  withPair({}, async (pair) => {
    const client = await register(pair.url);
    const session = await signInByPassword(pair.url);
    for (let round = 0; round < ROUNDS; round++) {
      const granted = await grantCode(pair.url, client, session);
      const answers = await atOnce(pair, (url) => redeem(url, granted));
      assert.deepEqual(counts(answers), { 200: 1, 400: CALLERS - 1 });
      const losers = answers.filter((answer) => answer.status === 400);
      assert.ok(losers.every((loser) => "error" in loser.body && loser.body.error === "invalid_grant"));
      const winner = answers.find((answer) => answer.status === 200);
      assert.ok(winner);
      assert.equal((await callTool(pair.url, winner.body.access_token, "get_time")).status, 200);
      assert.equal((await refresh(pair.url, client, winner.body.refresh_token)).status, 200);
    }
    const [families] = await pair.rows<{ all: string; revoked: string }>(
      "select count(*) as all, count(revoked_at) as revoked from oauth.token_families",
    );
    assert.deepEqual(families, { all: String(ROUNDS), revoked: "0" });
  }));

Deno.test("a code replayed after CODE_REPLAY_SECONDS is denied and kills the tokens; with a wrong verifier it kills nothing", () =>
  withPair({}, async (pair) => {
    const client = await register(pair.url);
    const granted = await grantCode(pair.url, client, await signInByPassword(pair.url));
    const first = await redeem(pair.url, granted);
    assert.equal(first.status, 200);
    const elapse = () =>
      pair.rows("update oauth.authorization_codes set used_at = used_at - interval '11 seconds'");
    await elapse();

    const wrong = await redeem(pair.urls[1], granted, { code_verifier: "w".repeat(43) });
    assert.equal(wrong.status, 400);
    assert.equal((await callTool(pair.url, first.body.access_token, "product_list")).status, 200);

    const replay = await redeem(pair.urls[1], granted);
    assert.equal(replay.status, 400);
    assert.equal((await callTool(pair.urls[1], first.body.access_token, "get_time")).status, 401);
    // A tool that queries notices at once, whatever the gate remembers.
    assert.equal((await callTool(pair.url, first.body.access_token, "product_list")).status, 401);
    assert.equal((await refresh(pair.url, client, first.body.refresh_token)).status, 400);
  }));

Deno.test("50 parallel refreshes of one token over two processes: fifty 200 with one successor and one live row", () =>
  withPair({}, async (pair) => {
    const client = await register(pair.url);
    const first = await redeem(pair.url, await grantCode(pair.url, client, await signInByPassword(pair.url)));
    let presented = first.body.refresh_token;
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await atOnce(pair, (url) => refresh(url, client, presented));
      assert.deepEqual(counts(answers), { 200: CALLERS });
      const successors = new Set(answers.map((answer) => answer.body.refresh_token));
      assert.equal(successors.size, 1);
      const accessTokens = new Set(answers.map((answer: { body: Tokens }) => answer.body.access_token));
      assert.equal(accessTokens.size, CALLERS);
      const [live] = await pair.rows<{ live: string; all: string }>(
        "select count(*) filter (where rotated_at is null) as live, count(*) as all from oauth.refresh_tokens",
      );
      assert.deepEqual(live, { live: "1", all: String(round + 2) });
      presented = [...successors][0] ?? "";
    }

    // The first token again, long after its successor was used: theft. The family dies.
    const reused = await refresh(pair.urls[1], client, first.body.refresh_token);
    assert.equal(reused.status, 400);
    assert.equal((await refresh(pair.url, client, presented)).status, 400);
    const [family] = await pair.rows<{ because: string }>(
      "select revoked_because as because from oauth.token_families",
    );
    assert.equal(family?.because, "refresh token reused");
  }));
