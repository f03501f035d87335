/**
 * `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.5): redeems a code once. Which refusals consume or revoke what is
 * decided by `oauth.redeem_authorization_code`; this file only asks and answers.
 */
import { sha256, toBase64Url } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { invalidClient } from "../clients/invalid_client.ts";
import type { RedeemAuthorizationCodeOutcome } from "../deps.ts";
import { proposeTokens, tokenResponse } from "../tokens/issue.ts";
import { invalidTarget, normalizeResource } from "../tokens/resource.ts";
import { hashPresented, newSecret } from "../tokens/secrets.ts";
import { defineGrant } from "./define_grant.ts";

/** RFC 7636 §4.1. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

export const authorizationCode = defineGrant({
  type: "authorization_code",
  parameters: ["code", "redirect_uri", "code_verifier", "resource"],
  publicClients: true,
  selfRegistered: true,

  async exchange(parameters, client, deps) {
    const code = parameters.get("code");
    const verifier = parameters.get("code_verifier");
    if (code === undefined) {
      throw new OAuthError("invalid_request", "The code parameter is missing.", "code_missing");
    }
    if (verifier === undefined) {
      throw new OAuthError("invalid_request", "The code_verifier parameter is missing.", "verifier_missing");
    }
    const codeHash = await hashPresented(code);
    if (codeHash === null) throw invalidGrant("code_malformed");
    if (!VERIFIER.test(verifier)) throw invalidGrant("verifier_malformed");

    const resource = parameters.get("resource");
    const proposed = proposeTokens(deps);
    const refreshToken = await newSecret(deps);
    const outcome = await deps.store.redeemAuthorizationCode({
      ...proposed,
      client,
      codeHash,
      redirectUri: parameters.get("redirect_uri") ?? null,
      codeChallenge: toBase64Url(await sha256(verifier)),
      resource: resource === undefined ? null : normalizeResource(resource),
      replaySeconds: deps.settings.codeReplaySeconds,
      refreshTokenHash: refreshToken.hash,
    });
    if (outcome.outcome !== "redeemed") throw refusal(outcome.outcome);
    const issuedRefreshToken = outcome.refreshable ? refreshToken.value : null;
    return await tokenResponse(deps, client.client, proposed, outcome.issued, issuedRefreshToken);
  },
});

function refusal(outcome: Exclude<RedeemAuthorizationCodeOutcome["outcome"], "redeemed">): OAuthError {
  switch (outcome) {
    case "client_changed":
    case "assertion_replayed":
      return invalidClient(outcome);
    case "resource_mismatch":
      return invalidTarget("resource_mismatch");
    case "not_found":
    case "client_mismatch":
    case "redirect_uri_mismatch":
    case "verifier_mismatch":
      return invalidGrant(outcome);
    case "expired":
    case "person_inactive":
    case "replayed":
    case "replayed_and_revoked":
      return invalidGrant(outcome, true);
  }
}

/** One text for every cause: which check failed is for the log (RFC 6749 §5.2). */
function invalidGrant(reason: string, deadGrant = false): OAuthError {
  return new OAuthError(
    "invalid_grant",
    "The authorization code is invalid, expired or used, or does not belong to this request.",
    `code_${reason}`,
    { deadGrant },
  );
}
