/** The account page in a real browser: what a person sees, ends, and is told, by keyboard and in both languages. */
import assert from "node:assert/strict";
import { originOf } from "../_shared/public_urls.ts";
import type { Stage } from "./attacks/testing/attack_stage.ts";
import { focused, openAccount, tabTo, testPage as test, words } from "./testing/account_steps.ts";
import { callTool, grantCode, redeem, refresh, register, signInByPassword } from "./testing/http_flow.ts";

/** A name that would turn the sentence around it, and would be markup. */
const NAME = "Test\u202Eapp <b>";
const SHOWN = "Test[U+202E]app <b>";

async function connect({ url }: Stage, client_name: string, email?: string) {
  const client = await register(url, { client_name });
  const session = await signInByPassword(originOf(url), email);
  const { body: tokens } = await redeem(url, await grantCode(url, client, session));
  return { client, tokens };
}

test(
  "by keyboard alone, a person finds a connected app, disconnects it, and its tokens are dead",
  async (stage, newPerson) => {
    const { url } = stage;
    const { client, tokens } = await connect(stage, NAME);
    const kept = await connect(stage, "Another app");
    await connect(stage, "Somebody else's app", "second_user@example.com");
    assert.equal((await callTool(url, tokens.access_token, "product_list")).status, 200);

    const page = await newPerson();
    await openAccount(page, stage);
    await page.getByRole("heading", { name: "Connected apps" }).waitFor();
    const before = await words(page);
    assert.match(before, /demo_user@example\.com/);
    assert.match(before, /See your products, their prices and stock/);
    assert.ok(before.includes(SHOWN) && before.includes("Another app"));
    assert.doesNotMatch(before, /Somebody else's app|\u202E/);

    await tabTo(page, `Disconnect ${SHOWN}`);
    // Enter twice asks, and does nothing more.
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Yes, disconnect" }).waitFor();
    assert.match(await focused(page), /It loses access at once/);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    assert.equal(await focused(page), "Disconnect");
    assert.equal((await callTool(url, tokens.access_token, "product_list")).status, 200);

    await page.keyboard.press("Enter");
    await tabTo(page, "Yes, disconnect");
    await page.keyboard.press("Enter");
    await page.getByRole("status").filter({ hasText: "is disconnected" }).waitFor();
    assert.equal(await focused(page), "Connected apps");
    assert.equal(await page.getByRole("button", { name: `Disconnect ${SHOWN}` }).count(), 0);
    assert.equal((await callTool(url, tokens.access_token, "product_list")).status, 401);
    assert.equal((await refresh(url, client, tokens.refresh_token)).status, 400);
    assert.equal((await callTool(url, kept.tokens.access_token, "product_list")).status, 200);
    assert.ok((await words(page)).includes(`You disconnected ${SHOWN}`));

    await page.reload();
    await page.getByRole("button", { name: "Disconnect Another app" }).waitFor();
    assert.equal(await page.getByRole("button", { name: /^Disconnect / }).count(), 1);
  },
);

test(
  "activity tells in words what happened, renewals hardly, page by page, with the reading going on where it was",
  async (stage, newPerson) => {
    const { url } = stage;
    const { client, tokens } = await connect(stage, "A busy app");
    let { refresh_token } = tokens;
    for (let time = 0; time < 32; time++) {
      refresh_token = (await refresh(url, client, refresh_token)).body.refresh_token;
    }
    const other = await register(url, { client_name: "Another app" });
    const session = await signInByPassword(originOf(url));
    for (let time = 0; time < 16; time++) await redeem(url, await grantCode(url, other, session));

    const page = await newPerson();
    await openAccount(page, stage);
    const rows = page.locator("section").nth(2).getByRole("listitem");
    assert.equal(await rows.count(), 30);
    assert.match(await rows.first().innerText(), /^Another app connected\n+.*from this computer$/);
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("You allowed A busy app").waitFor();
    assert.equal(await page.getByRole("button", { name: "Show more" }).count(), 0);
    const told = (await rows.allInnerTexts()).map((text) => text.split("\n")[0] ?? "");
    assert.ok((await focused(page)).startsWith(told[30] ?? "?"));
    const renewals = told.filter((text) => text.includes("renewed"));
    // This computer has two addresses.
    assert.ok(renewals.length <= 1, told.join("\n"));
    const ways = ["{} connected", "You allowed {}"];
    const apps = [...Array(16).fill("Another app"), "A busy app"];
    assert.deepEqual(
      told.filter((text) => !renewals.includes(text)),
      apps.flatMap((app) => ways.map((way) => way.replace("{}", app))),
    );
  },
);

test(
  "signing out everywhere says what it means, asks, and ends apps and sessions",
  async (stage, newPerson) => {
    const { url } = stage;
    const { tokens } = await connect(stage, "A test app");
    const [page, elsewhere] = [await newPerson(), await newPerson()];
    for (const each of [page, elsewhere]) await openAccount(each, stage);

    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("button", { name: "Yes, sign out everywhere" }).click();
    await page.getByRole("heading", { level: 1, name: "Signed out everywhere" }).waitFor();
    assert.equal((await callTool(url, tokens.access_token, "product_list")).status, 401);

    // The other browser still shows what was; the next act there asks to sign in.
    await elsewhere.getByRole("button", { name: "Disconnect A test app" }).click();
    await elsewhere.getByRole("button", { name: "Yes, disconnect" }).click();
    await elsewhere.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.match(await words(elsewhere), /Your sign-in has ended/);

    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await openAccount(page, stage);
    assert.match(await words(page), /No app is connected/);
    assert.match(await words(page), /You signed out everywhere: A test app was disconnected/);
  },
);

test(
  "where the sign-ins could not be ended, the page says so and does not claim it",
  async (stage, newPerson) => {
    await connect(stage, "A test app");
    const page = await newPerson();
    await openAccount(page, stage);
    await page.route("**/auth/v1/logout*", (route) => route.fulfill({ status: 503, body: "{}" }));
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("button", { name: "Yes, sign out everywhere" }).click();
    await page.getByRole("alert").filter({ hasText: "could not be ended" }).waitFor();
    assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), "Your account");
    assert.match(await words(page), /No app is connected/);
  },
);

test(
  "an account of somebody else, signed in in another tab, is not changed by a page that shows the first",
  async (stage, newPerson) => {
    const { url } = stage;
    const { client, tokens } = await connect(stage, "A shared app");
    const page = await newPerson();
    await openAccount(page, stage);
    const session = await signInByPassword(url, "second_user@example.com");
    const { body: others } = await redeem(url, await grantCode(url, client, session));

    const tab = await page.context().newPage();
    await tab.goto(`${url}/account`);
    await tab.getByRole("button", { name: "Not you?" }).click();
    await openAccount(tab, stage, "second_user@example.com");

    await page.getByRole("button", { name: "Disconnect A shared app" }).click();
    await page.getByRole("button", { name: "Yes, disconnect" }).click();
    await page.getByRole("alert").filter({ hasText: "Someone else has signed in" }).waitFor();
    assert.match(await words(page), /second_user@example\.com/);
    for (const { access_token } of [tokens, others]) {
      assert.equal((await callTool(url, access_token, "product_list")).status, 200);
    }
  },
);

test("the account speaks Japanese, with dates as they are written there", async (stage, newPerson) => {
  await connect(stage, "A test app");
  const page = await newPerson("ja-JP");
  await openAccount(page, stage);
  await page.getByRole("heading", { name: "接続中のアプリ" }).waitFor();
  await page.getByRole("button", { name: "A test app の接続を解除" }).click();
  await page.getByRole("button", { name: "解除する" }).click();
  await page.getByText("A test app の接続を解除しました。").waitFor();
  const text = await words(page);
  assert.match(text, /A test app を許可しました/);
  assert.match(text, /\d{4}\/\d{2}\/\d{2} \d{1,2}:\d{2}/);
  assert.doesNotMatch(text, /Connected|Activity|Sign|Disconnect|allowed|network/);
});

test(
  "a sign-in that lacks the second factor is told so, and that the server failed is not",
  async (stage, newPerson) => {
    const page = await newPerson();
    for (
      const [status, words] of [[403, /needs a second factor/], [500, /could not handle/], [
        503,
        /could not be reached/,
      ]] as const
    ) {
      await page.route("**/api/apps", (route) => route.fulfill({ status, json: {} }));
      await page.goto(`${stage.url}/account`);
      if (status === 403) {
        await page.getByLabel("Email").fill("demo_user@example.com");
        await page.getByLabel("Password").fill("demo_password");
        await page.keyboard.press("Enter");
      }
      await page.getByRole("alert").filter({ hasText: words }).waitFor();
      assert.doesNotMatch(await page.locator("main").innerText(), /from your app/);
      await page.unroute("**/api/apps");
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("heading", { name: "Connected apps" }).waitFor();
    }
  },
);

test(
  "on a bare host, where the account answers under its function's name, the page works the same",
  async (stage, newPerson) => {
    const { tokens } = await connect(stage, "A test app");
    const page = await newPerson();
    await openAccount(page, stage);
    await page.getByRole("button", { name: "Disconnect A test app" }).click();
    await page.getByRole("button", { name: "Yes, disconnect" }).click();
    await page.getByRole("status").filter({ hasText: "A test app is disconnected" }).waitFor();
    assert.equal((await callTool(stage.url, tokens.access_token, "product_list")).status, 401);
  },
  { path: "/functions/v1" },
);
