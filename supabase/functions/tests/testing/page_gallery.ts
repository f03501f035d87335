/**
 * Every page in every state that a person can meet, for the tests that must see them all and for the screenshots. A new
 * page or state is a new row here.
 */
import type { Page } from "playwright-core";
import {
  authorizeParameters,
  beginRequest,
  decide,
  grantCode,
  redeem,
  register,
  type RegisteredClient,
  signInByPassword,
} from "./http_flow.ts";
import { enrol } from "./second_factor.ts";

const VERIFIER = "v".repeat(43);
const WITH_SECOND_FACTOR = "second_user@example.com";
const HOSTILE_NAME = `<img src=x onerror=alert(1)> \u0421laude\u202E ${"very ".repeat(30)}long`;

/** What the views need of a server: clients of each kind, and somebody's earlier consent. */
export interface Gallery {
  readonly url: string;
  readonly session: string;
  readonly plain: RegisteredClient;
  readonly hostile: RegisteredClient;
  /** Given `product:read` before, and connected since. */
  readonly known: RegisteredClient;
}

interface View {
  readonly name: string;
  open(page: Page, gallery: Gallery): Promise<void>;
}

/** Prepares a server with the demo people, of whom the second gets a second factor. */
export async function prepareGallery(url: string): Promise<Gallery> {
  await enrol(url, WITH_SECOND_FACTOR);
  const session = await signInByPassword(url);
  const known = await register(url, { client_name: "Shop helper" });
  await redeem(url, await grantCode(url, known, session, "product:read"));
  return {
    url,
    session,
    known,
    plain: await register(url, { client_name: "A test app" }),
    hostile: await register(url, {
      client_name: HOSTILE_NAME.slice(0, 200),
      redirect_uris: [`https://${"a-very-long-name.".repeat(4)}example/callback`],
    }),
  };
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

/** Fills in the sign-in form, whatever the language. */
async function fillSignIn(page: Page, password: string, email = "demo_user@example.com"): Promise<void> {
  await page.locator("input[type=email]").fill(email);
  await page.locator("input[type=password]").fill(password);
  await page.locator("form button[type=submit]").click();
}

/** Begins a request in this browser, which is left at the consent page's address. */
async function begin(
  page: Page,
  { url }: Gallery,
  client: RegisteredClient,
  scope?: string,
  changes: Record<string, string> = {},
): Promise<void> {
  const parameters = { ...await authorizeParameters(client, VERIFIER, scope), ...changes };
  await page.goto(`${url}/oauth/authorize?${new URLSearchParams(parameters)}`);
}

/** The same, up to the question. */
async function ask(
  page: Page,
  ...begun: Parameters<typeof begin> extends [Page, ...infer Rest] ? Rest : never
) {
  await begin(page, ...begun);
  await page.locator("fieldset").waitFor();
}

/** The page of a request that begins well, with the server's answers replaced from then on. */
async function askWith(page: Page, gallery: Gallery, path: RegExp, status: number, body: unknown = {}) {
  await page.route(path, (route) => route.fulfill({ status, json: body }));
  await begin(page, gallery, gallery.plain);
  await page.locator("h1").waitFor();
}

async function withProviders(page: Page, providers: readonly string[]): Promise<void> {
  await page.route("**/config.json", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...await answer.json(), providers } });
  });
}

async function openAccount(page: Page, { url }: Gallery): Promise<void> {
  await page.goto(`${url}/account`);
  await page.locator("main section").first().waitFor();
}

const allow = (page: Page) => page.locator(".actions button").first();

const VIEWS: readonly View[] = [
  {
    name: "home",
    async open(page, { url }) {
      const listed = page.waitForResponse("**/mcp/tools");
      await page.goto(url);
      await listed;
    },
  },
  {
    name: "sign_in",
    open: (page, gallery) => begin(page, gallery, gallery.plain),
  },
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
  {
    name: "account",
    open: openAccount,
  },
  {
    name: "account_disconnect",
    async open(page, gallery) {
      await openAccount(page, gallery);
      await page.locator("section .danger").first().click();
      await page.locator("[role=group] .danger").waitFor();
    },
  },
  {
    name: "account_empty",
    async open(page, gallery) {
      await page.route("**/api/apps", (route) => route.fulfill({ json: { apps: [] } }));
      await page.route("**/api/activity", (route) => route.fulfill({ json: { events: [], next: null } }));
      await openAccount(page, gallery);
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
  // Last: somebody else is signed in from here on.
  {
    name: "code",
    async open(page, gallery) {
      await page.goto(gallery.url);
      await page.evaluate(() => localStorage.clear());
      await begin(page, gallery, gallery.plain);
      await fillSignIn(page, "demo_password", WITH_SECOND_FACTOR);
      await page.locator("#code").waitFor();
    },
  },
  {
    name: "code_wrong",
    async open(page, gallery) {
      await begin(page, gallery, gallery.plain);
      await page.locator("#code").fill("000000");
      await page.locator("form button[type=submit]").click();
      await page.locator(".alert").waitFor();
    },
  },
];

/** Names of all views. */
export const VIEW_NAMES: readonly string[] = VIEWS.map(({ name }) => name);
