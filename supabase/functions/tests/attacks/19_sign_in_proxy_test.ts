/**
 * Attack 19: the confused deputy between the pages and Google or LINE. A captured provider address opened by a victim,
 * replays, forged and foreign id_tokens, addresses that nobody verified (security list; nOAuth, CVE-2026-31813).
 */
import assert from "node:assert/strict";
import { generateKeyPair } from "jose";
import { secretCookie } from "../../../local/broker/trip.ts";
import { codeAt } from "../../../local/second_factor/totp.ts";
import {
  authorizeParameters,
  beginRequest,
  grantCode,
  redeem,
  refresh,
  register,
  signInByPassword,
} from "../testing/http_flow.ts";
import { enrol } from "../testing/second_factor.ts";
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
} from "../testing/sign_in_stage.ts";

const STATE_REFUSED = { error: "invalid_request", code: "bad_oauth_state" };
const PROVIDER_REFUSED = { error: "server_error", code: "unexpected_failure" };
const EVIL = "https://evil.example";

/** Requires that this callback leads to the site with this refusal, and to no code. */
async function assertRefused(address: string, browser = newBrowser(), told = STATE_REFUSED): Promise<void> {
  const page = new URL((await open(browser, address)).location);
  assert.deepEqual(toldBy(page), told);
  assert.equal(page.searchParams.get("code"), null);
}

/** Nobody came in, and no code is waiting. */
async function assertNobody({ rows }: SignInStage): Promise<void> {
  assert.deepEqual(await rows("select from auth.identities where provider <> 'email'"), []);
  assert.deepEqual(await rows("select from auth.flow_state where user_id is not null"), []);
  assert.deepEqual(await rows("select from auth.sessions"), []);
}

Deno.test("attack 19: a provider address captured in one browser ends in no other", () =>
  onSignInStage(async (stage) => {
    const attacker = newBrowser();
    const { upstream } = await begin(stage, attacker, "custom:line");
    const callback = await atProvider(upstream);
    await assertRefused(callback);
    // Nor in a browser that is on a trip of its own, even with the attacker's cookie planted beside its own.
    const victim = newBrowser();
    await begin(stage, victim, "custom:line");
    await assertRefused(callback, { ...victim });
    await assertRefused(callback, { cookie: `${victim.cookie}; ${attacker.cookie}` });
    await assertNobody(stage);
    // The right browser was not hurt by it.
    assert.ok(new URL((await open(attacker, callback)).location).searchParams.get("code"));
  }));

Deno.test("attack 19: a callback is good once, even for the browser that began, and not for long", () =>
  onSignInStage(async (stage) => {
    const browser = newBrowser();
    const { upstream } = await begin(stage, browser, "custom:line");
    const callback = await atProvider(upstream);
    const both = await Promise.all([open({ ...browser }, callback), open({ ...browser }, callback)]);
    const codes = both.filter(({ location }) => new URL(location).searchParams.has("code"));
    assert.equal(codes.length, 1);
    await assertRefused(callback, browser);
    // A second code of the provider does not revive the trip.
    await assertRefused(await atProvider(upstream), browser);

    const late = await begin(stage, browser, "custom:line");
    await stage.rows(
      "update auth.flow_state set created_at = now() - interval '11 minutes' where user_id is null",
    );
    await assertRefused(await atProvider(late.upstream), browser);
    // An error of the provider ends a trip as well.
    const { upstream: refused } = await begin(stage, browser, "custom:line");
    stage.providers["custom:line"].refuseWith = "access_denied";
    const error = await atProvider(refused);
    await assertRefused(error, browser, { error: "access_denied", code: "access_denied" });
    await assertRefused(error, browser);
  }));

Deno.test("attack 19: a callback without state, with two, or for a trip of nobody leads nowhere", () =>
  onSignInStage(async (stage) => {
    const browser = newBrowser();
    const { upstream } = await begin(stage, browser, "custom:line");
    const callback = new URL(await atProvider(upstream));
    const state = callback.searchParams.get("state") ?? "";
    const without = new URL(callback);
    without.searchParams.delete("state");
    await assertRefused(without.href, browser);
    await assertRefused(`${callback.href}&state=${state}`, browser);
    await assertRefused(`${callback.href}&code=other`, browser);
    await assertRefused(callback.href.replace(state, "s".repeat(43)), browser);
    await assertRefused(`${stage.url}/auth/v1/callback`, browser);
    await assertNobody(stage);
    // A code of another trip of the same browser does not fit this one's PKCE verifier.
    const other = new URL(await atProvider((await begin(stage, browser, "custom:line")).upstream));
    callback.searchParams.set("code", other.searchParams.get("code") ?? "");
    await assertRefused(callback.href, browser, PROVIDER_REFUSED);
    await assertNobody(stage);
  }));

Deno.test("attack 19: the cookie is the browser's own, and on https no subdomain can plant it", () =>
  onSignInStage(async (stage) => {
    const query = new URLSearchParams({
      provider: "custom:line",
      code_challenge: "c".repeat(43),
      code_challenge_method: "s256",
    });
    const answer = await fetch(`${stage.url}/auth/v1/authorize?${query}`, { redirect: "manual" });
    await answer.body?.cancel();
    assert.match(
      answer.headers.get("Set-Cookie") ?? "",
      /^sekisho-sign-in=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    assert.match(
      secretCookie("s", "https://auth.example"),
      /^__Host-sekisho-sign-in=s; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    assert.equal(answer.headers.get("Cache-Control"), "no-store");
    // Nothing of the page's, and nothing that the cookie holds, travels to the provider.
    const sent = answer.headers.get("Location") ?? "";
    assert.ok(!sent.includes("c".repeat(43)));
    assert.ok(!sent.includes((answer.headers.get("Set-Cookie") ?? "").slice(16, 59)));
  }));

Deno.test("attack 19: nothing secret of a trip is stored or logged", () =>
  onSignInStage(async (stage) => {
    const browser = newBrowser();
    const { upstream, verifier } = await begin(stage, browser, "custom:line");
    const sent = new URL(upstream).searchParams;
    const secrets = [browser.cookie.split("=")[1], sent.get("state"), sent.get("nonce"), verifier].map(
      String,
    );
    assert.ok(secrets.every((secret) => secret.length >= 43));
    const waiting = JSON.stringify(await stage.rows("select * from auth.flow_state"));
    for (const secret of secrets) assert.ok(!waiting.includes(secret));

    const callback = await atProvider(upstream);
    const page = new URL((await open(browser, callback)).location);
    const code = page.searchParams.get("code") ?? "";
    const { session } = await redeemSignIn(stage, code, verifier);
    assert.ok(session.refresh_token);
    await assertRefused(callback, browser);
    const upstreamCode = new URL(callback).searchParams.get("code") ?? "";
    for (const secret of [...secrets, code, upstreamCode, session.access_token, session.refresh_token]) {
      assert.ok(!stage.output().includes(secret));
    }
    const people = "select users.*, identities.* from auth.users join auth.identities on user_id = users.id";
    const kept = JSON.stringify(await stage.rows(people));
    for (const secret of [...secrets, code, upstreamCode]) assert.ok(!kept.includes(secret));
  }));

Deno.test("attack 19: without a PKCE challenge of the page nothing begins", () =>
  onSignInStage(async (stage) => {
    for (const method of ["plain", "S512", ""]) {
      const query = {
        provider: "custom:line",
        code_challenge: "c".repeat(43),
        code_challenge_method: method,
      };
      const address = `${stage.url}/auth/v1/authorize?${new URLSearchParams(query)}`;
      assert.equal((await open(newBrowser(), address)).status, 400);
    }
    assert.equal(
      (await open(newBrowser(), `${stage.url}/auth/v1/authorize?provider=custom:line`)).status,
      400,
    );
    assert.deepEqual(await stage.rows("select from auth.flow_state"), []);
  }));

Deno.test("attack 19: a sign-in returns to a page of ours and nowhere else", () =>
  onSignInStage(async (stage) => {
    const elsewhere = [
      `${EVIL}/consent`,
      `${stage.url}@evil.example/`,
      `${stage.url}.evil.example/`,
      stage.url.replace("localhost", "127.0.0.1"),
      stage.url.replace("http", "https"),
      stage.url.replace("//", "//user:password@"),
      "//evil.example/",
      "\\\\evil.example",
      "javascript:alert(1)",
      "",
      `${stage.url}/${"x".repeat(3000)}`,
    ];
    for (const address of elsewhere) {
      const browser = newBrowser();
      const { upstream } = await begin(stage, browser, "custom:line", address);
      const { location } = await open(browser, await atProvider(upstream));
      assert.match(location, new RegExp(`^${stage.url}/\\?code=`), address);
    }
  }));

Deno.test("attack 19: an id_token of Google is RS256 with Google's key, for us, for this trip", () =>
  onSignInStage(async (stage) => {
    const { google } = stage.providers;
    google.person = { sub: "g1", email: "demo_user@example.com", email_verified: true };
    const { privateKey } = await generateKeyPair("RS256");
    const bends: [string, typeof google.bend][] = [
      ["RS256 with a key of nobody", () => ({ key: privateKey })],
      ["none", () => ({ alg: "none" })],
      ["HS256 with the client secret", () => ({ alg: "HS256" })],
      ["ES256 with another published key", () => ({ alg: "ES256" })],
      ["another issuer", (claims) => ({ claims: { ...claims, iss: EVIL } })],
      ["another audience", (claims) => ({ claims: { ...claims, aud: "another-client" } })],
      ["another trip's nonce", (claims) => ({ claims: { ...claims, nonce: "n".repeat(43) } })],
      ["no nonce", ({ nonce: _, ...claims }) => ({ claims })],
      ["expired", (claims) => ({ claims: { ...claims, exp: 1_000_000_000 } })],
    ];
    for (const [what, bend] of bends) {
      google.bend = bend;
      const { page } = await trip(stage, "google");
      assert.deepEqual(toldBy(page), PROVIDER_REFUSED, what);
    }
    await assertNobody(stage);
    assert.doesNotMatch(stage.output(), /evil|eyJ|google-secret/);
  }));

Deno.test("attack 19: an id_token of LINE is HS256 with our secret, and is about whom userinfo names", () =>
  onSignInStage(async (stage) => {
    const line = stage.providers["custom:line"];
    const bends: [string, typeof line.bend][] = [
      ["none", () => ({ alg: "none" })],
      ["HS256 with another secret", () => ({ secret: "x".repeat(43) })],
      ["ES256, which the metadata advertises", () => ({ alg: "ES256" })],
      ["another issuer", (claims) => ({ claims: { ...claims, iss: EVIL } })],
      ["another audience", (claims) => ({ claims: { ...claims, aud: "another-client" } })],
      ["another trip's nonce", (claims) => ({ claims: { ...claims, nonce: "n".repeat(43) } })],
    ];
    for (const [what, bend] of bends) {
      line.bend = bend;
      const { page } = await trip(stage, "custom:line");
      assert.deepEqual(toldBy(page), PROVIDER_REFUSED, what);
    }
    line.bend = () => ({});
    line.userinfoSub = "somebody else";
    assert.deepEqual(toldBy((await trip(stage, "custom:line")).page), PROVIDER_REFUSED);
    await assertNobody(stage);

    line.userinfoSub = null;
    line.bend = (claims) => ({ claims: { ...claims, email: "demo_user@example.com", email_verified: true } });
    const { page, verifier } = await trip(stage, "custom:line");
    const { session } = await redeemSignIn(stage, page.searchParams.get("code"), verifier);
    // What its id_token says of an address links nobody.
    assert.notEqual(session.user.id, "00000000-0000-4000-8000-000000000001");
    assert.equal(session.user.email, "");
  }));

Deno.test("attack 19: an address that the provider does not call verified opens no account", () =>
  onSignInStage(async (stage) => {
    const { google } = stage.providers;
    for (const email_verified of [false, undefined, "true", 1]) {
      google.person = { sub: "g1", email: "demo_user@example.com", email_verified };
      const { page } = await trip(stage, "google");
      assert.equal(toldBy(page)["code"], "provider_email_needs_verification", String(email_verified));
    }
    await assertNobody(stage);
  }));

Deno.test("attack 19: an account prepared for an address that nobody had proved is lost to who prepared it", () =>
  onSignInStage(async (stage) => {
    const { url } = stage;
    const prepared = await signInByPassword(url, "second_user@example.com");
    const client = await register(url);
    const { body: tokens } = await redeem(url, await grantCode(url, client, prepared));
    const made = await fetch(`${url}/api/keys`, {
      method: "POST",
      headers: { Authorization: `Bearer ${prepared}`, "Content-Type": "application/json" },
      body: JSON.stringify({ name: "Prepared", scopes: ["product:read"], days: 366 }),
    });
    const { key } = await made.json();
    const callWithKey = () =>
      fetch(`${url}/mcp/tools/product/list`, { method: "POST", headers: { "X-API-Key": key } });
    assert.equal((await callWithKey()).status, 200);
    await enrol(url, "second_user@example.com");
    await stage.rows(
      "update auth.users set email_confirmed_at = null where email = 'second_user@example.com'",
    );
    stage.providers.google.person = {
      sub: "g2",
      name: "Owner",
      email: "second_user@example.com",
      email_verified: true,
    };
    const session = await signInWith(stage, "google");
    assert.deepEqual(session.user.identities.map(({ provider }) => provider), ["google"]);
    await assert.rejects(() => signInByPassword(url, "second_user@example.com"));
    assert.deepEqual(await stage.rows("select from auth.mfa_factors"), []);
    assert.equal((await refresh(url, client, tokens.refresh_token)).status, 400);
    assert.equal((await callWithKey()).status, 401);
  }));

Deno.test("attack 19: a session without the second factor of its person decides nothing, however it is asked", () =>
  onSignInStage(async (stage) => {
    const { secret, used } = await enrol(stage.url);
    const session = await signInByPassword(stage.url);
    const client = await register(stage.url);
    const { id } = await beginRequest(stage.url, await authorizeParameters(client, "v".repeat(43)));
    const bearer = { Authorization: `Bearer ${session}`, "Content-Type": "application/json" };
    const approve = JSON.stringify({ decision: "approve", scopes: ["product:read"] });
    for (const init of [{ headers: bearer }, { method: "POST", headers: bearer, body: approve }]) {
      const answer = await fetch(`${stage.url}/oauth/interaction/${id}`, init);
      assert.deepEqual([answer.status, (await answer.json()).error], [403, "second_factor_required"]);
    }

    const { publishable_key } = await (await fetch(`${stage.url}/config.json`)).json();
    const ask = async (path: string, body: object = {}) => {
      const answer = await fetch(`${stage.url}/auth/v1/factors/${path}`, {
        method: "POST",
        headers: { ...bearer, apikey: publishable_key },
        body: JSON.stringify(body),
      });
      return await answer.json();
    };
    const [factor] = await stage.rows<{ id: string }>("select id from auth.mfa_factors");
    const prove = async (code: string) => {
      const { id: challenge_id } = await ask(`${factor?.id}/challenge`);
      return await ask(`${factor?.id}/verify`, { challenge_id, code });
    };
    // The code that enrolled it was seen by whoever looked over a shoulder.
    assert.equal((await prove(used)).error_code, "mfa_verification_failed");
    for (let guess = 0; guess < 4; guess++) {
      assert.equal((await prove("000000")).error_code, "mfa_verification_failed");
    }
    assert.equal((await prove(codeAt(secret, Date.now()))).error_code, "over_request_rate_limit");
  }));

Deno.test("attack 19: a code by mail is not to be had, so none can be guessed, nor is a password for ever", () =>
  onSignInStage(async (stage) => {
    const { publishable_key } = await (await fetch(`${stage.url}/config.json`)).json();
    const ask = async (path: string, body: object) => {
      const answer = await fetch(`${stage.url}/auth/v1/${path}`, {
        method: "POST",
        headers: { apikey: publishable_key, "Content-Type": "application/json" },
        body: JSON.stringify({ email: "demo_user@example.com", ...body }),
      });
      await answer.body?.cancel();
      return answer.status;
    };
    for (const path of ["recover", "otp", "magiclink", "reco%76er"]) {
      assert.equal(await ask(path, {}), 404, path);
    }
    assert.equal(await ask("verify", { type: "recovery", token: "000000" }), 404);
    assert.deepEqual(await stage.rows("select from auth.users where recovery_sent_at is not null"), []);

    const guess = (time: number) => ask("token?grant_type=password", { password: `guess ${time}` });
    const guesses = await Promise.all(Array.from({ length: 6 }, (_, time) => guess(time)));
    assert.deepEqual(guesses.toSorted(), [400, 400, 400, 429, 429, 429]);
  }, { RATE_TOKEN: "3" }));
