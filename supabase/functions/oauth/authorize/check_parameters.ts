/** All parameters (RFC 6749 §3.1): none twice, none with control characters, `state` short enough to be returned. */
import { invalidTarget } from "../tokens/resource.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { isPlainText } from "../../_shared/plain_text.ts";
import { type Check, established } from "./attempt.ts";

export const checkParameters: Check = (attempt) => {
  // Several resources in one request are legal (RFC 8707 §2) and not offered here: a token is good at one place.
  if (attempt.duplicates.has("resource")) throw invalidTarget("resource_repeated");
  if (attempt.duplicates.size > 0) {
    throw new OAuthError("invalid_request", "A parameter was sent more than once.", "parameter_repeated");
  }
  if (![...attempt.parameters.values()].every(isPlainText)) {
    throw new OAuthError("invalid_request", "A parameter holds control characters.", "parameter_not_plain");
  }
  if (attempt.parameters.has("state") && established(attempt.redirect).state === null) {
    throw new OAuthError("invalid_request", "The state parameter is too long.", "state_too_long");
  }
};
