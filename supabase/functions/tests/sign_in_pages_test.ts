/** Signing in with Google and LINE in a real browser, up to a finished tool call, and what a person meets on the way. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { answerAt, findBrowser, launchBrowser, type TestBrowser } from "../../local/testing/browser.ts";
import { codeAt } from "../../local/second_factor/totp.ts";
import { authorizeParameters, callTool, redeem, REDIRECT_URI, register } from "./testing/http_flow.ts";
import { enrol } from "./testing/second_factor.ts";
import { onSignInStage, type SignInStage } from "./testing/sign_in_stage.ts";

const VERIFIER = "v".repeat(43);
const GOOGLE = "Continue with Google";
const LINE = "Continue with LINE";

interface Scene extends SignInStage {
  readonly browser: TestBrowser;
  readonly authorizationUrl: string;
  /** Allows, and calls a tool with the token that the client gets. */
  finish(page: Page): Promise<string>;
}

function test(name: string, run: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name,
    ignore: findBrowser() === null,
    fn: () =>
      onSignInStage(async (stage) => {
        await using browser = await launchBrowser();
        const client = await register(stage.url, { client_name: "A test app" });
        const parameters = new URLSearchParams(await authorizeParameters(client, VERIFIER));
        await run({
          ...stage,
          browser,
          authorizationUrl: `${stage.url}/oauth/authorize?${parameters}`,
          async finish(page) {
            const answered = answerAt(page, REDIRECT_URI);
            await page.getByRole("button", { name: "Allow" }).click();
            const code = (await answered).searchParams.get("code") ?? "";
            const { body } = await redeem(stage.url, { client, code, verifier: VERIFIER });
            const { status, text } = await callTool(stage.url, body.access_token, "whoami");
            assert.equal(status, 200);
            return text;
          },
        });
      }),
  });
}

const words = (page: Page) => page.locator("body").innerText();
const choose = (page: Page, name: string) => page.getByRole("button", { name }).click();
const consent = (page: Page) => page.getByRole("button", { name: "Allow" }).waitFor();

test("signing in with Google leads to consent and to a finished tool call", async (scene) => {
  scene.providers.google.person = {
    sub: "g1",
    name: "Hana",
    email: "hana@example.com",
    email_verified: true,
  };
  const page = await scene.browser.newPerson();
  await page.goto(scene.authorizationUrl);
  await choose(page, GOOGLE);
  await consent(page);
  assert.match(await words(page), /hana@example\.com/);
  // The sign-in code is gone from the address, and a reload asks nobody to sign in again.
  assert.doesNotMatch(page.url(), /code=/);
  await page.reload();
  await consent(page);
  const [{ id } = { id: "" }] = await scene.rows<{ id: string }>(
    "select id from auth.users where email = 'hana@example.com'",
  );
  assert.ok((await scene.finish(page)).includes(id));
});

test("signing in with LINE shows a person without e-mail by name, up to a finished tool call", async (scene) => {
  scene.providers["custom:line"].person = { sub: "U1", name: "花子" };
  const page = await scene.browser.newPerson();
  await page.goto(scene.authorizationUrl);
  await choose(page, LINE);
  await consent(page);
  assert.match(await words(page), /花子/);
  assert.ok(await scene.finish(page));
});

test("LINE may bring the person back in another tab: the request goes on there", async (scene) => {
  scene.providers["custom:line"].asksFirst = true;
  const first = await scene.browser.newPerson();
  await first.goto(scene.authorizationUrl);
  await choose(first, LINE);
  const back = await first.getByRole("link", { name: "Go on" }).getAttribute("href");
  const second = await first.context().newPage();
  await second.goto(back ?? "");
  await consent(second);
  assert.ok(await scene.finish(second));
});

test("a provider's refusal is told in our words, and trying again works", async (scene) => {
  const line = scene.providers["custom:line"];
  line.refuseWith = "access_denied";
  const page = await scene.browser.newPerson();
  await page.goto(scene.authorizationUrl);
  await choose(page, LINE);
  await page.getByRole("alert").getByText("The sign-in was not finished. Try again.").waitFor();
  assert.doesNotMatch(await words(page), /what the provider says/);
  assert.doesNotMatch(page.url(), /error/);

  // An address that Google does not call verified says what to do.
  await choose(page, GOOGLE);
  await page.getByRole("alert").getByText(/no verified email address/).waitFor();

  line.refuseWith = null;
  await choose(page, LINE);
  await consent(page);
  assert.ok(await scene.finish(page));
});

test("a provider address that somebody else captured signs nobody in and says so", async (scene) => {
  scene.providers["custom:line"].asksFirst = true;
  const attacker = await scene.browser.newPerson();
  await attacker.goto(scene.authorizationUrl);
  await choose(attacker, LINE);
  await attacker.getByRole("link", { name: "Go on" }).waitFor();
  const victim = await scene.browser.newPerson();
  await victim.goto(attacker.url());
  await victim.getByRole("link", { name: "Go on" }).click();
  await victim.getByRole("heading", { name: "Not signed in" }).waitFor();
  assert.equal(await victim.evaluate(() => localStorage.length), 0);
  const japanese = await scene.browser.newPerson({ locale: "ja-JP" });
  await japanese.goto(victim.url());
  await japanese.getByRole("heading", { name: "サインインできません" }).waitFor();
});

/** What this browser holds of Supabase Auth: the level of its session. */
const level = (page: Page) =>
  page.evaluate(() => {
    const { access_token } = JSON.parse(localStorage.getItem("sekisho.session") ?? "{}");
    return JSON.parse(atob(access_token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).aal;
  });

test("a person with a second factor is asked for a code, and consents only with it", async (scene) => {
  const { secret } = await enrol(scene.url);
  const page = await scene.browser.newPerson();
  await page.goto(scene.authorizationUrl);
  await page.getByLabel("Email").fill("demo_user@example.com");
  await page.getByLabel("Password").fill("demo_password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Enter your code" }).waitFor();
  assert.equal(await level(page), "aal1");
  // A reload asks for the code again, and never shows what may be allowed.
  await page.reload();
  const field = page.getByLabel("Six-digit code");
  await field.waitFor();
  assert.equal(await page.getByRole("button", { name: "Allow" }).count(), 0);
  assert.equal(await field.getAttribute("autocomplete"), "one-time-code");
  assert.equal(await field.getAttribute("inputmode"), "numeric");

  // Nor can the session that lacks the factor decide without the page.
  const token = await page.evaluate(() =>
    JSON.parse(localStorage.getItem("sekisho.session") ?? "{}").access_token
  );
  const id = new URL(page.url()).searchParams.get("request");
  for (const method of ["GET", "POST"]) {
    const answer = await fetch(`${scene.url}/oauth/interaction/${id}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(method === "GET"
        ? {}
        : { body: JSON.stringify({ decision: "approve", scopes: ["product:read"] }) }),
    });
    assert.equal(answer.status, 403);
    assert.equal((await answer.json()).error, "second_factor_required");
  }

  await field.fill("000000");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("alert").getByText(/That code is not right/).waitFor();
  const code = codeAt(secret, Date.now());
  await field.fill(`${code.slice(0, 3)} ${code.slice(3)}`);
  await page.getByRole("button", { name: "Continue" }).click();
  await consent(page);
  assert.equal(await level(page), "aal2");
  assert.ok(await scene.finish(page));
});

test("a person with a second factor who comes back from Google is asked for the code, and may start over", async (scene) => {
  const { secret } = await enrol(scene.url);
  scene.providers.google.person = { sub: "g1", email: "demo_user@example.com", email_verified: true };
  const page = await scene.browser.newPerson({ locale: "ja-JP" });
  await page.goto(scene.authorizationUrl);
  await page.getByRole("button", { name: "Google で続ける" }).click();
  await page.getByRole("button", { name: "別のアカウントを使う" }).click();
  await page.getByRole("button", { name: "Google で続ける" }).click();
  await page.getByLabel("6 桁の確認コード").fill(codeAt(secret, Date.now()));
  await page.getByRole("button", { name: "続ける", exact: true }).click();
  await page.getByRole("button", { name: "許可する" }).waitFor();
  assert.equal(await level(page), "aal2");
});
