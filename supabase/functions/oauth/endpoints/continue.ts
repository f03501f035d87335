/**
 * `GET /oauth/continue/<secret>`: the one step from decision to code. The secret proves that whoever comes decided; the
 * cookie, that it is the browser that began. Both, once, or the request is over (security: consent CSRF, request swap).
 */
import { sha256 } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { redirectUrl, type ValidatedRedirect, validatedRedirect } from "../authorize/redirect.ts";
import type { Deps } from "../deps.ts";
import { hashPresented, newSecret } from "../tokens/secrets.ts";
import { readBrowserCookie } from "./browser_cookie.ts";
import { see } from "./see.ts";

const CODE_LIFETIME_SECONDS = 60;

/**
 * Sends the browser to the client with a code or `access_denied`.
 *
 * @throws OAuthError `request_expired` for everything that is over, `wrong_browser`: each shown as a local page.
 */
export async function continueRequest(secret: string, request: Request, deps: Deps): Promise<Response> {
  const continueSecretHash = await hashPresented(secret);
  if (continueSecretHash === null) throw over("secret_malformed");
  const browser = readBrowserCookie(request.headers.get("Cookie") ?? undefined, deps.settings.publicUrl);
  const code = await newSecret(deps);
  const outcome = await deps.store.continueAuthorizationRequest({
    continueSecretHash,
    browserHash: browser === null ? null : await sha256(browser),
    codeHash: code.hash,
    codeLifetimeSeconds: CODE_LIFETIME_SECONDS,
  });
  switch (outcome.outcome) {
    case "approved":
      return see(
        redirectUrl(recordedRedirect(outcome), deps.urls.issuer, { code: code.value }),
      );
    case "denied":
      return see(redirectUrl(recordedRedirect(outcome), deps.urls.issuer, {
        error: "access_denied",
        error_description: "The person refused.",
      }));
    case "wrong_browser":
      // Told apart: the person must learn that somebody else may have begun this in their name.
      throw new OAuthError(
        "wrong_browser",
        "This request was begun in another browser.",
        "continue_wrong_browser",
      );
    case "already_continued":
    case "expired":
    case "not_found":
      throw over(outcome.outcome);
  }
}

/** Only validated redirects are recorded, and the person has acted: this one may be performed. */
function recordedRedirect(
  { redirectUri, state }: { redirectUri: string; state: string | null },
): ValidatedRedirect {
  return validatedRedirect(redirectUri, redirectUri, state, true);
}

function over(reason: string): OAuthError {
  return new OAuthError("request_expired", "This authorization request is over.", `continue_${reason}`);
}
