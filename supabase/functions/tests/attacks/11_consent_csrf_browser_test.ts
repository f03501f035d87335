/**
 * Attack 11 in a real browser: a victim who approves what an attacker began, and a person whose tab was taken over by
 * another sign-in. No code comes of the one, no decision of the other (RFC 9700 §4.7; CVE-2026-27124, hydra #770).
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { findBrowser, launchBrowser, signIn } from "../../../local/testing/browser.ts";
import { authorizeParameters, REDIRECT_URI, register } from "../testing/http_flow.ts";
import { onStage } from "./testing/attack_stage.ts";

const needsBrowser = { ignore: findBrowser() === null };
const heading = (page: Page) => page.getByRole("heading", { level: 1 }).innerText();
const allow = (page: Page) => page.getByRole("button", { name: "Allow", exact: true });

Deno.test({
  name: "attack 11: in a browser, a request that an attacker began and a victim approved is over",
  ...needsBrowser,
  fn: () =>
    onStage(async ({ url, rows }) => {
      await using browser = await launchBrowser();
      const client = await register(url);
      const query = new URLSearchParams(await authorizeParameters(client, "v".repeat(43)));
      const attacker = await browser.newPerson();
      await attacker.goto(`${url}/oauth/authorize?${query}`);
      const consentUrl = attacker.url();
      assert.match(consentUrl, /\/consent\?request=/);

      for (const own of [false, true]) {
        // A victim without a cookie, and one who has connected apps before.
        const victim = await browser.newPerson();
        if (own) await victim.goto(`${url}/oauth/authorize?${query}`);
        await attacker.goto(`${url}/oauth/authorize?${query}`);
        const left: string[] = [];
        victim.on("request", (request) => left.push(request.url()));
        await victim.goto(attacker.url());
        await signIn(victim);
        await allow(victim).click();
        await victim.waitForURL(/\/oauth\/continue\/|^chrome-error:/);
        assert.ok(!left.some((address) => address.startsWith(REDIRECT_URI)));
        assert.equal(await heading(victim), "Begun in another browser");
        assert.match(
          await victim.locator("main").innerText(),
          /Nothing was granted.*go back to it and connect/s,
        );
        // Nor can the right browser go on with that address afterwards.
        const late = await attacker.goto(victim.url());
        assert.equal(late?.status(), 400);
        assert.equal(await heading(attacker), "This request is over");
      }
      const [row] = await rows<{ codes: number }>(
        "select count(*)::integer as codes from oauth.authorization_codes",
      );
      assert.equal(row?.codes, 0);
    }),
});

Deno.test({
  name: "attack 11: in a browser, nobody answers for the person who was asked in another tab",
  ...needsBrowser,
  fn: () =>
    onStage(async ({ url, rows }) => {
      await using browser = await launchBrowser();
      const client = await register(url);
      const query = new URLSearchParams(await authorizeParameters(client, "v".repeat(43)));
      const page = await browser.newPerson();
      await page.goto(`${url}/oauth/authorize?${query}`);
      await signIn(page);
      const other = await page.context().newPage();
      await other.goto(`${url}/oauth/authorize?${query}`);
      await other.getByRole("button", { name: "Not you?" }).click();
      await signIn(other, "second_user@example.com");

      const said = page.getByRole("alert");
      await allow(page).click();
      // What was decided is looked at also where nothing was said.
      await said.locator("p").waitFor().catch(() => {});
      const [row] = await rows<{ decided: number }>(
        "select count(person_id)::integer as decided from oauth.authorization_requests",
      );
      assert.equal(row?.decided, 0);
      await allow(page).waitFor();
      assert.match(await said.innerText(), /Someone else has signed in in this browser/);
      assert.ok(await page.getByText("second_user@example.com").isVisible());
    }),
});
