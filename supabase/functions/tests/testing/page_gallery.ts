/**
 * Every page in every state that a person can meet, for the tests that must see them all and for the screenshots. A new
 * page or state is a new row here.
 */
import type { Page } from "playwright-core";
import {
  allow,
  ask,
  askWith,
  begin,
  fillSignIn,
  type Gallery,
  openAccount,
  openKeyForm,
  VERIFIER,
  WITH_SECOND_FACTOR,
  withProviders,
} from "./gallery_steps.ts";
import { authorizeParameters, beginRequest, decide } from "./http_flow.ts";

interface View {
  readonly name: string;
  open(page: Page, gallery: Gallery): Promise<void>;
}

/**
 * Opens one view after the other in this browser, which must be fresh: signed out first, signed in afterwards.
 *
 * @param visit Looks at the open view.
 */
export async function walkGallery(
  page: Page,
  gallery: Gallery,
  visit: (name: string) => Promise<void>,
): Promise<void> {
  for (const { name, open } of VIEWS) {
    await open(page, gallery);
    await page.locator("h1").first().waitFor();
    await visit(name);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  }
}

const VIEWS: readonly View[] = [
  {
    name: "home",
    async open(page, { url }) {
      const listed = page.waitForResponse("**/mcp/tools");
      await page.goto(url);
      await listed;
    },
  },
  { name: "sign_in", open: (page, gallery) => begin(page, gallery, gallery.plain) },
  {
    name: "sign_in_wrong_password",
    async open(page, gallery) {
      await begin(page, gallery, gallery.plain);
      await fillSignIn(page, "wrong");
      await page.locator(".alert").waitFor();
    },
  },
  {
    name: "sign_in_every_way",
    async open(page, gallery) {
      await withProviders(page, ["google", "custom:line", "password"]);
      await begin(page, gallery, gallery.plain);
    },
  },
  {
    name: "sign_in_no_way",
    async open(page, gallery) {
      await withProviders(page, []);
      await begin(page, gallery, gallery.plain);
    },
  },
  {
    name: "consent",
    async open(page, gallery) {
      await begin(page, gallery, gallery.plain, "product:* order:* booking:read");
      await fillSignIn(page, "demo_password");
      await page.locator("fieldset").waitFor();
    },
  },
  {
    name: "consent_nothing_ticked",
    async open(page, gallery) {
      await ask(page, gallery, gallery.plain);
      await page.getByRole("checkbox").uncheck();
    },
  },
  {
    name: "consent_step_up",
    open: (page, gallery) => ask(page, gallery, gallery.known, "product:read product:write order:read"),
  },
  {
    name: "consent_ceiling",
    open: (page, gallery) => ask(page, gallery, gallery.plain, "ticket:*"),
  },
  {
    name: "consent_ceiling_wrong",
    async open(page, gallery) {
      await ask(page, gallery, gallery.plain, "ticket:*");
      await page.locator("input[type=number]").press("9");
    },
  },
  {
    name: "consent_hostile_name",
    async open(page, gallery) {
      const uri = `https://${"a-very-long-name.".repeat(4)}example/callback`;
      await ask(page, gallery, gallery.hostile, undefined, { redirect_uri: uri });
    },
  },
  {
    name: "leaving",
    async open(page, gallery) {
      // No content: the browser stays where it is.
      await page.route("**/oauth/continue/**", (route) => route.fulfill({ status: 204 }));
      await ask(page, gallery, gallery.plain);
      await allow(page).click();
      await page.locator("fieldset").waitFor({ state: "detached" });
    },
  },
  { name: "account", open: openAccount },
  {
    name: "account_disconnect",
    async open(page, gallery) {
      await openAccount(page, gallery);
      await page.locator("section .danger").first().click();
    },
  },
  {
    name: "account_empty",
    async open(page, gallery) {
      const json = { apps: [], keys: [], resources: [], events: [], next: null };
      await page.route("**/api/*", (route) => route.fulfill({ json }));
      await openAccount(page, gallery);
    },
  },
  {
    name: "account_key_form_wrong",
    async open(page, gallery) {
      await openKeyForm(page, gallery);
      await page.keyboard.press("Enter");
      await page.locator("form .alert").waitFor();
    },
  },
  {
    name: "account_key_made",
    async open(page, gallery) {
      await openKeyForm(page, gallery);
      for (const scope of [1, 4]) await page.getByRole("checkbox").nth(scope).check();
      await page.locator("form button[type=submit]").click();
      await page.locator("input[readonly]").waitFor();
    },
  },
  {
    name: "account_key_revoke",
    async open(page, gallery) {
      await openAccount(page, gallery);
      await page.locator("section").nth(1).locator(".danger").first().click();
    },
  },
  {
    name: "error_not_found",
    async open(page, { url }) {
      await page.goto(`${url}/no/such/page`);
    },
  },
  {
    name: "error_no_request",
    async open(page, { url }) {
      await page.goto(`${url}/consent`);
    },
  },
  {
    name: "error_gone",
    async open(page, { url }) {
      await page.goto(`${url}/consent?request=${"x".repeat(43)}`);
      await page.locator("[role=alert] .lead").waitFor();
    },
  },
  {
    name: "error_answered",
    async open(page, { url, plain, session }) {
      const { id } = await beginRequest(url, await authorizeParameters(plain, VERIFIER));
      await decide(url, id, session);
      await page.goto(`${url}/consent?request=${id}`);
    },
  },
  {
    name: "error_forbidden",
    open: (page, gallery) => askWith(page, gallery, /\/oauth\/interaction\//, 403),
  },
  {
    name: "error_broken",
    open: (page, gallery) => askWith(page, gallery, /\/oauth\/interaction\//, 500),
  },
  {
    name: "error_offline",
    async open(page, { url }) {
      await page.route("**/config.json", (route) => route.abort());
      await page.goto(url);
    },
  },
  {
    name: "error_unsafe",
    async open(page, gallery) {
      await ask(page, gallery, gallery.plain);
      const json = { continue_to: "https://elsewhere.example/" };
      await page.route(/\/oauth\/interaction\//, (route) => route.fulfill({ json }));
      await allow(page).click();
      await page.locator("fieldset").waitFor({ state: "detached" });
    },
  },
  {
    name: "local_unknown_client",
    async open(page, { url }) {
      await page.goto(`${url}/oauth/authorize?client_id=nobody`);
    },
  },
  {
    name: "local_wrong_address",
    open: (page, gallery) =>
      begin(page, gallery, gallery.plain, undefined, { redirect_uri: "https://elsewhere.example/" }),
  },
  {
    name: "local_return_to_client",
    open: (page, gallery) =>
      begin(page, gallery, gallery.hostile, "no:such", {
        redirect_uri: `https://${"a-very-long-name.".repeat(4)}example/callback`,
      }),
  },
  {
    name: "local_over",
    async open(page, { url }) {
      await page.goto(`${url}/oauth/continue/${"x".repeat(43)}`);
    },
  },
  {
    name: "local_wrong_browser",
    async open(page, { url, plain, session }) {
      const { id } = await beginRequest(url, await authorizeParameters(plain, VERIFIER));
      await page.goto(await decide(url, id, session));
    },
  },
  {
    name: "error_sign_in",
    async open(page, { url }) {
      await page.goto(`${url}/?error=invalid_request&error_code=bad_oauth_state`);
    },
  },
  {
    // Last: somebody else is signed in from here on.
    name: "code_wrong",
    async open(page, gallery) {
      await page.evaluate(() => localStorage.clear());
      await begin(page, gallery, gallery.plain);
      await fillSignIn(page, "demo_password", WITH_SECOND_FACTOR);
      await page.locator("#code").fill("000000");
      await page.locator("form button[type=submit]").click();
      await page.locator(".alert").waitFor();
    },
  },
];

/** Names of all views. */
export const VIEW_NAMES: readonly string[] = VIEWS.map(({ name }) => name);
