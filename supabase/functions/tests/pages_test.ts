/** The pages in a real browser: whose browser it must be, and what a person meets when something is wrong. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import {
  answerAt,
  findBrowser,
  launchBrowser,
  signIn,
  type TestBrowser,
} from "../../local/testing/browser.ts";
import { freePort, onTestDatabase, startProductProcess } from "../../local/testing/product_process.ts";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import { authorizeParameters, REDIRECT_URI, register } from "./testing/http_flow.ts";

const needsBrowser = { ignore: findBrowser() === null };
const VERIFIER = "v".repeat(43);

interface Scene {
  readonly url: string;
  readonly browser: TestBrowser;
  /** A good authorization URL of a client that registered itself. */
  readonly authorizationUrl: string;
}

function test(name: string, run: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name,
    ...needsBrowser,
    async fn() {
      const port = freePort();
      await using database = await freshDemoDatabase(`http://localhost:${port}`);
      await using product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
      await using browser = await launchBrowser();
      const client = await register(product.url, { client_name: "A test app" });
      const parameters = new URLSearchParams(await authorizeParameters(client, VERIFIER));
      await run({
        url: product.url,
        browser,
        authorizationUrl: `${product.url}/oauth/authorize?${parameters}`,
      });
    },
  });
}

/** Everything that a page of ours says to a person. */
const words = (page: Page) => page.locator("body").innerText();

test("Deny answers access_denied with state and iss", async (scene) => {
  const page = await scene.browser.newPerson();
  const answer = answerAt(page, REDIRECT_URI);
  await page.goto(scene.authorizationUrl);
  await signIn(page);
  await page.getByRole("button", { name: "Deny" }).click();
  const { searchParams } = await answer;
  assert.equal(searchParams.get("error"), "access_denied");
  assert.equal(searchParams.get("state"), "a state");
  assert.equal(searchParams.get("iss"), scene.url);
  assert.equal(searchParams.get("code"), null);
});

test("a wrong password is told, and the right one goes on", async (scene) => {
  const page = await scene.browser.newPerson();
  await page.goto(scene.authorizationUrl);
  await page.getByLabel("Email").fill("demo_user@example.com");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("alert").waitFor();
  await signIn(page);
  assert.match(await words(page), /A test app/);
});

test("the consent page names client, redirect host, person and every scope, in English and Japanese", async (scene) => {
  const page = await scene.browser.newPerson();
  await page.goto(scene.authorizationUrl);
  await signIn(page);
  assert.match(await page.getByRole("heading", { level: 1 }).innerText(), /A test app/);
  const text = await words(page);
  assert.match(text, /127\.0\.0\.1:9/);
  assert.match(text, /demo_user@example\.com/);
  assert.ok(
    await page.getByRole("checkbox", { name: "See your products, their prices and stock" }).isChecked(),
  );

  const japanese = await scene.browser.newPerson({ locale: "ja-JP" });
  await japanese.goto(scene.authorizationUrl);
  await japanese.getByLabel("メール").waitFor();
  assert.equal(await japanese.locator("html").getAttribute("lang"), "ja");
});

test("a known name with answers to another's address is warned of; on this computer it is unverified as any other", async (scene) => {
  const page = await scene.browser.newPerson();
  await page.goto(scene.authorizationUrl);
  await signIn(page);
  const warned = "This is the name of a well-known app";
  for (const redirect of ["https://evil.example/callback", REDIRECT_URI]) {
    const client = await register(scene.url, { client_name: "Claude", redirect_uris: [redirect] });
    const asked = { ...await authorizeParameters(client, VERIFIER), redirect_uri: redirect };
    await page.goto(`${scene.url}/oauth/authorize?${new URLSearchParams(asked)}`);
    await page.getByRole("heading", { name: /Claude/ }).waitFor();
    assert.equal((await words(page)).includes(warned), redirect !== REDIRECT_URI, redirect);
  }
});

test("a request that does not exist leads to a page that says so, not to a blank one", async (scene) => {
  const page = await scene.browser.newPerson();
  await page.goto(`${scene.url}/consent?request=${"x".repeat(43)}`);
  await page.getByLabel("Email").fill("demo_user@example.com");
  await page.getByLabel("Password").fill("demo_password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByText(/again from your app|begin again/i).first().waitFor();
});

test("an unknown client gets a page in the browser's language and no redirect", async (scene) => {
  const page = await scene.browser.newPerson({ locale: "ja-JP" });
  const response = await page.goto(`${scene.url}/oauth/authorize?client_id=nobody`);
  assert.equal(response?.status(), 400);
  assert.equal(await page.getByRole("heading").innerText(), "不明なアプリ");
});
