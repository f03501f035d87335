/**
 * Keys change while clients work at two processes: signing keys rotate by themselves, one is revoked in an emergency,
 * SEKISHO_SECRET moves to another key. Nobody notices, except who holds a token of the revoked key.
 */
import assert from "node:assert/strict";
import { decodeProtectedHeader } from "jose";
import { toBase64Url } from "../_shared/encoding.ts";
import { connectSql } from "../_shared/runtime/sql.ts";
import {
  freePort,
  type ProductProcess,
  spawnProduct,
  startProductProcess,
} from "../../local/testing/product_process.ts";
import { freshDemoDatabase, TEST_SECRET } from "../../local/testing/test_database.ts";
import { callTool, grantCode, redeem, refresh, register, signInByPassword } from "./testing/http_flow.ts";
import { Balancer, SteadyClient } from "./testing/steady_traffic.ts";

const CLIENTS = 3;
const AT_ONCE_MS = 10_000;
const NEW_SECRET = `new:${toBase64Url(crypto.getRandomValues(new Uint8Array(32)))}`;
const RESOURCE_SERVER = `Basic ${btoa("demo-resource-server:demo-resource-secret")}`;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const kidOf = (token: string) => decodeProtectedHeader(token).kid ?? "";

/** Moves the database's clock to the instant at which the next key takes over. */
const TO_THE_NEXT_KEY = `
  with ahead as (
    select signs_from - clock_timestamp() as by from oauth.signing_keys
    where signs_from > clock_timestamp() and revoked_at is null
  )
  update oauth.signing_keys
  set created_at = created_at - ahead.by, signs_from = signs_from - ahead.by, signs_until = signs_until - ahead.by
  from ahead`;

/** Runs `deno task keys` and answers what it says. */
async function keys(env: Readonly<Record<string, string>>, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "keys", ...args],
    env: { ...env },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(code, 0, text);
  return text;
}

Deno.test("keys change under steady traffic of two processes", async (t) => {
  const ports = [freePort(), freePort()] as const;
  const publicUrl = `http://localhost:${ports[0]}`;
  const urls = [publicUrl, `http://localhost:${ports[1]}`] as const;
  await using database = await freshDemoDatabase(publicUrl);
  const env = (secret: string, port?: number) => ({
    SEKISHO_DATABASE_URL: database.url,
    SEKISHO_SECRET: secret,
    PUBLIC_URL: publicUrl,
    RATE_MCP: "0",
    ...(port === undefined ? {} : { PORT: String(port) }),
  });
  const owner = connectSql(database.url, "key rotation test");
  const rows = <Row extends object>(text: string) => owner.query<Row>({ text });
  const running: ProductProcess[] = [];
  for (const port of ports) running.push(await startProductProcess(env(TEST_SECRET, port)));

  const balancer = new Balancer(urls);
  const revoked = new Set<string>();
  const session = await signInByPassword(publicUrl);
  const clients: SteadyClient[] = [];
  for (let index = 0; index < CLIENTS; index++) {
    clients.push(new SteadyClient(balancer, publicUrl, await register(publicUrl), session, revoked));
  }
  let over = false;
  const traffic = Promise.all(clients.map(async (client) => {
    while (!over) await client.round();
  }));
  traffic.catch(() => over = true);
  const amid = async <Value>(event: Promise<Value>) => await Promise.race([event, traffic.then(() => event)]);
  const until = async (what: string, holds: () => boolean | Promise<boolean>, withinMs = 30_000) => {
    const deadline = Date.now() + withinMs;
    while (!await amid(Promise.resolve(holds()))) {
      assert.ok(Date.now() < deadline, what);
      await amid(pause(50));
    }
  };
  const everyoneGoesOn = () => {
    const before = clients.map(({ tokens }) => tokens);
    return until(
      "a client stands still",
      () => clients.every(({ tokens }, index) => tokens > (before[index] ?? 0) + 5),
    );
  };
  const published = async (url: string): Promise<Record<string, string>[]> =>
    (await (await fetch(`${url}/oauth/jwks`)).json()).keys;
  const nextKid = async () =>
    (await rows<{ kid: string }>(
      "select kid from oauth.signing_keys where signs_from > clock_timestamp() and revoked_at is null",
    ))[0]?.kid;
  const newTokens = async () => {
    const granted = await grantCode(publicUrl, await register(publicUrl), session);
    return { client: granted.client, ...(await redeem(publicUrl, granted)).body };
  };
  const isActive = async (token: string) => {
    const response = await fetch(`${urls[1]}/oauth/introspect`, {
      method: "POST",
      headers: { Authorization: RESOURCE_SERVER },
      body: new URLSearchParams({ token }),
    });
    return (await response.json()).active;
  };

  try {
    await t.step("a key rotates: published before, nobody notices, old tokens live on", async () => {
      await everyoneGoesOn();
      await until("nobody made the next key", async () => await nextKid() !== undefined);
      const next = await nextKid() ?? "";
      const old = await newTokens();
      assert.notEqual(kidOf(old.access_token), next);
      await until(
        "the next key is not published everywhere",
        async () =>
          (await Promise.all(urls.map(published))).every((set) => set.some(({ kid }) => kid === next)),
      );

      await rows(TO_THE_NEXT_KEY);
      await until("the next key does not sign", () => clients.every(({ kid }) => kid === next));
      await everyoneGoesOn();
      for (const url of urls) {
        assert.equal((await callTool(url, old.access_token, "product_list")).status, 200);
        const set = await published(url);
        assert.ok(set.some(({ kid }) => kid === kidOf(old.access_token)), "the old key is not published");
        assert.ok(set.every((key) => !("d" in key)));
      }
      assert.equal(await isActive(old.access_token), true);
    });

    await t.step(
      "a key is revoked: its tokens die, the next key takes over, refresh tokens go on",
      async () => {
        await until("nobody made the next key", async () => await nextKid() !== undefined);
        const next = await nextKid();
        const victim = await newTokens();
        const kid = kidOf(victim.access_token);
        for (const url of urls) {
          assert.equal((await callTool(url, victim.access_token, "get_time")).status, 200);
        }
        revoked.add(kid);
        assert.match(await keys(env(TEST_SECRET), "list"), new RegExp(`${kid}  active`));
        const said = await keys(env(TEST_SECRET), "revoke", kid);
        const at = Date.now();
        assert.match(said, new RegExp(`revoked; ${next} signs now`));
        assert.equal(await isActive(victim.access_token), false);
        assert.equal((await callTool(publicUrl, victim.access_token, "product_list")).status, 401);
        assert.equal(kidOf((await newTokens()).access_token), next);
        for (const url of urls) {
          await until(
            "the token lives",
            async () => (await callTool(url, victim.access_token, "get_time")).status === 401,
            AT_ONCE_MS,
          );
          await until(
            "the key is published",
            async () => (await published(url)).every((key) => key["kid"] !== kid),
            AT_ONCE_MS,
          );
        }
        assert.ok(Date.now() - at < AT_ONCE_MS + 1000);
        const again = await refresh(publicUrl, victim.client, victim.refresh_token);
        assert.equal(again.status, 200);
        assert.equal((await callTool(urls[1], again.body.access_token, "product_list")).status, 200);
        await everyoneGoesOn();
      },
    );

    await t.step("SEKISHO_SECRET moves to another key, process by process", async () => {
      const restart = async (index: 0 | 1, secret: string) => {
        await amid(balancer.takeOut(urls[index]));
        await running[index]?.stop();
        running[index] = await amid(startProductProcess(env(secret, ports[index])));
        balancer.putIn(urls[index]);
        await everyoneGoesOn();
      };
      const bothKeep = `${TEST_SECRET},${NEW_SECRET}`;
      const bothMove = `${NEW_SECRET},${TEST_SECRET}`;
      for (const secret of [bothKeep, bothMove]) {
        for (const index of [0, 1] as const) await restart(index, secret);
      }
      await using tooEarly = spawnProduct(env(NEW_SECRET));
      assert.notEqual(await tooEarly.exited, 0);
      assert.match(tooEarly.output(), /SEKISHO_SECRET lacks a key that this database still needs/);

      const said = await keys(env(bothMove), "reseal");
      assert.match(said, /[1-9]\d* resealed/);
      assert.match(said, /no longer needed.*: test$/m);
      await everyoneGoesOn();
      for (const index of [0, 1] as const) await restart(index, NEW_SECRET);
      assert.match(await keys(env(NEW_SECRET), "reseal"), /^0 resealed/);
    });
  } finally {
    over = true;
    await traffic.finally(async () => {
      for (const process of running) await process.stop();
      await owner.close();
    });
  }
});
