/**
 * API keys over the running product: a key does what its scopes say and no more, as its person and nobody else, until it is
 * revoked; and it is nowhere to be found after it was told.
 */
import assert from "node:assert/strict";
import type { ApiKeys, MadeApiKey, NewApiKey } from "../_shared/contract/account.ts";
import { assertAnswer, atOnce, onStage, send, sendJson, type Stage } from "./attacks/testing/attack_stage.ts";
import { createCanaries, dumpTables } from "./attacks/testing/canaries.ts";
import { signInByPassword } from "./testing/http_flow.ts";
import { obtainToken } from "./testing/mcp_request.ts";
import { inputOf, PEOPLE, readShop, readWorld } from "./testing/shop_world.ts";
import { toolPath } from "../mcp/protocol/tool_paths.ts";
import { TOOLS } from "../mcp/tools/index.ts";

const OTHER_PERSON = "second_user@example.com";

function accountOf(url: string, session: string) {
  const headers = { Authorization: `Bearer ${session}` };
  return {
    create: (key: Partial<NewApiKey> = {}, at = url) =>
      sendJson(`${at}/api/keys`, { name: "A key", scopes: ["booking:read"], days: 1, ...key }, headers),
    async make(key: Partial<NewApiKey> = {}): Promise<MadeApiKey> {
      const answer = await this.create(key);
      assert.equal(answer.status, 201, answer.text);
      return JSON.parse(answer.text);
    },
    revoke: (id: string) => send(`${url}/api/keys/${id}`, { method: "DELETE", headers }),
    signOut: () => send(`${url}/api/sign-out`, { method: "POST", headers }),
    async list(): Promise<ApiKeys> {
      return JSON.parse((await send(`${url}/api/keys`, { headers })).text);
    },
  };
}

const call = ({ url }: Pick<Stage, "url">, key: string, path: string, input: unknown = {}, headers = {}) =>
  sendJson(`${url}/mcp/tools${path}`, input, { "X-API-Key": key, ...headers });

Deno.test("an API key does what its scopes say, as its person, and nothing else", () =>
  onStage(async (stage) => {
    const account = accountOf(stage.url, await signInByPassword(stage.url));
    const { key, id } = await account.make();
    const world = await readWorld(stage, PEOPLE.demo_user);
    const others = await readWorld(stage, PEOPLE.second_user);
    const before = await readShop(stage);
    const rooms = JSON.parse((await call(stage, key, "/room/list")).text).rooms as { id: string }[];
    assert.ok(rooms.some((room) => room.id === world["room_id"]));
    assert.ok(rooms.every((room) => room.id !== others["room_id"]));
    for (const tool of TOOLS.filter((tool) => tool.scope !== null && tool.scope !== "booking:read")) {
      const path = toolPath(tool).slice("/tools".length);
      assertAnswer(await call(stage, key, path, inputOf(tool, world)), 403, "insufficient_scope", tool.name);
    }
    const listed = await call(stage, key, "/booking/list", { room_id: others["room_id"] });
    assert.ok(!listed.text.includes(String(others["booking_id"])));
    const who = JSON.parse((await call(stage, key, "/whoami")).text);
    assert.deepEqual([who.person_id, who.client_id, who.scopes], [PEOPLE.demo_user, id, ["booking:read"]]);
    assert.deepEqual(await readShop(stage), before);
    assert.notEqual((await account.list()).keys[0]?.last_used_at, null);

    const token = await obtainToken(stage.url, "booking:read");
    const both = await call(stage, key, "/whoami", {}, { Authorization: `Bearer ${token}` });
    assertAnswer(both, 400, "invalid_request");
    const inQuery = await sendJson(`${stage.url}/mcp/tools/whoami?api-key=${key}`, {});
    assertAnswer(inQuery, 401, "invalid_token");
    for (const other of [`${key}x`, key.slice(0, -1), `sekisho_${"x".repeat(43)}`, token]) {
      assertAnswer(await call(stage, other, "/whoami"), 401, "invalid_token");
    }
    // Neither of them is the other: a key is no token, at no endpoint.
    const bearer = { Authorization: `Bearer ${key}` };
    assertAnswer(await sendJson(`${stage.url}/mcp/tools/whoami`, {}, bearer), 401, "invalid_token");
    assert.equal((await send(`${stage.url}/auth/v1/user`, { headers: bearer })).status >= 400, true);
    assertAnswer(await send(`${stage.url}/api/keys`, { headers: bearer }), 401, "login_required");
  }));

Deno.test("an API key may write what its scopes allow, within the ceiling that the scope has", () =>
  onStage(async (stage) => {
    const account = accountOf(stage.url, await signInByPassword(stage.url));
    const { key } = await account.make({ scopes: ["ticket:read", "ticket:write"] });
    const [event] = await stage.rows<{ id: string; price: string }>(
      `insert into shop.ticket_events (owner_id, name, starts_at, price_minor, currency, capacity)
      values ($1, 'Dear', now() + interval '1 day', 6000, 'JPY', 10) returning id`,
      [PEOPLE.demo_user],
    );
    const reserve = (idempotency_key: string) =>
      call(stage, key, "/ticket/reserve", { event_id: event?.id, seats: 1, idempotency_key });
    assert.equal((await reserve("one")).status, 200);
    const refused = await reserve("two");
    assert.equal(refused.status, 422, refused.text);
    assert.match(refused.text, /10,?000|limit|ceiling|allow/i);
  }));

for (
  const [what, end] of [
    ["revokes it", async (stage: Stage, session: string, id: string) => {
      assert.equal((await accountOf(stage.url, session).revoke(id)).status, 204);
    }],
    ["signs out everywhere", async (stage: Stage, session: string) => {
      assert.equal((await accountOf(stage.url, session).signOut()).status, 204);
    }],
    ["is banned", async ({ rows }: Stage) => {
      await rows("update auth.users set banned_until = now() + interval '1 day' where id = $1", [
        PEOPLE.demo_user,
      ]);
    }],
    ["is gone", async ({ rows }: Stage) => {
      await rows("delete from auth.users where id = $1", [PEOPLE.demo_user]);
    }],
  ] as const
) {
  Deno.test(`an API key is dead when its person ${what}: at once where a tool queries, elsewhere within ten seconds`, () =>
    onStage(async (stage) => {
      const session = await signInByPassword(stage.url);
      const { key, id } = await accountOf(stage.url, session).make();
      // Twice: the second leaves a lease that has calls left.
      for (let time = 0; time < 2; time++) assert.equal((await call(stage, key, "/whoami")).status, 200);
      await end(stage, session, id);
      const died = Date.now();
      assertAnswer(await call(stage, key, "/room/list"), 401, "invalid_token", "a tool that queries");
      assertAnswer(await call(stage, key, "/whoami"), 401, "invalid_token", "after that");
      const again = await signInByPassword(stage.url, OTHER_PERSON);
      const lives = await accountOf(stage.url, again).make();
      for (let time = 0; time < 2; time++) {
        assert.equal((await call(stage, lives.key, "/whoami")).status, 200);
      }
      if (what !== "revokes it") return;
      await accountOf(stage.url, again).revoke(lives.id);
      let status = 200;
      while (status === 200) {
        assert.ok(Date.now() - died < 60_000, "it never died");
        ({ status } = await call(stage, lives.key, "/whoami"));
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      assert.equal(status, 401);
    }));
}

Deno.test("a person has at most twenty keys, also when fifty are asked for at once in two processes", () =>
  onStage(async (stage) => {
    const account = accountOf(stage.url, await signInByPassword(stage.url));
    const answers = await atOnce(stage, (url) => account.create({}, url));
    assert.equal(answers.filter(({ status }) => status === 201).length, 20);
    assert.equal(answers.filter(({ error }) => error === "key_limit_reached").length, answers.length - 20);
    assert.equal((await account.list()).keys.length, 20);
  }, { processes: 2 }));

Deno.test("an API key and a token of one person take from the same hourly calls", () =>
  onStage(async (stage) => {
    const { key } = await accountOf(stage.url, await signInByPassword(stage.url)).make();
    const token = await obtainToken(stage.url, "booking:read");
    const who = (headers: Record<string, string>) => sendJson(`${stage.url}/mcp/tools/whoami`, {}, headers);
    const answers = [];
    for (let time = 0; time < 15; time++) {
      answers.push((await who({ "X-API-Key": key })).status);
      answers.push((await who({ Authorization: `Bearer ${token}` })).status);
    }
    const made = answers.filter((status) => status === 200).length;
    assert.ok(made <= 20 && made >= 19, String(made));
    assert.ok(answers.slice(-2).every((status) => status === 429));
  }, { env: { RATE_MCP: "20" } }));

Deno.test("an API key is in no log, no table, no address and no answer after it was told", () =>
  onStage(async (stage) => {
    const canaries = createCanaries();
    const session = await signInByPassword(stage.url);
    const account = accountOf(stage.url, session);
    const { key, id } = await account.make({ scopes: ["booking:read", "order:read"] });
    canaries.mark("API key", key);
    const answers = [
      await call(stage, key, "/room/list"),
      await call(stage, key, "/order/create", {}),
      await call(stage, key, "/room/list", { limit: key }),
      await sendJson(`${stage.url}/mcp/tools/whoami?api-key=${key}`, {}),
      await sendJson(`${stage.url}/mcp/tools/whoami?api-key=${key}`, {}, { "X-API-Key": key }),
      await sendJson(`${stage.url}/mcp/nothing?api-key=${key}`, {}),
      await send(`${stage.url}/api/keys`, { headers: { Authorization: `Bearer ${session}` } }),
      await send(`${stage.url}/api/activity`, { headers: { Authorization: `Bearer ${session}` } }),
      await account.revoke(id),
      await call(stage, key, "/room/list"),
    ];
    for (const { text, headers } of answers) {
      assert.deepEqual(canaries.foundIn(text + JSON.stringify([...headers])), []);
    }
    for (const [name, text] of await dumpTables(stage, ["oauth", "shop", "auth", "public"])) {
      assert.deepEqual(canaries.foundIn(text), [], name);
    }
    for (const product of stage.products) assert.deepEqual(canaries.foundIn(product.output()), []);
    assert.deepEqual(
      await stage.rows("select event from oauth.audit_events where client_id = $1 order by occurred_at, id", [
        id,
      ]),
      [{ event: "api_key_created" }, { event: "api_key_revoked" }],
    );
  }, { env: { API_KEY_IN_QUERY: "on" } }));
