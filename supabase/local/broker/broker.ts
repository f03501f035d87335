/**
 * Sign-in with Google and LINE for the embedded server, as Supabase Auth does it: `GET /auth/v1/authorize` sends the
 * browser to the provider, `GET /auth/v1/callback` takes it back and on to the page, with a code that only this page can
 * redeem (PKCE, RFC 7636). A hosted project does this itself.
 *
 * It must never send a browser to an address that is neither a provider's nor a page of ours, nor finish in another
 * browser what one began.
 */
import type pg from "pg";
import { consoleLog } from "../../functions/_shared/runtime/log.ts";
import { inTransaction } from "../database/in_transaction.ts";
import { findAccount } from "./accounts.ts";
import { createFlow, createSignInCode, type Flow, takeFlow } from "./flows.ts";
import type { Provider } from "./provider.ts";
import { refusalResponse, type ReturnedRefusal, withRefusal } from "./refusal.ts";
import { randomSecret, readSecret, secretCookie, tripOf } from "./trip.ts";

export interface BrokerOptions {
  readonly pool: pg.Pool;
  readonly publicUrl: string;
  /** Of PUBLIC_URL: what is registered at the providers. */
  readonly callbackUrl: string;
  /** Where a person is sent who came back from nowhere: Supabase's `site_url`. */
  readonly siteUrl: string;
  readonly pagesOrigin: string;
  readonly providers: readonly Provider[];
}

export interface Broker {
  authorize(request: Request): Promise<Response>;
  callback(request: Request): Promise<Response>;
}

const log = consoleLog("sign-in");
const MOST_RETURN_TO = 2048;
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/** The broker. */
export function createBroker(options: BrokerOptions): Broker {
  const providerOf = (name: string | null) => options.providers.find((provider) => provider.name === name);

  return {
    async authorize(request) {
      const query = parametersOf(request.url);
      if (query === null) return refusalResponse("malformed");
      const provider = providerOf(query.get("provider"));
      if (provider === undefined) return refusalResponse("provider_disabled");
      const challenge = query.get("code_challenge") ?? "";
      // Without PKCE the session itself would travel in an address.
      if (!CHALLENGE.test(challenge) || query.get("code_challenge_method")?.toLowerCase() !== "s256") {
        return refusalResponse("pkce_required");
      }
      const secret = readSecret(request.headers.get("Cookie"), options.publicUrl) ?? randomSecret();
      const trip = await tripOf(secret, randomSecret());
      if (trip === null) return refusalResponse("malformed");
      let location: URL;
      try {
        location = await provider.authorizationUrl(trip, options.callbackUrl);
      } catch {
        return refusalResponse("provider_unreachable");
      }
      const returnTo = pageOf(query.get("redirect_to"), options);
      await createFlow(options.pool, trip.flowId, { provider: provider.name, returnTo, challenge });
      return redirect(location.href, secretCookie(secret, options.publicUrl));
    },

    async callback(request) {
      const refuse = (refusal: ReturnedRefusal, page = options.siteUrl) =>
        redirect(withRefusal(page, refusal));
      const query = parametersOf(request.url);
      const secret = readSecret(request.headers.get("Cookie"), options.publicUrl);
      const trip = query === null || secret === null ? null : await tripOf(secret, query.get("state") ?? "");
      const flow = trip === null ? null : await takeFlow(options.pool, trip.flowId);
      const provider = providerOf(flow?.provider ?? null);
      if (query === null || trip === null || flow === null || provider === undefined) return refuse("state");
      if (query.has("error")) {
        return refuse(query.get("error") === "access_denied" ? "denied" : "provider", flow.returnTo);
      }
      let profile;
      try {
        profile = await provider.profile(new URL(`${options.callbackUrl}?${query}`), trip);
      } catch (error) {
        report(provider.name, error);
        return refuse("provider", flow.returnTo);
      }
      const code = randomSecret();
      const outcome = await inTransaction(options.pool, async (client) => {
        const account = await findAccount(client, provider, profile);
        if (account.outcome === "found") await createSignInCode(client, flow, account.personId, code);
        return account.outcome;
      });
      return outcome === "found" ? redirect(withCode(flow, code)) : refuse(outcome, flow.returnTo);
    },
  };
}

/** The parameters, or null when one is repeated: two readers could read two different ones (RFC 6749 §3.1). */
function parametersOf(url: string): URLSearchParams | null {
  const query = new URL(url).searchParams;
  const names = [...query.keys()];
  return new Set(names).size === names.length ? query : null;
}

/** The page asked for if it is one of ours, else the site: an address elsewhere would be handed the sign-in. */
function pageOf(asked: string | null, { pagesOrigin, siteUrl }: BrokerOptions): string {
  if (asked === null || asked.length > MOST_RETURN_TO || !URL.canParse(asked)) return siteUrl;
  const url = new URL(asked);
  return url.origin === pagesOrigin && url.username === "" && url.password === "" ? url.href : siteUrl;
}

function withCode(flow: Flow, code: string): string {
  const url = new URL(flow.returnTo);
  url.searchParams.set("code", code);
  return url.href;
}

/** 302 as Supabase Auth answers, kept by no cache and told to no next page. */
function redirect(location: string, cookie?: string): Response {
  const headers = new Headers({
    Location: location,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
  });
  if (cookie !== undefined) headers.set("Set-Cookie", cookie);
  return new Response(null, { status: 302, headers });
}

/** What kind of failure it was. Never its message: a library may quote an answer, and answers hold tokens. */
function report(provider: string, error: unknown): void {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const name = error instanceof Error ? error.name : "unknown";
  log.write("warn", "provider_refused", { provider, name, code });
}
