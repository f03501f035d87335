/**
 * A person's account over the running product: what is disconnected is dead everywhere and on its way, and nobody sees or
 * ends what is another's.
 */
import assert from "node:assert/strict";
import type { ActivityPage, ConnectedApps } from "../_shared/contract/account.ts";
import { onStage, send, type Stage } from "./attacks/testing/attack_stage.ts";
import {
  authorizeParameters,
  beginRequest,
  callTool,
  decide,
  grantCode,
  redeem,
  refresh,
  register,
  type RegisteredClient,
  signInByPassword,
  type Tokens,
} from "./testing/http_flow.ts";

const VERIFIER = "v".repeat(43);
const OTHER_PERSON = "second_user@example.com";
const SCOPE = "product:read product:write";

/** The account as its page asks for it. */
function accountOf({ url }: Stage, session: string) {
  const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
    send(`${url}/api${path}`, { method, headers: { Authorization: `Bearer ${session}`, ...headers } });
  return {
    ask,
    async apps(): Promise<ConnectedApps["apps"]> {
      const { status, text } = await ask("GET", "/apps");
      assert.equal(status, 200);
      return JSON.parse(text).apps;
    },
    async activity(query = ""): Promise<ActivityPage> {
      const { status, text } = await ask("GET", `/activity${query}`);
      assert.equal(status, 200);
      return JSON.parse(text);
    },
    disconnect: (id: string) => ask("DELETE", `/apps/${encodeURIComponent(id)}`),
    signOut: () => ask("POST", "/sign-out"),
  };
}

async function connect({ url }: Stage, client: RegisteredClient, session: string): Promise<Tokens> {
  const { status, body } = await redeem(url, await grantCode(url, client, session, SCOPE));
  assert.equal(status, 200);
  return body;
}

async function isActive({ url }: Stage, token: string): Promise<boolean> {
  const { status, text } = await send(`${url}/oauth/introspect`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa("demo-resource-server:demo-resource-secret")}` },
    body: new URLSearchParams({ token }),
  });
  assert.equal(status, 200);
  return JSON.parse(text).active;
}

/** A decision that was made and not yet carried out. */
async function decided({ url }: Stage, client: RegisteredClient, session: string) {
  const begun = await beginRequest(url, await authorizeParameters(client, VERIFIER, SCOPE));
  return { continueTo: await decide(url, begun.id, session), cookie: begun.cookie };
}

/** Names of the scopes that consent would tick at first. */
async function earlier({ url }: Stage, client: RegisteredClient, session: string): Promise<string[]> {
  const begun = await beginRequest(url, await authorizeParameters(client, VERIFIER, SCOPE));
  const { text } = await send(`${url}/oauth/interaction/${begun.id}`, {
    headers: { Authorization: `Bearer ${session}` },
  });
  return JSON.parse(text).scopes.filter((scope: { earlier: boolean }) => scope.earlier).map(
    (scope: { name: string }) => scope.name,
  );
}

Deno.test("an app that a person disconnects is dead at once, with all that was on its way, and nobody else's is", (t) =>
  onStage(async (stage) => {
    const { url, urls: [, second = ""] } = stage;
    const [alice, bob] = await Promise.all([signInByPassword(url), signInByPassword(url, OTHER_PERSON)]);
    const [account, other] = [accountOf(stage, alice), accountOf(stage, bob)];
    const app = await register(url, { client_name: "App to lose" });
    const neighbour = await register(url, { client_name: "App to keep" });
    const [lost, again] = [await connect(stage, app, alice), await connect(stage, app, alice)];
    const kept = await connect(stage, neighbour, alice);
    const bobs = await connect(stage, app, bob);
    const code = await grantCode(url, app, alice, SCOPE);
    const pending = await decided(stage, app, alice);
    const bobsCode = await grantCode(url, app, bob, SCOPE);

    await t.step("what is connected is listed, each app once, to its person alone", async () => {
      const apps = await account.apps();
      assert.deepEqual(apps.map(({ client }) => [client.name, client.host, client.verified]), [
        ["App to keep", null, false],
        ["App to lose", null, false],
      ]);
      assert.deepEqual(
        apps[1]?.access.map(({ resource, scopes }) => [resource, scopes.map(({ name }) => name)]),
        [
          [`${url}/mcp`, ["product:read", "product:write"]],
        ],
      );
      assert.match(apps[1]?.access[0]?.scopes[0]?.description.ja ?? "", /商品/);
      assert.deepEqual((await other.apps()).map(({ client }) => client.id), [app.client_id]);
    });

    await t.step(
      "nobody else ends it: not another person, another session, another page, a cookie or a tool",
      async () => {
        const stranger = await register(url);
        assert.equal((await other.disconnect(neighbour.client_id)).status, 204);
        assert.equal((await other.disconnect(stranger.client_id)).status, 204);
        const path = `/apps/${app.client_id}`;
        for (const session of ["x.y.z", lost.access_token, lost.refresh_token, ""]) {
          assert.equal((await accountOf(stage, session).ask("DELETE", path)).status, 401);
        }
        for (const Origin of ["https://evil.example", "null"]) {
          assert.equal((await account.ask("DELETE", path, { Origin })).status, 403);
        }
        const byCookie = await send(`${url}/api${path}`, {
          method: "DELETE",
          headers: { Cookie: `sb=${alice}` },
        });
        assert.equal(byCookie.status, 401);
        for (const { access_token } of [lost, again, kept, bobs]) {
          assert.equal(await isActive(stage, access_token), true);
        }
      },
    );

    // Leaves the second process with a lease: a call that it may let pass without asking.
    for (let call = 0; call < 2; call++) {
      assert.equal((await callTool(second, lost.access_token, "get_time")).status, 200);
    }
    const answer = await account.disconnect(app.client_id);
    const disconnectedAt = performance.now();
    assert.deepEqual([answer.status, answer.text, answer.headers.get("Cache-Control")], [
      204,
      "",
      "no-store",
    ]);

    await t.step("at once: refresh, introspection, tools that query", async () => {
      for (const { access_token, refresh_token } of [lost, again]) {
        const refreshed = await refresh(url, app, refresh_token);
        assert.deepEqual([refreshed.status, "error" in refreshed.body && refreshed.body.error], [
          400,
          "invalid_grant",
        ]);
        assert.equal(await isActive(stage, access_token), false);
        assert.equal((await callTool(url, access_token, "product_list")).status, 401);
      }
    });

    await t.step("the code and the decision that were on their way", async () => {
      assert.equal((await redeem(url, code)).status, 400);
      const continued = await send(pending.continueTo, { headers: { Cookie: pending.cookie } });
      assert.deepEqual([continued.status, continued.headers.get("Location")], [400, null]);
    });

    await t.step("the next consent is a first one", async () => {
      assert.deepEqual(await earlier(stage, app, alice), []);
      assert.deepEqual(await earlier(stage, neighbour, alice), SCOPE.split(" "));
      assert.deepEqual(await earlier(stage, app, bob), SCOPE.split(" "));
    });

    await t.step("everything else lives: the other app, the other person, and their code", async () => {
      assert.deepEqual((await account.apps()).map(({ client }) => client.name), ["App to keep"]);
      for (const { access_token } of [kept, bobs]) {
        assert.equal(await isActive(stage, access_token), true);
        assert.equal((await callTool(url, access_token, "product_list")).status, 200);
      }
      assert.equal((await refresh(url, app, bobs.refresh_token)).status, 200);
      assert.equal((await redeem(url, bobsCode)).status, 200);
    });

    await t.step("at /mcp within ten seconds, also where it was just seen alive", async () => {
      let status = 200;
      while (status === 200 && performance.now() - disconnectedAt < 11_000) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        status = (await callTool(second, lost.access_token, "get_time")).status;
      }
      assert.equal(status, 401);
    });

    await t.step(
      "each person's activity tells of it once for each sign-in that ended, and of nothing of the other's",
      async () => {
        const revoked = ({ events }: ActivityPage) =>
          events.filter(({ event }) => event === "tokens_revoked").map((
            { client, because },
          ) => [client?.name, because]);
        assert.deepEqual(
          revoked(await account.activity()),
          Array(2).fill(["App to lose", "disconnected by the person"]),
        );
        assert.deepEqual(revoked(await other.activity()), []);
        assert.equal((await account.disconnect(app.client_id)).status, 204);
        assert.equal(revoked(await account.activity()).length, 2, "again is nothing to tell");
      },
    );

    await t.step("the app may ask again, and then is connected again", async () => {
      const tokens = await connect(stage, app, alice);
      assert.equal(await isActive(stage, tokens.access_token), true);
      assert.equal((await account.apps()).length, 2);
    });
  }, { processes: 2 }));

Deno.test("whatever is on its way while an app is disconnected, nothing of it is alive afterwards", (t) =>
  onStage(async (stage) => {
    const { url, urls } = stage;
    const session = await signInByPassword(url);
    const account = accountOf(stage, session);
    const app = await register(url);
    const at = (place: number) => urls[place % urls.length] ?? url;
    const assertNothing = async (answers: readonly { status: number; body: Tokens }[]) => {
      for (const { status, body } of answers) {
        assert.ok(status === 200 || status === 400, String(status));
        if (status === 200) assert.equal(await isActive(stage, body.access_token), false);
      }
      assert.deepEqual(await account.apps(), []);
    };

    for (let round = 0; round < 10; round++) {
      await t.step(`round ${round}`, async () => {
        const codes = await Promise.all([0, 1, 2].map(() => grantCode(url, app, session)));
        const [redeemed] = await Promise.all([
          Promise.all(codes.map((code, place) => redeem(at(place), code))),
          account.disconnect(app.client_id),
        ]);
        await assertNothing(redeemed);

        const { refresh_token } = await connect(stage, app, session);
        const [refreshed] = await Promise.all([
          Promise.all(Array.from({ length: 6 }, (_, place) => refresh(at(place), app, refresh_token))),
          account.signOut(),
        ]);
        await assertNothing(refreshed);
      });
    }
  }, { processes: 2 }));

Deno.test("signing out everywhere ends every app and every session of one person", () =>
  onStage(async (stage) => {
    const { url } = stage;
    const config = await (await fetch(`${url}/config.json`)).json();
    const [here, elsewhere] = [await signInByPassword(url), await signInByPassword(url)];
    const bob = await signInByPassword(url, OTHER_PERSON);
    const apps = [await register(url), await register(url)];
    const tokens = await Promise.all(apps.map((app) => connect(stage, app, here)));
    const bobs = await connect(stage, apps[0] ?? { client_id: "" }, bob);

    assert.equal((await accountOf(stage, here).signOut()).status, 204);
    for (const [place, { access_token, refresh_token }] of tokens.entries()) {
      assert.equal(await isActive(stage, access_token), false);
      assert.equal((await refresh(url, apps[place] ?? { client_id: "" }, refresh_token)).status, 400);
    }
    assert.deepEqual(await accountOf(stage, here).apps(), []);

    // As the page does it next.
    const ended = await send(`${config.supabase_url}/auth/v1/logout?scope=global`, {
      method: "POST",
      headers: { Authorization: `Bearer ${here}`, apikey: config.publishable_key },
    });
    assert.equal(ended.status, 204);
    for (const session of [here, elsewhere]) {
      for (const [method, path] of [["GET", "/apps"], ["GET", "/activity"], ["POST", "/sign-out"]] as const) {
        assert.equal((await accountOf(stage, session).ask(method, path)).status, 401, path);
      }
    }
    const other = accountOf(stage, bob);
    assert.equal((await other.apps()).length, 1);
    assert.equal(await isActive(stage, bobs.access_token), true);
    const { events } = await accountOf(stage, await signInByPassword(url)).activity();
    assert.deepEqual(
      events.filter(({ event }) => event === "tokens_revoked").map(({ because }) => because),
      Array(2).fill("signed out everywhere by the person"),
    );
  }));

Deno.test("a banned person has no account, whatever session they still hold", () =>
  onStage(async (stage) => {
    const { url, rows } = stage;
    const session = await signInByPassword(url);
    const account = accountOf(stage, session);
    assert.equal((await account.ask("GET", "/apps")).status, 200);
    await rows(
      "update auth.users set banned_until = now() + interval '1 hour' where email = 'demo_user@example.com'",
    );
    for (
      const [method, path] of [["GET", "/apps"], ["DELETE", "/apps/x"], ["GET", "/activity"], [
        "POST",
        "/sign-out",
      ]] as const
    ) {
      const { status, error } = await account.ask(method, path);
      assert.deepEqual([status, error], [401, "login_required"], path);
    }
  }));
