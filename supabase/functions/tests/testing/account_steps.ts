/** What tests of the account page share: a product with a browser, the way in, and the keyboard. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { findBrowser, launchBrowser } from "../../../local/testing/browser.ts";
import { originOf } from "../../_shared/public_urls.ts";
import { onStage, type Stage, type StageOptions } from "../attacks/testing/attack_stage.ts";

/** A test of a page, on a product of its own, by people with browsers of their own. */
export function testPage(
  name: string,
  run: (stage: Stage, newPerson: (locale?: string) => Promise<Page>) => Promise<void>,
  options: StageOptions = {},
): void {
  Deno.test({
    name,
    ignore: findBrowser() === null,
    fn: () =>
      onStage(async (stage) => {
        await using browser = await launchBrowser();
        await run(stage, async (locale = "en-US") => {
          const page = await browser.newPerson({ locale });
          page.on("pageerror", (error) => assert.fail(`the page threw: ${error.name}`));
          return page;
        });
      }, options),
  });
}

/** Signs in on the way to the account, whatever the language. */
export async function openAccount(
  page: Page,
  { url }: Stage,
  email = "demo_user@example.com",
): Promise<void> {
  await page.goto(`${originOf(url)}/account`);
  await page.locator("input[type=email]").fill(email);
  await page.locator("input[type=password]").fill("demo_password");
  await page.keyboard.press("Enter");
  await page.locator("main section").first().waitFor();
}

/** All that the page says. */
export const words = (page: Page) => page.locator("main").innerText();

/** What the focused element says. */
export const focused = async (page: Page) => await page.locator(":focus").textContent() ?? "";

/** Presses Tab until this is what has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let press = 0; press < 60; press++) {
    await page.keyboard.press("Tab");
    // Between two rounds the focus is the browser's own.
    const label = await page.evaluate(`(() => {
      const element = document.activeElement;
      return element.labels?.[0]?.innerText ?? element.getAttribute("aria-label") ?? element.textContent;
    })()`);
    if (label === name) return;
  }
  assert.fail(`Tab never reaches ${name}`);
}
