/**
 * Sign-in through a provider over plain HTTP: the running product, a Google and a LINE on this computer, and browsers
 * that do what a browser does with addresses and cookies.
 */
import assert from "node:assert/strict";
import pg from "pg";
import { sha256, toBase64Url } from "../../_shared/encoding.ts";
import { freePort, onTestDatabase, startProductProcess } from "../../../local/testing/product_process.ts";
import { type SignInProvider, startSignInProvider } from "../../../local/testing/sign_in_provider.ts";
import { freshDemoDatabase } from "../../../local/testing/test_database.ts";

export type ProviderName = "google" | "custom:line";

export interface SignInStage {
  readonly url: string;
  readonly providers: Readonly<Record<ProviderName, SignInProvider>>;
  rows<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Everything that the product has written. */
  output(): string;
}

/** Starts product and providers, runs, ends everything. */
export async function onSignInStage(
  run: (stage: SignInStage) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await using google = await startSignInProvider("google");
  await using line = await startSignInProvider("line");
  const port = freePort();
  const url = `http://localhost:${port}`;
  await using database = await freshDemoDatabase(url);
  const settings = {
    ...onTestDatabase(database),
    PORT: String(port),
    GOOGLE_CLIENT_ID: google.clientId,
    GOOGLE_CLIENT_SECRET: google.clientSecret,
    LINE_CHANNEL_ID: line.clientId,
    LINE_CHANNEL_SECRET: line.clientSecret,
    ...env,
  };
  const script = ["run", "--allow-all", "--quiet", "supabase/local/testing/start_with_providers.ts"];
  await using product = await startProductProcess(settings, [...script, google.issuer, line.issuer]);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const rows = async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      (await client.query<Row>(sql, [...values])).rows;
    await run({ url, providers: { google, "custom:line": line }, rows, output: product.output });
  } finally {
    await client.end();
  }
}

/** What a browser holds of this server: its cookies. */
export interface Browser {
  cookie: string;
}

/** A browser that was never here. */
export const newBrowser = (): Browser => ({ cookie: "" });

/** Opens an address of the product as this browser does, and answers where it is sent. */
export async function open(browser: Browser, address: string): Promise<{ status: number; location: string }> {
  const headers = browser.cookie === "" ? {} : { Cookie: browser.cookie };
  const response = await fetch(address, { headers, redirect: "manual" });
  await response.body?.cancel();
  browser.cookie = response.headers.get("Set-Cookie")?.split(";")[0] ?? browser.cookie;
  return { status: response.status, location: response.headers.get("Location") ?? "" };
}

export interface Begun {
  /** Where the provider is asked. */
  readonly upstream: string;
  /** What the page keeps in its storage. */
  readonly verifier: string;
}

/** Begins a sign-in as the pages do. */
export async function begin(
  stage: SignInStage,
  browser: Browser,
  provider: ProviderName,
  redirectTo = `${stage.url}/consent?request=r`,
): Promise<Begun> {
  const verifier = toBase64Url(crypto.getRandomValues(new Uint8Array(42)));
  const query = new URLSearchParams({
    provider,
    redirect_to: redirectTo,
    code_challenge: toBase64Url(await sha256(verifier)),
    code_challenge_method: "s256",
  });
  const { status, location } = await open(browser, `${stage.url}/auth/v1/authorize?${query}`);
  assert.equal(status, 302);
  assert.ok(location.startsWith(`${stage.providers[provider].issuer}/authorize?`), location);
  return { upstream: location, verifier };
}

/** The provider's part: the callback address that it sends the browser to. */
export async function atProvider(upstream: string): Promise<string> {
  const { status, location } = await open(newBrowser(), upstream);
  assert.equal(status, 302);
  return location;
}

/** A whole trip: begins, goes to the provider, comes back. Answers the page's address. */
export async function trip(
  stage: SignInStage,
  provider: ProviderName,
  browser: Browser = newBrowser(),
): Promise<{ page: URL; verifier: string }> {
  const { upstream, verifier } = await begin(stage, browser, provider);
  const { status, location } = await open(browser, await atProvider(upstream));
  assert.equal(status, 302);
  return { page: new URL(location), verifier };
}

export interface SupabaseSession {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly app_metadata: Record<string, unknown>;
    readonly user_metadata: Record<string, unknown>;
    readonly identities: readonly { provider: string; id: string }[];
  };
}

/** Redeems a sign-in code as auth-js does. */
export async function redeemSignIn(
  stage: { readonly url: string },
  code: string | null,
  verifier: string,
): Promise<{ status: number; session: SupabaseSession }> {
  const { publishable_key } = await (await fetch(`${stage.url}/config.json`)).json();
  const response = await fetch(`${stage.url}/auth/v1/token?grant_type=pkce`, {
    method: "POST",
    headers: { "Content-Type": "application/json", apikey: publishable_key },
    body: JSON.stringify({ auth_code: code, code_verifier: verifier }),
  });
  return { status: response.status, session: await response.json() };
}

/** A whole sign-in, up to the session. */
export async function signInWith(stage: SignInStage, provider: ProviderName): Promise<SupabaseSession> {
  const { page, verifier } = await trip(stage, provider);
  const { status, session } = await redeemSignIn(stage, page.searchParams.get("code"), verifier);
  assert.equal(status, 200, page.search);
  return session;
}

/** What a page was told about a sign-in that failed. */
export function toldBy(page: URL): Record<string, string | null> {
  return { error: page.searchParams.get("error"), code: page.searchParams.get("error_code") };
}
