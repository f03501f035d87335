/** Sign-in with Google and LINE: who the person is, which account that is, and that it leads to a finished tool call. */
import assert from "node:assert/strict";
import { freePort, onTestDatabase, startProductProcess } from "../../local/testing/product_process.ts";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import { callTool, grantCode, redeem, register, signInByPassword } from "./testing/http_flow.ts";
import {
  atProvider,
  begin,
  newBrowser,
  onSignInStage,
  open,
  redeemSignIn,
  type SignInStage,
  signInWith,
  toldBy,
  trip,
} from "./testing/sign_in_stage.ts";

const CHALLENGE = "c".repeat(43);

async function toolCall(stage: SignInStage, session: string): Promise<string> {
  const granted = await grantCode(stage.url, await register(stage.url), session);
  const { body } = await redeem(stage.url, granted);
  const { status, text } = await callTool(stage.url, body.access_token, "whoami");
  assert.equal(status, 200);
  return text;
}

Deno.test("sign-in: config.json lists exactly the providers that are configured", async () => {
  await onSignInStage(async ({ url }) => {
    const config = await (await fetch(`${url}/config.json`)).json();
    assert.deepEqual(config.providers, ["password", "google", "custom:line"]);
  });
  const port = freePort();
  await using database = await freshDemoDatabase(`http://localhost:${port}`);
  await using product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
  const config = await (await fetch(`${product.url}/config.json`)).json();
  assert.deepEqual(config.providers, ["password"]);
  for (const provider of ["google", "custom:line", "github", ""]) {
    const query = new URLSearchParams({ provider, code_challenge: CHALLENGE, code_challenge_method: "s256" });
    const answer = await fetch(`${product.url}/auth/v1/authorize?${query}`, { redirect: "manual" });
    assert.equal(answer.status, 400);
    assert.equal((await answer.json()).error_code, "validation_failed");
  }
});

Deno.test("sign-in: Google and LINE lead to a finished tool call; a person of LINE has a name and no e-mail", () =>
  onSignInStage(async (stage) => {
    stage.providers.google.person = {
      sub: "g1",
      name: "Hana",
      email: "Hana@Example.com",
      email_verified: true,
    };
    const google = await signInWith(stage, "google");
    assert.equal(google.user.email, "hana@example.com");
    assert.match(await toolCall(stage, google.access_token), new RegExp(google.user.id));

    stage.providers["custom:line"].person = { sub: "U1", name: "花子" };
    const line = await signInWith(stage, "custom:line");
    assert.equal(line.user.email, "");
    assert.equal(line.user.user_metadata["full_name"], "花子");
    assert.deepEqual(line.user.app_metadata, { provider: "custom:line", providers: ["custom:line"] });
    assert.match(await toolCall(stage, line.access_token), new RegExp(line.user.id));

    // The same person of the provider is the same account; another one is another.
    assert.equal((await signInWith(stage, "custom:line")).user.id, line.user.id);
    stage.providers["custom:line"].person = { sub: "U2", name: "花子" };
    assert.notEqual((await signInWith(stage, "custom:line")).user.id, line.user.id);
    const people = await stage.rows("select from auth.identities where provider = 'custom:line'");
    assert.equal(people.length, 2);
  }));

Deno.test("sign-in: an account is linked by an e-mail address only if the provider calls it verified", () =>
  onSignInStage(async (stage) => {
    const { google } = stage.providers;
    const demo = "00000000-0000-4000-8000-000000000001";
    google.person = { sub: "g1", email: "demo_user@example.com", email_verified: false };
    const { page } = await trip(stage, "google");
    assert.deepEqual(toldBy(page), { error: "access_denied", code: "provider_email_needs_verification" });
    assert.equal((await stage.rows("select from auth.identities where provider = 'google'")).length, 0);

    google.person = { ...google.person, email_verified: true };
    const session = await signInWith(stage, "google");
    assert.equal(session.user.id, demo);
    assert.deepEqual(session.user.app_metadata["providers"], ["email", "google"]);
    // The password that the account had goes on working: its address was proved.
    assert.ok(await signInByPassword(stage.url));
    // Known by its subject from now on, whatever becomes of its address.
    google.person = { sub: "g1", email: "second_user@example.com", email_verified: true };
    assert.equal((await signInWith(stage, "google")).user.id, demo);
  }));

Deno.test("sign-in: a banned or deleted person gets nothing", () =>
  onSignInStage(async (stage) => {
    const { user } = await signInWith(stage, "custom:line");
    for (const [banned, deleted] of [["1 day", null], [null, "0 days"]]) {
      const change = "update auth.users set banned_until = now() + $2, deleted_at = now() + $3 where id = $1";
      await stage.rows(change, [user.id, banned, deleted]);
      const { page } = await trip(stage, "custom:line");
      assert.deepEqual(toldBy(page), { error: "access_denied", code: "user_banned" });
      assert.equal(page.searchParams.get("code"), null);
    }
  }));

Deno.test("sign-in: ten tabs at once make one account", () =>
  onSignInStage(async (stage) => {
    stage.providers.google.person = { sub: "g9", email: "ten@example.com", email_verified: true };
    const sessions = await Promise.all(Array.from({ length: 10 }, () => signInWith(stage, "google")));
    assert.equal(new Set(sessions.map(({ user }) => user.id)).size, 1);
  }));

Deno.test("sign-in: a wrong request is refused with a fixed text, and never repeats what it was sent", () =>
  onSignInStage(async ({ url }) => {
    const good = { provider: "google", code_challenge: CHALLENGE, code_challenge_method: "s256" };
    const wrong: Record<string, string>[] = [
      { ...good, code_challenge: "" },
      { ...good, code_challenge: "<script>" },
      { ...good, code_challenge_method: "plain" },
      { provider: "google" },
      { ...good, provider: "<script>" },
    ];
    for (const parameters of wrong) {
      const query = new URLSearchParams(parameters);
      const answer = await fetch(`${url}/auth/v1/authorize?${query}`, { redirect: "manual" });
      assert.equal(answer.status, 400);
      assert.doesNotMatch(await answer.text(), /script>/);
    }
    const twice = `${url}/auth/v1/authorize?${new URLSearchParams(good)}&provider=custom:line`;
    assert.equal((await fetch(twice, { redirect: "manual" })).status, 400);
    for (const path of ["authorize", "callback"]) {
      const answer = await fetch(`${url}/auth/v1/${path}`, { method: "POST", redirect: "manual" });
      await answer.body?.cancel();
      assert.equal(answer.status, 405);
    }
  }));

Deno.test("sign-in: the sign-in code is redeemed once, and only with the page's verifier", () =>
  onSignInStage(async (stage) => {
    const { page, verifier } = await trip(stage, "google", newBrowser());
    assert.deepEqual(toldBy(page), { error: "access_denied", code: "provider_email_needs_verification" });
    const line = await trip(stage, "custom:line");
    const code = line.page.searchParams.get("code");
    assert.ok((await redeemSignIn(stage, code, verifier)).status >= 400);
    assert.equal((await redeemSignIn(stage, code, line.verifier)).status, 200);
    assert.ok((await redeemSignIn(stage, code, line.verifier)).status >= 400);
  }));

Deno.test("sign-in: two tabs of one browser may be at providers at once", () =>
  onSignInStage(async (stage) => {
    const browser = newBrowser();
    const first = await begin(stage, browser, "custom:line");
    const second = await begin(stage, browser, "custom:line", `${stage.url}/account`);
    for (const [begun, path] of [[first, "/consent"], [second, "/account"]] as const) {
      const { location } = await open(browser, await atProvider(begun.upstream));
      const page = new URL(location);
      assert.equal(page.pathname, path);
      const code = page.searchParams.get("code");
      assert.equal((await redeemSignIn(stage, code, begun.verifier)).status, 200);
    }
  }));
