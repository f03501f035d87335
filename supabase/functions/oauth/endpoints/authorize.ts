/**
 * `GET /oauth/authorize` (RFC 6749 §4.1.1): runs the table of checks, records a good request bound to this browser and
 * sends the person to the consent page. Refusals go where the table says.
 */
import { OAuthError, toOAuthError } from "../../_shared/oauth_error.ts";
import { type Attempt, established } from "../authorize/attempt.ts";
import { redirectUrl } from "../authorize/redirect.ts";
import { RECORDING, type Refusal, STEPS } from "../authorize/steps.ts";
import type { Deps } from "../deps.ts";
import { newSecret } from "../tokens/secrets.ts";
import { tooManyRequests } from "../tokens/too_many_requests.ts";
import { sha256 } from "../../_shared/encoding.ts";
import { browserCookieHeader, newBrowserCookie, readBrowserCookie } from "./browser_cookie.ts";
import { refusalPage, refusalPageWithReturn } from "./refusal_pages.ts";
import { parseParameters } from "./parameters.ts";
import { see } from "./see.ts";

const REQUEST_LIFETIME_SECONDS = 600;
const MOST_QUERY_CHARACTERS = 16 * 1024;

/**
 * Answers an authorization request from this address: 303 to the consent page, a refusal by redirect, or a local page.
 *
 * @param refused Told about every refusal, for the log.
 */
export async function authorize(
  request: Request,
  deps: Deps,
  address: string,
  refused: (error: OAuthError, status: number) => void,
): Promise<Response> {
  const query = request.url.slice(request.url.indexOf("?") + 1);
  const sent = request.url.includes("?") && query.length <= MOST_QUERY_CHARACTERS ? query : "";
  const { values, duplicates } = parseParameters(sent);
  const attempt: Attempt = { parameters: values, duplicates };
  /** Answers as the table says. */
  const refuse = (error: OAuthError, refusal: Refusal): Response => {
    // A server that cannot answer says so here: the client's page could do nothing about it.
    if (refusal === "page" || error.status >= 500) throw error;
    const response = refuseByRedirect(error, attempt, request, deps);
    refused(error, response.status);
    return response;
  };
  try {
    for (const { check, refusal } of STEPS) {
      try {
        await check(attempt, deps);
      } catch (error) {
        return refuse(toOAuthError(error), refusal);
      }
    }
    const { outcome, response } = await record(attempt, request, deps, address);
    if (outcome.outcome === "limited") throw tooManyRequests(outcome, "authorize_limited");
    if (outcome.outcome === "created") return response;
    return refuse(recordingRefusal(outcome.outcome), RECORDING[outcome.outcome]);
  } catch (error) {
    const known = toOAuthError(error);
    const response = refusalPage(known, request, deps.urls.bareHost);
    refused(known, response.status);
    return response;
  }
}

/** Asks for the request to be recorded: what became of it, and where the browser goes if it was. */
async function record(attempt: Attempt, request: Request, deps: Deps, address: string) {
  const redirect = established(attempt.redirect);
  const id = await newSecret(deps);
  const carried = readBrowserCookie(request.headers.get("Cookie") ?? undefined, deps.settings.publicUrl);
  const browser = carried ?? newBrowserCookie(deps);
  const outcome = await deps.store.createAuthorizationRequest({
    idHash: id.hash,
    browserHash: await sha256(browser),
    clientId: established(attempt.client).id,
    redirectUri: redirect.uri,
    registeredRedirectUri: redirect.registered,
    resource: established(attempt.resource).identifier,
    scope: established(attempt.askedScope),
    authorizationDetails: established(attempt.authorizationDetails),
    state: redirect.state,
    codeChallenge: established(attempt.codeChallenge),
    lifetimeSeconds: REQUEST_LIFETIME_SECONDS,
  }, { address, perHour: deps.settings.tokenRequestsPerHour });
  const response = see(`${deps.settings.webUrl}/consent?request=${id.value}`, {
    "Set-Cookie": browserCookieHeader(browser, deps.settings.publicUrl),
  });
  return { outcome, response };
}

function recordingRefusal(outcome: keyof typeof RECORDING): OAuthError {
  switch (outcome) {
    case "client_changed":
    case "resource_unknown":
      return new OAuthError(
        "invalid_client",
        "The app that sent you here is not known to this server.",
        outcome,
      );
    case "scope_unknown":
      return new OAuthError(
        "invalid_scope",
        "None of the requested scopes exists at this resource.",
        outcome,
      );
  }
}

function refuseByRedirect(error: OAuthError, attempt: Attempt, request: Request, deps: Deps): Response {
  const redirect = established(attempt.redirect);
  const target = redirectUrl(redirect, deps.urls.issuer, {
    error: error.code,
    error_description: error.description,
  });
  if (redirect.trusted) return see(target);
  return refusalPageWithReturn(redirect.host, target, request, deps.urls.bareHost);
}
