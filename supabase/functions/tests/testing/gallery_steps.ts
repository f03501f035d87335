/** The steps that lead to the views of the gallery, whatever the language; and what a server needs for them. */
import type { Page } from "playwright-core";
import {
  authorizeParameters,
  grantCode,
  redeem,
  register,
  type RegisteredClient,
  signInByPassword,
} from "./http_flow.ts";
import { enrol } from "./second_factor.ts";

export const VERIFIER = "v".repeat(43);
export const WITH_SECOND_FACTOR = "second_user@example.com";
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

/** Fills in the sign-in form, whatever the language. */
export async function fillSignIn(
  page: Page,
  password: string,
  email = "demo_user@example.com",
): Promise<void> {
  await page.locator("input[type=email]").fill(email);
  await page.locator("input[type=password]").fill(password);
  await page.locator("form button[type=submit]").click();
}

/** Begins a request in this browser, which is left at the consent page's address. */
export async function begin(
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
export async function ask(
  page: Page,
  ...begun: Parameters<typeof begin> extends [Page, ...infer Rest] ? Rest : never
) {
  await begin(page, ...begun);
  await page.locator("fieldset").waitFor();
}

/** The page of a request that begins well, with the server's answers replaced from then on. */
export async function askWith(
  page: Page,
  gallery: Gallery,
  path: RegExp,
  status: number,
  body: unknown = {},
) {
  await page.route(path, (route) => route.fulfill({ status, json: body }));
  await begin(page, gallery, gallery.plain);
  await page.locator("h1").waitFor();
}

export async function withProviders(page: Page, providers: readonly string[]): Promise<void> {
  await page.route("**/config.json", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...await answer.json(), providers } });
  });
}

export async function openAccount(page: Page, { url }: Gallery): Promise<void> {
  await page.goto(`${url}/account`);
  await page.locator("main section").first().waitFor();
}

/** The form of a new API key, with a name that would hide what it is. */
export async function openKeyForm(page: Page, gallery: Gallery): Promise<void> {
  await openAccount(page, gallery);
  await page.locator("section").nth(1).locator("> button").click();
  await page.locator("form input[type=text]").fill(`\u202E<b>${"very long ".repeat(5)}`);
}

export const allow = (page: Page) => page.locator(".actions button").first();
