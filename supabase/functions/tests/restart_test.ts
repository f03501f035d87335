/**
 * Postgres ends and comes back in the middle of everything: two processes stay up, whoever asks is told to come back and
 * then served, no code yields two families, no family forks, and nobody who was given tokens loses them.
 */
import assert from "node:assert/strict";
import { freePort, startProductProcess } from "../../local/testing/product_process.ts";
import { TEST_SECRET } from "../../local/testing/test_database.ts";
import { connectSql } from "../_shared/runtime/sql.ts";
import { REDIRECT_URI, register, signInByPassword } from "./testing/http_flow.ts";
import { type Ending, startRestartablePostgres } from "./testing/restartable_postgres.ts";
import { ReturningClient, Servers, toolCall } from "./testing/returning_client.ts";

const CLIENTS = 4;
/** How it ends, after how long, and how long it is away. */
const RESTARTS: readonly (readonly [ending: Ending, afterMs: number, awayMs: number])[] = [
  ["fast", 20, 0],
  ["immediate", 150, 0],
  ["killed", 80, 0],
  ["backend killed", 50, 0],
  ["fast", 300, 400],
  ["immediate", 10, 200],
  ["killed", 200, 800],
  ["backend killed", 250, 0],
];

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("Postgres is restarted and crashes under two processes", async (t) => {
  await using postgres = await startRestartablePostgres();
  const ports = [freePort(), freePort()] as const;
  const url = `http://localhost:${ports[0]}`;
  const env = {
    SEKISHO_DATABASE_URL: postgres.url,
    SEKISHO_SECRET: TEST_SECRET,
    PUBLIC_URL: url,
    // However slow this machine is: nobody comes back with a code so late that it looks like theft.
    CODE_REPLAY_SECONDS: "600",
    RATE_REGISTER: "0",
    RATE_TOKEN: "0",
    RATE_MCP: "0",
  };
  await using _first = await startProductProcess({ ...env, PORT: String(ports[0]) });
  await using _second = await startProductProcess({ ...env, PORT: String(ports[1]) });

  const servers = new Servers([url, `http://localhost:${ports[1]}`]);
  const session = await signInByPassword(url);
  const clients: ReturningClient[] = [];
  for (let index = 0; index < CLIENTS; index++) {
    clients.push(new ReturningClient(servers, await register(url), session));
  }
  let over = false;
  const traffic = Promise.all([
    ...clients.map(async (client) => {
      while (!over) await client.connect();
    }),
    ...(await probes(servers, session)).map(async (probe) => {
      for (let turn = 0; !over; turn++) {
        await probe(turn);
        await pause(200);
      }
    }),
  ]);
  /** Waits for it, or for the first failure of the traffic. */
  const amid = <Value>(event: Promise<Value>) => Promise.race([event, traffic.then(() => event)]);

  try {
    for (const [ending, afterMs, awayMs] of RESTARTS) {
      await t.step(
        `${ending}, after ${afterMs} ms, away for ${awayMs} ms: everybody connects again`,
        async () => {
          await amid(pause(afterMs));
          const refusals = servers.refusals;
          await amid(postgres.restart(ending, awayMs));
          const connected = clients.map((client) => client.held.length);
          // The one that was on its way, and one that began afterwards.
          const again = () =>
            clients.every((client, index) => client.held.length >= (connected[index] ?? 0) + 2);
          while (!again()) await amid(pause(20));
          assert.ok(awayMs === 0 || servers.refusals > refusals, "nobody noticed that Postgres was away");
        },
      );
    }
  } finally {
    over = true;
    await traffic;
  }

  await t.step("every family whose tokens somebody was given is alive", async () => {
    for (const client of clients) await client.refreshAll();
  });

  await t.step(
    "no code has two families, no family two live refresh tokens, nothing was revoked",
    async () => {
      const sql = connectSql(postgres.url, "restart test");
      try {
        assert.deepEqual(
          await sql.query({
            text: `select count(*)::integer as families, count(family.revoked_at)::integer as revoked,
            count(code.code_hash)::integer as codes,
            count(*) filter (where token.live <> 1 or token.every <> token.last)::integer as forked
          from oauth.token_families as family
          left join oauth.authorization_codes as code on code.family_id = family.id
          cross join lateral (
            select count(*) filter (where rotated_at is null) as live, count(*) as every, max(generation) as last
            from oauth.refresh_tokens where family_id = family.id
          ) as token`,
          }),
          [{ families: known(clients), revoked: 0, codes: known(clients), forked: 0 }],
        );
      } finally {
        await sql.close();
      }
    },
  );
});

/** Families that clients hold, and those of the codes that were spent without an answer. */
function known(clients: readonly ReturningClient[]): number {
  return clients.reduce((sum, client) => sum + client.held.length + client.spent, 0);
}

/** Everything else that asks Postgres, with what it answers once Postgres is there. */
async function probes(
  servers: Servers,
  session: string,
): Promise<((process: number) => Promise<void>)[]> {
  const [url] = servers.urls;
  const client = await register(url);
  const { publishable_key } = await (await fetch(`${url}/config.json`)).json();
  const post = (body: unknown): RequestInit => ({
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const form = (fields: Record<string, string>): RequestInit => ({
    method: "POST",
    body: new URLSearchParams({ client_id: client.client_id, ...fields }),
  });
  const unknown = "u".repeat(43);
  const expected: readonly (readonly [path: string, status: number, init?: RequestInit])[] = [
    ["/.well-known/oauth-authorization-server", 200],
    ["/.well-known/oauth-protected-resource/mcp", 200],
    ["/oauth/jwks", 200],
    ["/oauth/register", 201, post({ redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: "none" })],
    ["/oauth/authorize?client_id=nobody", 400],
    [`/oauth/interaction/${unknown}`, 404, { headers: { Authorization: `Bearer ${session}` } }],
    [`/oauth/continue/${unknown}`, 400],
    ["/oauth/token", 400, form({ grant_type: "authorization_code", code: unknown, code_verifier: unknown })],
    ["/oauth/token", 400, form({ grant_type: "refresh_token", refresh_token: unknown })],
    ["/oauth/revoke", 200, form({ token: unknown })],
    ["/oauth/introspect", 200, form({ token: unknown })],
    ["/mcp", 401, toolCall("not.a.token", "get_time")],
    ["/auth/v1/user", 200, { headers: { Authorization: `Bearer ${session}`, apikey: publishable_key } }],
    ["/health", 200],
  ];
  return expected.map(([path, status, init]) => async (process) => {
    const answer = await servers.ask(process, path, init);
    assert.equal(answer.status, status, `${path}: ${answer.text}`);
  });
}
