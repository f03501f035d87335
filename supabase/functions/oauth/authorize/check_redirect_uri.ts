/** `redirect_uri` (OAuth 2.1 §4.1.1, §4.1.3; RFC 9700 §2.1): one of the client's own, once. */
import { OAuthError } from "../../_shared/oauth_error.ts";
import { matchRedirectUri } from "../clients/redirect_uri.ts";
import { type Check, established } from "./attempt.ts";
import { validatedRedirect } from "./redirect.ts";

const MOST_STATE_CHARACTERS = 2000;

export const checkRedirectUri: Check = (attempt) => {
  const client = established(attempt.client);
  // May be left out when there is only one to choose.
  const [only, ...others] = client.redirectUris;
  const omitted = !attempt.parameters.has("redirect_uri") && !attempt.duplicates.has("redirect_uri");
  const sent = omitted && others.length === 0 ? only : attempt.parameters.get("redirect_uri");
  const registered = sent === undefined ? null : matchRedirectUri(sent, client.redirectUris);
  if (sent === undefined || registered === null) {
    throw new OAuthError(
      "invalid_redirect_uri",
      "The app that sent you here asked to be answered at an address that is not its own.",
      "redirect_uri_not_registered",
    );
  }
  const state = attempt.parameters.get("state") ?? null;
  // A state that cannot be returned as it came is not returned at all; check_parameters refuses the request.
  const returnable = state !== null && state.length <= MOST_STATE_CHARACTERS && !state.includes("\0");
  attempt.redirect = validatedRedirect(sent, registered, returnable ? state : null, client.verified);
};
