/**
 * Supabase Auth without Docker: `@supabase/lite`, for sign-in only, on the same Postgres. Its REST and storage are never
 * routed to.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { App, InMemoryEmailDriver } from "@supabase/lite";
import { Hono } from "hono";
import pg from "pg";
import { sha256 } from "../functions/_shared/encoding.ts";
import { cors } from "../functions/_shared/http/cors.ts";
import { errorResponse } from "../functions/_shared/http/respond.ts";
import { OAuthError } from "../functions/_shared/oauth_error.ts";
import { originOf } from "../functions/_shared/public_urls.ts";
import { isUnavailable, unavailable } from "../functions/_shared/runtime/sql.ts";
import { AuthConnection } from "./auth_connection.ts";
import { createBroker } from "./broker/broker.ts";
import type { Provider } from "./broker/provider.ts";
import type { Passwords } from "./database/kept_passwords.ts";
import { countWrongPasswords } from "./password_guesses.ts";
import { factorRefusal } from "./second_factor/factor_refusal.ts";
import { createSecondFactor } from "./second_factor/second_factor.ts";
import { canBeRead } from "./sign_in_body.ts";

export interface AuthStandIn {
  /** Answers `/auth/v1/*`. @param address where it comes from */
  fetch(request: Request, address: string): Promise<Response>;
  close(): Promise<void>;
}

export interface AuthOptions {
  readonly databaseUrl: string;
  readonly passwords: Passwords;
  readonly publishableKey: string;
  readonly publicUrl: string;
  /** Where the pages are, whose host may be another than ours. */
  readonly siteUrl: string;
  /** Providers that people can sign in with. */
  readonly providers: readonly Provider[];
  /** Whether anybody may make an account through the API. */
  readonly signUp: boolean;
  /** From one address. 0 for no limit. */
  readonly wrongPasswordsPerHour: number;
}

/**
 * What of the stand-in is served, in this spelling: it would read `%72` as `r`, past whoever looked for the letter. Nothing
 * that sends a code: no mail leaves here, and it lets anybody guess six digits as often as they like.
 */
const SERVED = /^\/auth\/v1\/(token|user|signup|logout|settings|health|factors(\/.*)?)$/;

/** The stand-in over this database, whose schema `auth` exists. Connects at the first request. */
export async function createAuthStandIn(options: AuthOptions): Promise<AuthStandIn> {
  const requests = new AsyncLocalStorage<{ lostDatabase: unknown }>();
  const connection = new AuthConnection(options.databaseUrl, (error) => {
    const request = requests.getStore();
    if (request !== undefined && isUnavailable(error)) request.lostDatabase = error;
  });
  // Otherwise its first request grants everything in every schema that has row policies to anon and authenticated.
  Object.assign(connection, { rlsState: "active" });
  const pool = createPool(options.databaseUrl);
  const pagesOrigin = originOf(options.siteUrl);
  const broker = createBroker({
    pool,
    publicUrl: options.publicUrl,
    callbackUrl: `${originOf(options.publicUrl)}/auth/v1/callback`,
    siteUrl: options.siteUrl,
    pagesOrigin,
    providers: options.providers,
  });
  const sessionSecret = await options.passwords.password("supabase auth sessions");
  const app = new App({
    connection,
    auth: {
      enabled: true,
      jwt_secret: sessionSecret,
      publishable_key: options.publishableKey,
      secret_key: `sb_secret_${(await options.passwords.password("supabase auth secret key")).slice(0, 32)}`,
      site_url: options.siteUrl,
      enable_signup: options.signUp,
    },
    options: { drivers: { email: new InMemoryEmailDriver() } },
  });
  // The stand-in answers no page of another origin, and its preflight knows no header of current clients.
  const readable = new Hono<{ Bindings: { readonly address: string } }>();
  readable.use(cors((origin) => origin === pagesOrigin ? origin : null, "GET, POST, PUT, DELETE"));
  // Never the stand-in's own: it knows neither LINE nor another place for Google, and binds nothing to a browser.
  readable.get("/auth/v1/authorize", (context) => broker.authorize(context.req.raw));
  readable.get("/auth/v1/callback", (context) => broker.callback(context.req.raw));
  for (const path of ["/auth/v1/authorize", "/auth/v1/callback"]) {
    readable.all(path, (context) => context.body(null, 405, { Allow: "GET" }));
  }
  readable.onError((error) => {
    if (isUnavailable(error)) return errorResponse(unavailable(error));
    throw error;
  });
  const standIn = async (request: Request) => {
    const asked = { lostDatabase: undefined };
    const response = await requests.run(asked, () => app.fetch(request));
    if (response.ok || asked.lostDatabase === undefined) return response;
    // It calls every failure its own bug, and answers 500.
    await response.body?.cancel();
    return errorResponse(unavailable(asked.lostDatabase));
  };
  const withSecondFactor = createSecondFactor({
    pool,
    sessionSecret,
    sealSecret: await sha256(await options.passwords.password("supabase auth second factors")),
    issuer: new URL(options.siteUrl).hostname,
    standIn,
  });
  readable.all("*", async ({ req: { raw }, env: { address } }) => {
    const { pathname, searchParams } = new URL(raw.url);
    if (!SERVED.test(pathname)) return errorResponse(nothingHere());
    if (!await canBeRead(raw)) return factorRefusal("malformed");
    if (pathname !== "/auth/v1/token" || searchParams.get("grant_type") !== "password") {
      return await withSecondFactor(raw);
    }
    return await countWrongPasswords(
      pool,
      address,
      options.wrongPasswordsPerHour,
      () => withSecondFactor(raw),
    );
  });
  return {
    fetch: async (request, address) => await readable.fetch(request, { address }),
    close: async () => void await Promise.all([connection.close(), pool.end()]),
  };
}

function nothingHere(): OAuthError {
  return new OAuthError("not_found", "There is nothing here.", "route_unknown");
}

/** Connections of what we add to the stand-in. */
function createPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: "sekisho sign-in broker",
    max: 2,
    connectionTimeoutMillis: 5000,
    query_timeout: 8000,
    idleTimeoutMillis: 30_000,
  });
  // A lost connection is replaced at the next query; an `error` without a listener would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}
