/**
 * Hosted wall: the functions reach Postgres through a pooler in transaction mode, where every transaction may meet
 * another server connection and neighbours share four of them.
 *
 * Only the functions go through it. SEKISHO_DATABASE_URL, by which a start prepares the database, needs a session of its
 * own: its advisory lock is the session's, and in transaction mode it would stay behind on a server connection that
 * nobody owns (four starts at once through PgBouncer: one waited for ever). SEKISHO_OAUTH_DATABASE_URL,
 * SEKISHO_MCP_DATABASE_URL and SEKISHO_ACCOUNT_DATABASE_URL say where the functions connect instead, embedded as on hosted.
 */
import assert from "node:assert/strict";
import pg from "pg";
import {
  freePort,
  onTestDatabase,
  spawnProduct,
  startProductProcess,
} from "../../local/testing/product_process.ts";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import { hasPooler, POOL_SIZE, type Pooler, startPooler } from "./testing/hosted_pooler.ts";
import {
  callTool,
  grantCode,
  redeem,
  refresh,
  register,
  type RegisteredClient,
  signInByPassword,
} from "./testing/http_flow.ts";

const CALLERS = 50;
const ROUNDS = 5;
/** No limit is met, but requests are counted: by procedures that commit in the middle of their statement. */
const WIDE_LIMITS = { RATE_REGISTER: "100000", RATE_TOKEN: "100000", RATE_MCP: "0" };

interface Pooled {
  /** Where each of two processes listens; the first is the PUBLIC_URL of both. */
  readonly urls: readonly [string, string];
  readonly client: RegisteredClient;
  /** Transactions that went through the pooler so far. */
  transactions(): Promise<number>;
  rows<Row extends object>(sql: string): Promise<Row[]>;
}

async function withPooler(run: (pooled: Pooled) => Promise<void>): Promise<void> {
  const ports = [freePort(), freePort()] as const;
  const publicUrl = `http://localhost:${ports[0]}`;
  await using database = await freshDemoDatabase(publicUrl);
  await using pooler: Pooler = await startPooler([database.oauthUrl, database.mcpUrl, database.accountUrl]);
  const start = (port: number) =>
    startProductProcess({
      ...onTestDatabase(database),
      ...WIDE_LIMITS,
      SEKISHO_OAUTH_DATABASE_URL: pooler.through(database.oauthUrl),
      SEKISHO_MCP_DATABASE_URL: pooler.through(database.mcpUrl),
      SEKISHO_ACCOUNT_DATABASE_URL: pooler.through(database.accountUrl),
      PORT: String(port),
      PUBLIC_URL: publicUrl,
    });
  await using _first = await start(ports[0]);
  await using _second = await start(ports[1]);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await run({
      urls: [publicUrl, `http://localhost:${ports[1]}`],
      client: await register(publicUrl),
      transactions: () => pooler.transactions(new URL(database.url).pathname.slice(1)),
      rows: async <Row extends object>(sql: string) => (await client.query<Row>(sql)).rows,
    });
  } finally {
    await client.end();
  }
}

const test = (name: string, run: (pooled: Pooled) => Promise<void>) =>
  Deno.test({ name, ignore: !hasPooler(), fn: () => withPooler(run) });

Deno.test("a start whose functions would use another database than the one it prepares is refused", async () => {
  await using product = spawnProduct({
    SEKISHO_OAUTH_DATABASE_URL: "postgresql://sekisho_oauth@127.0.0.1:1/other",
  });
  assert.equal(await product.exited, 1);
  assert.match(
    product.output(),
    /^Sekisho cannot start: SEKISHO_OAUTH_DATABASE_URL.*need SEKISHO_DATABASE_URL/m,
  );
});

/** The same call, fifty times at once, half of them at each process. */
function atOnce<Answer>({ urls }: Pooled, call: (url: string) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: CALLERS }, (_, index) => call(urls[index % 2] ?? urls[0])));
}

function counts(answers: readonly { status: number }[]): Record<number, number> {
  const counted: Record<number, number> = {};
  for (const { status } of answers) counted[status] = (counted[status] ?? 0) + 1;
  return counted;
}

test("through a transaction pooler, the whole flow from registration to a tool's rows", async (pooled) => {
  const [url] = pooled.urls;
  const before = await pooled.transactions();
  assert.ok(before > 0, "registration did not go through the pooler");
  const granted = await grantCode(url, pooled.client, await signInByPassword(url));
  const first = await redeem(url, granted);
  assert.equal(first.status, 200);
  const second = await refresh(url, pooled.client, first.body.refresh_token);
  assert.equal(second.status, 200);
  const time = await callTool(url, second.body.access_token, "get_time");
  assert.equal(time.status, 200);
  assert.match(time.text, /time_zone/);
  assert.match((await callTool(url, second.body.access_token, "product_list")).text, /Iron teapot/);
  assert.equal((await redeem(url, granted)).status, 400);
  assert.equal((await callTool(url, "not.a.token", "get_time")).status, 401);
  // At least: request, look, decision, continuation, two redemptions, refresh, keys, liveness, the tool's rows.
  assert.ok(await pooled.transactions() - before >= 9);
});

test("through a transaction pooler, 50 parallel redemptions over two processes: one 200, forty-nine 400", async (pooled) => {
  const [url] = pooled.urls;
  const session = await signInByPassword(url);
  for (let round = 0; round < ROUNDS; round++) {
    const granted = await grantCode(url, pooled.client, session);
    const answers = await atOnce(pooled, (at) => redeem(at, granted));
    assert.deepEqual(counts(answers), { 200: 1, 400: CALLERS - 1 });
    const winner = answers.find((answer) => answer.status === 200);
    assert.equal((await refresh(url, pooled.client, winner?.body.refresh_token ?? "")).status, 200);
  }
});

test("through a transaction pooler, 50 parallel refreshes over two processes: fifty 200, one live row", async (pooled) => {
  const [url] = pooled.urls;
  const first = await redeem(url, await grantCode(url, pooled.client, await signInByPassword(url)));
  let presented = first.body.refresh_token;
  for (let round = 0; round < ROUNDS; round++) {
    const answers = await atOnce(pooled, (at) => refresh(at, pooled.client, presented));
    assert.deepEqual(counts(answers), { 200: CALLERS });
    assert.equal(new Set(answers.map((answer) => answer.body.refresh_token)).size, 1);
    const [live] = await pooled.rows<{ live: string; all: string }>(
      "select count(*) filter (where rotated_at is null) as live, count(*) as all from oauth.refresh_tokens",
    );
    assert.deepEqual(live, { live: "1", all: String(round + 2) });
    presented = answers[0]?.body.refresh_token ?? "";
  }
});

test("through a transaction pooler, 200 interleaved calls of two people: nobody sees the other's rows", async (pooled) => {
  const [url] = pooled.urls;
  const people = [
    { email: "demo_user@example.com", owns: ["Hand-woven basket", "Iron teapot", "Travel tea set"] },
    { email: "second_user@example.com", owns: ["Cedar incense", "Paper lantern"] },
  ];
  const callers = await Promise.all(people.map(async ({ email, owns }) => {
    const granted = await grantCode(url, pooled.client, await signInByPassword(url, email));
    return { owns, token: (await redeem(url, granted)).body.access_token };
  }));
  let next = 0;
  let most = 0;
  const caller = async () => {
    for (let call = next++; call < 200; call = next++) {
      // In threes, so that each process sees both people.
      const [at, person] = [pooled.urls[call % 2] ?? url, callers[call % 3 === 0 ? 0 : 1]];
      const { status, text } = await callTool(at, person?.token ?? "", "product_list");
      assert.equal(status, 200);
      assert.deepEqual(namesIn(text), person?.owns);
      if (call % 20 === 0) most = Math.max(most, await serverConnections(pooled));
    }
  };
  await Promise.all(Array.from({ length: 20 }, caller));
  assert.ok(most > 0 && most <= POOL_SIZE, `${most} server connections`);
});

test("through a transaction pooler, a person's account is theirs, however many share its connections", async (pooled) => {
  const [url] = pooled.urls;
  const sessions = await Promise.all(
    ["demo_user@example.com", "second_user@example.com"].map((email) => signInByPassword(url, email)),
  );
  const [first = "", second = ""] = sessions;
  const { body } = await redeem(url, await grantCode(url, pooled.client, first));
  const ask = (at: string, session: string, path: string, method = "GET") =>
    fetch(`${at}/api${path}`, { method, headers: { Authorization: `Bearer ${session}` } });
  const before = await pooled.transactions();
  const answers = await atOnce(pooled, async (at) => {
    const [own, other] = await Promise.all([ask(at, first, "/apps"), ask(at, second, "/apps")]);
    return [(await own.json()).apps.length, (await other.json()).apps.length];
  });
  assert.deepEqual(answers, Array(CALLERS).fill([1, 0]));
  assert.ok(await pooled.transactions() - before >= 2 * CALLERS);

  const path = `/apps/${pooled.client.client_id}`;
  assert.equal((await ask(url, second, path, "DELETE")).status, 204);
  assert.equal((await callTool(url, body.access_token, "product_list")).status, 200);
  assert.equal((await ask(url, first, path, "DELETE")).status, 204);
  assert.equal((await callTool(url, body.access_token, "product_list")).status, 401);
});

/** Names of the products in an answer, JSON or a stream of one event. */
function namesIn(text: string): string[] {
  const message = JSON.parse(text.startsWith("{") ? text : /^data: (.+)$/m.exec(text)?.[1] ?? "{}");
  return message.result.structuredContent.products.map((product: { name: string }) => product.name);
}

async function serverConnections(pooled: Pooled): Promise<number> {
  const [row] = await pooled.rows<{ count: string }>(
    "select count(*) from pg_stat_activity where datname = current_database() and usename = 'sekisho_mcp'",
  );
  return Number(row?.count);
}
