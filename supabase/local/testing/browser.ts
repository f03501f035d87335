/** A real Chromium for tests of pages and flows. */
import { type BrowserContext, chromium, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where the browser is, or null on a machine without one. */
export function findBrowser(): string | null {
  for (const place of PLACES) {
    try {
      Deno.statSync(place);
      return place;
    } catch {
      continue;
    }
  }
  return null;
}

export interface TestBrowser extends AsyncDisposable {
  /** A browser of its own: no cookie and no storage of another. */
  newPerson(options?: PersonOptions): Promise<Page>;
}

export interface PersonOptions {
  readonly locale?: string;
  readonly colorScheme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly reducedMotion?: "reduce" | "no-preference";
  /** False for a browser in which scripts are switched off. */
  readonly javaScriptEnabled?: boolean;
}

/** Starts it. */
export async function launchBrowser(): Promise<TestBrowser> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error("no Chromium on this machine");
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  const contexts: BrowserContext[] = [];
  return {
    async newPerson(options = {}) {
      const context = await browser.newContext({ locale: "en-US", ...options });
      contexts.push(context);
      return await context.newPage();
    },
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close();
      await browser.close();
    },
  };
}

/** Signs the demo person in on the page that asks for it, and waits for the consent that follows. */
export async function signIn(
  page: Page,
  email = "demo_user@example.com",
  password = "demo_password",
): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: "Allow" }).waitFor();
}

/** Opens an authorization URL, signs in, allows, and answers the address at which the client is answered. */
export async function allow(page: Page, authorizationUrl: URL, redirectUri: string): Promise<URL> {
  const answered = answerAt(page, redirectUri);
  await page.goto(authorizationUrl.href);
  await signIn(page);
  await page.getByRole("button", { name: "Allow" }).click();
  return await answered;
}

/** The first address below this redirect URI that the page is sent to. It is not really visited. */
export function answerAt(page: Page, redirectUri: string): Promise<URL> {
  const { promise, resolve, reject } = Promise.withResolvers<URL>();
  const isThere = (url: URL) => url.href.startsWith(redirectUri);
  page.route(isThere, async (route) => {
    await route.fulfill({ status: 200, contentType: "text/plain", body: "answered" });
    // Whoever goes on before the page has arrived there would be interrupted by its arrival.
    await page.waitForURL(isThere).catch(() => {});
    resolve(new URL(route.request().url()));
  }).catch(reject);
  return promise;
}
