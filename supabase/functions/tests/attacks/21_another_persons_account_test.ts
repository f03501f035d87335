/**
 * Attack 21, another person's account: whoever is signed in looks for what apps hold of somebody else, what happened in
 * their name, or a way to end it. Whose account it is comes from the session alone.
 */
import assert from "node:assert/strict";
import { grantCode, redeem, refresh, register, signInByPassword } from "../testing/http_flow.ts";
import { onStage, send, type Stage } from "./testing/attack_stage.ts";

const VICTIM = "00000000-0000-4000-8000-000000000001";

async function connect({ url }: Stage, name: string, session: string) {
  const client = await register(url, { client_name: name });
  const { status, body: tokens } = await redeem(url, await grantCode(url, client, session));
  assert.equal(status, 200);
  return { client, tokens };
}

async function isActive({ url }: Stage, token: string): Promise<boolean> {
  const answer = await send(`${url}/oauth/introspect`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa("demo-resource-server:demo-resource-secret")}` },
    body: new URLSearchParams({ token }),
  });
  return JSON.parse(answer.text).active;
}

Deno.test("attack 21: a person sees, and ends, nothing of another's account", (t) =>
  onStage(async (stage) => {
    const { url } = stage;
    const victim = await signInByPassword(url);
    const attacker = await signInByPassword(url, "second_user@example.com");
    const theirs = await connect(stage, "App of the victim", victim);
    const shared = await connect(stage, "App of both", victim);
    const { body: own } = await redeem(url, await grantCode(url, shared.client, attacker));
    const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
      send(`${url}/api${path}`, { method, headers: { Authorization: `Bearer ${attacker}`, ...headers } });
    const isUntouched = async (how: string) => {
      for (const { tokens } of [theirs, shared]) {
        assert.equal(await isActive(stage, tokens.access_token), true, how);
      }
    };

    await t.step("what it asks for besides its session changes nothing", async () => {
      const queries = [
        "",
        `?person_id=${VICTIM}`,
        `?sub=${VICTIM}&user_id=${VICTIM}`,
        "?before=9999999999999999",
      ];
      const headers = [{}, { "X-User-Id": VICTIM }, { Cookie: `sb-access-token=${victim}` }];
      for (const path of ["/apps", "/activity"]) {
        for (const query of queries) {
          for (const header of headers) {
            const { status, text } = await ask("GET", `${path}${query}`, header);
            assert.equal(status, 200, `${path}${query}`);
            assert.match(text, /App of both/);
            assert.doesNotMatch(text, /App of the victim/, `${path}${query}`);
            assert.ok(!text.includes(theirs.client.client_id) && !text.includes(VICTIM), `${path}${query}`);
          }
        }
      }
      const { text } = await ask("GET", "/activity");
      const events = JSON.parse(text).events.map(({ event }: { event: string }) => event);
      assert.deepEqual(events, ["tokens_issued", "consented"], "its own, each once");
      assert.equal(JSON.parse((await ask("GET", "/apps")).text).apps.length, 1);
    });

    await t.step("no client's id ends what another person granted", async () => {
      const ids = [
        theirs.client.client_id,
        VICTIM,
        "*",
        "%",
        "null",
        "' or ''='",
        `${theirs.client.client_id}?person=${VICTIM}`,
      ];
      for (const id of ids) {
        assert.equal((await ask("DELETE", `/apps/${encodeURIComponent(id)}`)).status, 204, id);
      }
      for (const path of ["/apps", "/apps/", "/apps/*/*"]) {
        assert.ok((await ask("DELETE", path)).status >= 404, path);
      }
      await isUntouched("somebody else's app");
      assert.equal((await ask("DELETE", `/apps/${shared.client.client_id}`)).status, 204);
      assert.equal(await isActive(stage, own.access_token), false);
      await isUntouched("an app that both have");
    });

    await t.step("nor does signing out everywhere", async () => {
      const { body: again } = await redeem(url, await grantCode(url, shared.client, attacker));
      assert.equal((await ask("POST", `/sign-out?person_id=${VICTIM}`)).status, 204);
      assert.equal(await isActive(stage, again.access_token), false);
      await isUntouched("signing out");
    });

    await t.step("a token that an app holds is no session of the person", async () => {
      for (
        const token of [shared.tokens.access_token, shared.tokens.refresh_token, theirs.client.client_id]
      ) {
        for (
          const [method, path] of [["GET", "/apps"], ["GET", "/activity"], ["POST", "/sign-out"]] as const
        ) {
          const { status, error } = await ask(method, path, { Authorization: `Bearer ${token}` });
          assert.deepEqual([status, error], [401, "login_required"], path);
        }
      }
      await isUntouched("an app's token");
      for (const { client, tokens } of [theirs, shared]) {
        assert.equal((await refresh(url, client, tokens.refresh_token)).status, 200);
      }
    });
  }));
