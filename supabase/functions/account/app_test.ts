/** The account's endpoints over the memory store: whose answers they give, to whom, and what they refuse. */
import assert from "node:assert/strict";
import type { ActivityPage, ConnectedApps } from "../_shared/contract/account.ts";
import { createApp } from "./app.ts";
import { ALICE, BOB, createTestDeps, RESOURCE, SESSIONS, type TestDeps } from "./testing/test_deps.ts";

const ROUTES = [
  ["GET", "/account/apps"],
  ["DELETE", "/account/apps/client_a"],
  ["GET", "/account/activity"],
  ["POST", "/account/sign-out"],
  ["GET", "/account/keys"],
  ["POST", "/account/keys"],
  ["DELETE", `/account/keys/key_${"a".repeat(22)}`],
] as const;

function scene(overrides: Parameters<typeof createTestDeps>[0] = {}) {
  const deps = createTestDeps(overrides);
  const app = createApp(deps);
  const ask = async (
    method: string,
    path: string,
    session: string | null = SESSIONS.alice,
    headers: Record<string, string> = {},
  ) =>
    await app.request(path, {
      method,
      headers: session === null ? headers : { Authorization: `Bearer ${session}`, ...headers },
    });
  const apps = async (session?: string): Promise<ConnectedApps["apps"]> =>
    (await (await ask("GET", "/account/apps", session)).json()).apps;
  const activity = async (query = "", session: string = SESSIONS.alice): Promise<ActivityPage> =>
    await (await ask("GET", `/account/activity${query}`, session)).json();
  return { deps, ask, apps, activity };
}

const hold = ({ memory }: TestDeps, personId: string, clientId: string, change = {}) =>
  void memory.families.push({
    personId,
    clientId,
    resource: RESOURCE,
    scope: ["product:read"],
    since: 3600,
    lastUsed: 60,
    expires: 3600,
    ...change,
  });

Deno.test("GET /api/apps describes what the person's apps hold, and nothing of anybody else's", async () => {
  const { deps, apps } = scene();
  hold(deps, ALICE.id, "client_a", { scope: ["shop:gone", "product:write", "product:read"] });
  hold(deps, BOB.id, "https://b.example/client.json");
  assert.deepEqual(await apps(), [{
    client: { id: "client_a", name: "App A", host: "a.example", verified: true },
    blocked: false,
    since: "2026-11-21T11:00:00.000Z",
    last_used_at: "2026-11-21T11:59:00.000Z",
    access: [{
      resource: RESOURCE,
      scopes: [
        { name: "product:read", description: { en: "See products", ja: "商品を見る" } },
        { name: "product:write", description: { en: "Change products", ja: "商品を変更する" } },
        { name: "shop:gone", description: { en: "shop:gone", ja: "shop:gone" } },
      ],
    }],
  }]);
  const [other] = await apps(SESSIONS.bob);
  assert.deepEqual(other?.client, {
    id: "https://b.example/client.json",
    name: "App B",
    host: "b.example",
    verified: false,
  });
});

Deno.test("GET /api/apps believes of a document what TRUSTED_CLIENT_HOSTS says", async () => {
  const { deps, apps } = scene({ trustedClientHosts: ["b.example"] });
  hold(deps, ALICE.id, "https://b.example/client.json");
  assert.equal((await apps())[0]?.client.verified, true);
});

Deno.test("DELETE /api/apps/<id> ends what one client holds of one person, also a client whose id is a URL", async () => {
  const { deps, ask, apps } = scene();
  const document = "https://b.example/client.json";
  for (const person of [ALICE, BOB]) {
    for (const id of ["client_a", document]) hold(deps, person.id, id);
  }
  const path = `/account/apps/${encodeURIComponent(document)}`;
  for (const time of ["first", "second"]) {
    const response = await ask("DELETE", path);
    assert.deepEqual([response.status, await response.text()], [204, ""], time);
    assert.equal(response.headers.get("Cache-Control"), "no-store");
    assert.deepEqual((await apps()).map(({ client }) => client.id), ["client_a"], time);
  }
  assert.equal((await apps(SESSIONS.bob)).length, 2);
});

Deno.test("DELETE /api/apps/<id> answers the same for a client that holds nothing or does not exist", async () => {
  const { deps, ask, apps } = scene();
  hold(deps, BOB.id, "client_a");
  for (const id of ["client_a", "nobody", "x".repeat(500), "%25"]) {
    assert.equal((await ask("DELETE", `/account/apps/${id}`)).status, 204, id);
  }
  assert.equal((await apps(SESSIONS.bob)).length, 1);
  for (const id of ["%00", "client_a%0A", "x".repeat(501)]) {
    const response = await ask("DELETE", `/account/apps/${id}`);
    assert.equal(response.status, 400, id);
    assert.deepEqual(await response.json(), {
      error: "invalid_request",
      error_description: "This is no client's id.",
    });
  }
});

Deno.test("GET /api/activity pages through what happened in the person's name, newest first, each once", async () => {
  const { deps, activity } = scene();
  for (let second = 0; second < 69; second++) {
    deps.memory.events.push({
      at: BigInt(Date.parse("2026-11-21T00:00:00Z") + second * 1000) * 1000n + 7n,
      event: "consented",
      personId: second % 7 === 0 ? BOB.id : ALICE.id,
      clientId: second === 1 ? "client_gone" : "client_a",
      resource: RESOURCE,
      details: { scope: ["product:read"] },
      addressPrefix: "192.0.2.0/24",
    });
  }
  const seen: string[] = [];
  let page = await activity();
  assert.deepEqual(page.events[0], {
    at: "2026-11-21T00:01:08.000Z",
    event: "consented",
    client: { id: "client_a", name: "App A" },
    resource: RESOURCE,
    because: null,
    scope: ["product:read"],
    address_prefix: "192.0.2.0/24",
  });
  for (;;) {
    seen.push(...page.events.map(({ at }) => at));
    if (page.next === null) break;
    assert.equal(page.events.length, 30);
    page = await activity(`?before=${page.next}`);
  }
  assert.deepEqual(page.events.at(-1)?.client, { id: "client_gone", name: null });
  assert.equal(new Set(seen).size, 59);
  assert.deepEqual(seen, seen.toSorted().reverse());
});

Deno.test("GET /api/activity refuses what is no place in it", async () => {
  const { ask } = scene();
  const places = ["", "x", "-1", "1e3", "%31%20", "9".repeat(17), "1&before=2", "1;select", "１"];
  for (const place of places) {
    const response = await ask("GET", `/account/activity?before=${place}`);
    assert.deepEqual(
      [response.status, await response.json()],
      [400, { error: "invalid_request", error_description: "There is no such page." }],
      place,
    );
  }
  assert.equal((await ask("GET", "/account/activity?before=0&other=1")).status, 200);
});

Deno.test("POST /api/sign-out disconnects every app of the person, and of nobody else, and says so in their trail", async () => {
  const { deps, ask, apps, activity } = scene();
  for (const person of [ALICE, BOB]) {
    for (const id of deps.memory.clients.keys()) hold(deps, person.id, id);
  }
  assert.equal((await ask("POST", "/account/sign-out")).status, 204);
  assert.deepEqual([(await apps()).length, (await apps(SESSIONS.bob)).length], [0, 2]);
  assert.deepEqual(
    (await activity()).events.map(({ because }) => because),
    Array(2).fill("signed out everywhere by the person"),
  );
  assert.deepEqual((await activity("", SESSIONS.bob)).events, []);
});

Deno.test("every route refuses whoever is nobody, and changes nothing", async () => {
  const { deps, ask, apps } = scene();
  hold(deps, ALICE.id, "client_a");
  const nobody = [
    [null, 401, "login_required"],
    ["session.of.mallory", 401, "login_required"],
    [SESSIONS.anonymous, 401, "login_required"],
    [SESSIONS.withoutSecondFactor, 403, "second_factor_required"],
  ] as const;
  for (const [method, path] of ROUTES) {
    for (const [session, status, code] of nobody) {
      const response = await ask(method, path, session);
      assert.deepEqual([response.status, (await response.json()).error], [status, code], `${method} ${path}`);
      assert.equal(response.headers.get("Cache-Control"), "no-store");
    }
    for (const headers of [{ Cookie: "sb-access-token=session.of.alice" }, { Authorization: "Basic YTpi" }]) {
      assert.equal((await ask(method, path, null, headers as Record<string, string>)).status, 401);
    }
  }
  deps.memory.people.delete(ALICE.id);
  for (const [method, path] of ROUTES) {
    // Which body a key needs is looked at before the store is asked.
    if (method === "POST" && path === "/account/keys") continue;
    assert.equal((await ask(method, path)).status, 401, "banned meanwhile");
  }
  deps.memory.people.add(ALICE.id);
  assert.equal((await apps()).length, 1);
});

Deno.test("every route is for the account page: a foreign or opaque origin is refused before the session is looked at", async () => {
  const { deps, ask, apps } = scene();
  hold(deps, ALICE.id, "client_a");
  for (const [method, path] of ROUTES) {
    for (const Origin of ["https://evil.example", "null", "https://web.example.evil.example", ""]) {
      const response = await ask(method, path, SESSIONS.alice, { Origin });
      assert.equal(response.status, 403, `${method} ${Origin}`);
      assert.equal(response.headers.get("Access-Control-Allow-Origin"), null);
    }
    const preflight = (Origin: string) =>
      ask("OPTIONS", path, null, {
        Origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization",
      });
    const [ours, theirs] = [await preflight("https://web.example"), await preflight("https://evil.example")];
    assert.equal(ours.headers.get("Access-Control-Allow-Origin"), "https://web.example");
    assert.equal(ours.headers.get("Access-Control-Allow-Methods"), "GET, POST, DELETE");
    assert.equal(ours.headers.get("Access-Control-Allow-Credentials"), null);
    assert.equal(theirs.headers.get("Access-Control-Allow-Origin"), null);
  }
  assert.equal((await apps()).length, 1);
  const allowed = await ask("GET", "/account/apps", SESSIONS.alice, { Origin: "https://web.example" });
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers.get("Access-Control-Allow-Origin"), "https://web.example");
});

Deno.test("a wrong method is told the right ones, a wrong path that there is nothing; the log names no client", async () => {
  const { deps, ask } = scene();
  const wrong = await ask("POST", "/account/apps/client_a");
  assert.deepEqual([wrong.status, wrong.headers.get("Allow")], [405, "DELETE"]);
  for (const path of ["/account", "/account/key", "/account/apps/a/b", "/account/apps/"]) {
    assert.equal((await ask("GET", path)).status, 404, path);
  }
  assert.ok(deps.logged.length >= 5);
  assert.doesNotMatch(JSON.stringify(deps.logged), /client_a/);
  assert.match(JSON.stringify(deps.logged[0]), /"route":"\/account\/apps\/:id"/);
});
