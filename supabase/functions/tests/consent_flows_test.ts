/**
 * Consent in a real browser, as people do it: partly, again, too late, twice, in two tabs, in another language. What the
 * client gets is exactly what was ticked.
 */
import assert from "node:assert/strict";
import type { Page, Route } from "playwright-core";
import { findBrowser, launchBrowser, signIn } from "../../local/testing/browser.ts";
import { onStage, type Stage } from "./attacks/testing/attack_stage.ts";
import { authorizeParameters, redeem, REDIRECT_URI, register } from "./testing/http_flow.ts";

const VERIFIER = "v".repeat(43);
/** Nothing here takes long: who waits longer waits for nothing. */
const MOST_MS = 10_000;
const PRODUCTS = "See your products, their prices and stock";
const ORDERS = "See your orders";

const allow = (page: Page) => page.getByRole("button", { name: "Allow", exact: true });
const box = (page: Page, name: string) => page.getByRole("checkbox", { name });

/** A signed-in person in a browser of their own, and a client that may ask them again and again. */
async function scene(
  run: (scene: {
    stage: Stage;
    page: Page;
    /** Opens a request of the client; in this tab unless another is named. */
    ask(scope: string, tab?: Page): Promise<void>;
    /** What the click of Allow ends in: the scope of the token. */
    grantedBy(click: () => Promise<void>, tab?: Page): Promise<string>;
  }) => Promise<void>,
): Promise<void> {
  await onStage(async (stage) => {
    await using browser = await launchBrowser();
    // A client's own page, on a port of its choosing: what the Back button leads back from.
    await using listener = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => new Response("answered"),
    );
    const redirectUri = REDIRECT_URI.replace(":9/", `:${listener.addr.port}/`);
    const client = await register(stage.url, { client_name: "Shop helper" });
    const page = await browser.newPerson();
    page.context().setDefaultTimeout(MOST_MS);
    const open = async (scope: string, tab: Page) => {
      const asked = await authorizeParameters(client, VERIFIER, scope);
      const parameters = { ...asked, redirect_uri: redirectUri };
      await tab.goto(`${stage.url}/oauth/authorize?${new URLSearchParams(parameters)}`);
    };
    await open("product:read", page);
    await signIn(page);
    await run({
      stage,
      page,
      async ask(scope, tab = page) {
        await open(scope, tab);
        await allow(tab).waitFor();
      },
      async grantedBy(click, tab = page) {
        await click();
        await tab.waitForURL((at) => at.href.startsWith(`${redirectUri}?`));
        const code = new URL(tab.url()).searchParams.get("code") ?? "";
        const { status, body } = await redeem(stage.url, { client, code, verifier: VERIFIER });
        assert.equal(status, 200);
        return body.scope;
      },
    });
  });
}

function test(name: string, run: Parameters<typeof scene>[0]): void {
  Deno.test({ name, ignore: findBrowser() === null, fn: () => scene(run) });
}

test("a partial consent gives a token with exactly what was ticked; step-up gives nothing new unasked", async (s) => {
  const { page } = s;
  await s.ask("product:read order:read");
  // The first time, nothing is new: everything that is asked for is ticked, and nothing is kept back silently.
  assert.deepEqual([await box(page, PRODUCTS).isChecked(), await box(page, ORDERS).isChecked()], [
    true,
    true,
  ]);
  assert.equal(await page.getByText("new", { exact: true }).count(), 0);
  await box(page, ORDERS).uncheck();
  assert.equal(await s.grantedBy(() => allow(page).click()), "product:read");

  await s.ask("product:read order:read");
  assert.deepEqual([await box(page, PRODUCTS).isChecked(), await box(page, ORDERS).isChecked()], [
    true,
    false,
  ]);
  await page.getByText("The app asks for more than before").waitFor();
  const status = page.getByRole("status");
  assert.match(await status.innerText(), /“Allow” will not give it:\s+See your orders/);
  // Screen readers hear it with the button.
  assert.equal(await allow(page).getAttribute("aria-describedby"), await status.getAttribute("id"));
  assert.equal(await s.grantedBy(() => allow(page).click()), "product:read");

  await s.ask("product:read order:read");
  await box(page, ORDERS).check();
  assert.equal(await status.innerText(), "");
  assert.equal(await s.grantedBy(() => allow(page).click()), "product:read order:read");

  await s.ask("product:read order:read");
  assert.equal(await page.getByText("The app asks for more than before").count(), 0);
  await box(page, ORDERS).uncheck();
  await box(page, PRODUCTS).uncheck();
  assert.equal(await allow(page).isDisabled(), true);
  assert.match(await status.innerText(), /Tick at least one/);
});

test("a double click on Allow decides once, also while the server takes its time", async (s) => {
  const decisions: string[] = [];
  s.page.on("request", (sent) => {
    if (sent.method() === "POST" && sent.url().includes("/oauth/interaction/")) decisions.push(sent.url());
  });
  await s.ask("product:read");
  assert.equal(await s.grantedBy(() => allow(s.page).dblclick()), "product:read");
  assert.equal(decisions.length, 1);

  await s.ask("product:read");
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await s.page.route("**/oauth/interaction/**", async (route) => {
    await held;
    await route.continue();
  });
  const scope = s.grantedBy(async () => {
    await allow(s.page).click();
    for (const name of ["Allow", "Deny"]) {
      assert.equal(await s.page.getByRole("button", { name, exact: true }).isDisabled(), true, name);
    }
    release();
  });
  assert.equal(await scope, "product:read");
  assert.equal(decisions.length, 2);
});

test("a server that is out of reach or overloaded leaves the form as it is, to be answered once more", async (s) => {
  const { page } = s;
  const interaction = "**/oauth/interaction/**";
  await s.ask("product:read order:read");
  await box(page, ORDERS).uncheck();
  const failures = [
    (route: Route) => route.abort(),
    (route: Route) => route.fulfill({ status: 503, body: "{}" }),
  ];
  for (const fail of failures) {
    const { promise: failed, resolve } = Promise.withResolvers<void>();
    await page.route(interaction, (route) => fail(route).then(resolve));
    await allow(page).click();
    await failed;
    await page.getByText("The server could not be reached.").waitFor();
    assert.equal(await box(page, ORDERS).isChecked(), false);
    await page.unroute(interaction);
  }
  assert.equal(await s.grantedBy(() => allow(page).click()), "product:read");
});

test("the Back button after the answer leads to a page that says so, not to a form that can be sent again", async (s) => {
  await s.ask("product:read");
  await s.grantedBy(() => allow(s.page).click());
  await s.page.goBack();
  await s.page.getByRole("heading", { name: "Already answered" }).waitFor();
  await s.page.getByText("Start again from your app.").waitFor();
  assert.equal(await allow(s.page).count(), 0);
});

test("a request that ends while its page is open is told when it is answered, and when it is opened again", async (s) => {
  await s.ask("product:read");
  await s.stage.rows(
    "update oauth.authorization_requests set expires_at = expires_at - interval '10 minutes'",
  );
  await allow(s.page).click();
  for (let time = 0; time < 2; time += 1) {
    await s.page.getByRole("heading", { name: "This request has ended" }).waitFor();
    await s.page.getByText("Start again from your app.").waitFor();
    await s.page.reload();
  }
});

test("two tabs of one browser are both answered, in whichever order", async (s) => {
  const other = await s.page.context().newPage();
  await s.ask("product:read");
  await s.ask("order:read", other);
  assert.equal(await s.grantedBy(() => allow(s.page).click()), "product:read");
  assert.equal(await s.grantedBy(() => allow(other).click(), other), "order:read");
});

test("the language can be changed while deciding: ticks stay, and the choice is remembered", async (s) => {
  await s.ask("product:read order:read");
  await box(s.page, ORDERS).uncheck();
  await s.page.getByRole("combobox", { name: "Language" }).selectOption("ja");
  const orders = s.page.getByRole("checkbox", { name: "注文の閲覧" });
  const products = s.page.getByRole("checkbox", { name: "商品とその価格・在庫の閲覧" });
  assert.deepEqual([await products.isChecked(), await orders.isChecked()], [true, false]);
  assert.equal(await s.page.locator("html").getAttribute("lang"), "ja");
  await s.page.reload();
  const button = s.page.getByRole("button", { name: "許可する" });
  await button.waitFor();
  await products.uncheck();
  assert.equal(await s.grantedBy(() => button.click()), "order:read");
});
