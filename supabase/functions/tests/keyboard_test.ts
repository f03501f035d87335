/** Every flow with the keyboard alone: what has the focus can be seen, in a sensible order, and a new view takes it. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { answerAt, findBrowser, launchBrowser } from "../../local/testing/browser.ts";
import { onStage } from "./attacks/testing/attack_stage.ts";
import { authorizeParameters, redeem, REDIRECT_URI, register } from "./testing/http_flow.ts";

const VERIFIER = "v".repeat(43);

/** What has the focus: its words, and whether anybody can see it. */
async function focused(page: Page): Promise<{ words: string; visible: boolean }> {
  return await page.evaluate(`(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const label = element.labels?.[0]?.innerText ?? element.getAttribute("aria-label") ?? element.innerText;
    return { words: label.trim(), visible: outlineStyle === "solid" && parseFloat(outlineWidth) >= 2 };
  })()`);
}

/** Presses Tab for each of these: the stops, in order. Each must be seen. */
async function tabThrough(page: Page, stops: readonly string[]): Promise<void> {
  for (const words of stops) {
    await page.keyboard.press("Tab");
    assert.deepEqual(await focused(page), { words, visible: true });
  }
}

/** The heading of the view that has come took the focus. */
async function assertAtHeading(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole("heading", { level: 1, name }).waitFor();
  assert.equal(await page.evaluate("document.activeElement.tagName"), "H1");
}

Deno.test({
  name: "sign-in, consent and dead ends can be used with the keyboard alone",
  ignore: findBrowser() === null,
  fn: (t) =>
    onStage(async ({ url }) => {
      await using browser = await launchBrowser();
      const page = await browser.newPerson({ reducedMotion: "reduce" });
      const client = await register(url, { client_name: "Shop helper" });
      const address = async (scope: string, changes: Record<string, string> = {}) =>
        `${url}/oauth/authorize?${new URLSearchParams({
          ...await authorizeParameters(client, VERIFIER, scope),
          ...changes,
        })}`;
      const scopes = ["See your products, their prices and stock", "See your orders"];

      await t.step("signing in, with a mistake first", async () => {
        await page.goto(await address("product:read order:read"));
        await assertAtHeading(page, "Sign in");
        await tabThrough(page, ["Email"]);
        await page.keyboard.type("demo_user@example.com");
        await tabThrough(page, ["Password"]);
        await page.keyboard.type("wrong");
        await page.keyboard.press("Enter");
        await page.getByRole("alert").getByText("not right").waitFor();
        // What is wrong is selected: it can be typed over at once.
        assert.equal((await focused(page)).words, "Password");
        await page.keyboard.type("demo_password");
        await tabThrough(page, ["Sign in"]);
        await page.keyboard.press("Enter");
        await assertAtHeading(page, /Shop helper asks/);
      });

      await t.step("giving one of two permissions", async () => {
        await tabThrough(page, ["Not you?", ...scopes]);
        await page.keyboard.press("Space");
        const answer = answerAt(page, REDIRECT_URI);
        await tabThrough(page, ["Allow"]);
        await page.keyboard.press("Enter");
        const code = (await answer).searchParams.get("code") ?? "";
        const { body } = await redeem(url, { client, code, verifier: VERIFIER });
        assert.equal(body.scope, "product:read");
      });

      await t.step("refusing", async () => {
        await page.goto(await address("product:read"));
        await assertAtHeading(page, /Shop helper asks/);
        const answer = answerAt(page, REDIRECT_URI);
        await tabThrough(page, ["Not you?", "See your products, their prices and stock", "Allow", "Deny"]);
        await page.keyboard.press("Space");
        assert.equal((await answer).searchParams.get("error"), "access_denied");
      });

      await t.step("signing in as somebody else", async () => {
        await page.goto(await address("product:read"));
        await assertAtHeading(page, /Shop helper asks/);
        await tabThrough(page, ["Not you?"]);
        await page.keyboard.press("Enter");
        await assertAtHeading(page, "Sign in");
      });

      await t.step("from a dead end home, and another language", async () => {
        await page.goto(`${url}/consent`);
        await assertAtHeading(page, "Nothing to decide");
        await tabThrough(page, ["Go to the home page"]);
        await page.keyboard.press("Enter");
        await assertAtHeading(page, "A checkpoint for your apps");
        await tabThrough(page, ["Copy"]);
        await page.keyboard.press("Shift+Tab");
        assert.equal((await focused(page)).visible, true);
        await page.keyboard.press("ArrowDown");
        await page.getByRole("heading", { name: "アプリのための関所" }).waitFor();
      });

      await t.step("from a local page back to the client", async () => {
        const far = "https://app.example/callback";
        const { client_id } = await register(url, { redirect_uris: [far] });
        await page.goto(await address("no:such", { client_id, redirect_uri: far }));
        const answer = answerAt(page, far);
        await tabThrough(page, ["Return to app.example"]);
        await page.keyboard.press("Enter");
        assert.equal((await answer).searchParams.get("error"), "invalid_scope");
      });
    }),
});
