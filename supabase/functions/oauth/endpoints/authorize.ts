/**
 * `GET /oauth/authorize` (RFC 6749 §4.1.1): runs the table of checks, records a good request bound to this browser and
 * sends the person to the consent page. Refusals go where the table says.
 */
import { OAuthError, toOAuthError } from "../../_shared/oauth_error.ts";
import { type Attempt, established } from "../authorize/attempt.ts";
import { redirectUrl } from "../authorize/redirect.ts";
import { STEPS } from "../authorize/steps.ts";
import type { Deps } from "../deps.ts";
import { newSecret } from "../tokens/secrets.ts";
import { sha256 } from "../../_shared/encoding.ts";
import { browserCookieHeader, newBrowserCookie, readBrowserCookie } from "./browser_cookie.ts";
import { refusalPage, refusalPageWithReturn } from "./refusal_pages.ts";
import { parseParameters } from "./parameters.ts";
import { see } from "./see.ts";

const REQUEST_LIFETIME_SECONDS = 600;
const MOST_QUERY_CHARACTERS = 16 * 1024;

/**
 * Answers an authorization request: 303 to the consent page, a refusal by redirect, or a local page.
 *
 * @param refused Told about every refusal, for the log.
 */
export async function authorize(
  request: Request,
  deps: Deps,
  refused: (error: OAuthError, status: number) => void,
): Promise<Response> {
  const query = request.url.slice(request.url.indexOf("?") + 1);
  const sent = request.url.includes("?") && query.length <= MOST_QUERY_CHARACTERS ? query : "";
  const { values, duplicates } = parseParameters(sent);
  const attempt: Attempt = { parameters: values, duplicates };
  try {
    for (const { check, refusal } of STEPS) {
      try {
        await check(attempt, deps);
      } catch (error) {
        const known = toOAuthError(error);
        // A server that cannot answer says so here: the client's page could do nothing about it.
        if (refusal === "page" || known.status >= 500) throw known;
        const response = refuseByRedirect(known, attempt, request, deps);
        refused(known, response.status);
        return response;
      }
    }
    return await record(attempt, request, deps);
  } catch (error) {
    const known = toOAuthError(error);
    const response = refusalPage(known, request, deps.urls.bareHost);
    refused(known, response.status);
    return response;
  }
}

async function record(attempt: Attempt, request: Request, deps: Deps): Promise<Response> {
  const redirect = established(attempt.redirect);
  const id = await newSecret(deps);
  const carried = readBrowserCookie(request.headers.get("Cookie") ?? undefined, deps.settings.publicUrl);
  const browser = carried ?? newBrowserCookie(deps);
  const { outcome } = await deps.store.createAuthorizationRequest({
    idHash: id.hash,
    browserHash: await sha256(browser),
    clientId: established(attempt.client).id,
    redirectUri: redirect.uri,
    registeredRedirectUri: redirect.registered,
    resource: established(attempt.resource).identifier,
    scope: established(attempt.scope),
    state: redirect.state,
    codeChallenge: established(attempt.codeChallenge),
    lifetimeSeconds: REQUEST_LIFETIME_SECONDS,
  });
  if (outcome !== "created") {
    throw new OAuthError(
      "invalid_client",
      "The app that sent you here is not known to this server.",
      outcome,
    );
  }
  return see(`${deps.settings.webUrl}/consent?request=${id.value}`, {
    "Set-Cookie": browserCookieHeader(browser, deps.settings.publicUrl),
  });
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
