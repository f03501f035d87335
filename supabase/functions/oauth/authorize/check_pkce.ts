/** PKCE (RFC 7636 §4.3, OAuth 2.1 §4.1.1): always, and only S256. */
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { Check } from "./attempt.ts";

/** base64url of 32 bytes. */
const S256_CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

export const checkPkce: Check = (attempt) => {
  const challenge = attempt.parameters.get("code_challenge");
  if (challenge === undefined) {
    throw new OAuthError(
      "invalid_request",
      "The code_challenge parameter is missing.",
      "code_challenge_missing",
    );
  }
  // Left out it would mean plain (RFC 7636 §4.3), which does not exist here.
  if (attempt.parameters.get("code_challenge_method") !== "S256") {
    throw new OAuthError(
      "invalid_request",
      "The code_challenge_method must be S256.",
      "code_challenge_method",
    );
  }
  if (!S256_CHALLENGE.test(challenge)) {
    throw new OAuthError(
      "invalid_request",
      "The code_challenge is not an S256 challenge.",
      "code_challenge_malformed",
    );
  }
  attempt.codeChallenge = challenge;
};
