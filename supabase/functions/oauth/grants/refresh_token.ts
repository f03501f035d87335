/**
 * `refresh_token` (RFC 6749 §6, RFC 9700 §4.14.2): rotates on every use. N simultaneous refreshes of one token all get
 * its one successor; after the window, or once the successor was used, the old token revokes the family. Decided by
 * `oauth.rotate_refresh_token`.
 */
import { OAuthError } from "../../_shared/oauth_error.ts";
import { parseScope } from "../../_shared/scope.ts";
import { invalidClient } from "../clients/invalid_client.ts";
import type { RotateRefreshTokenOutcome } from "../deps.ts";
import { proposeTokens, tokenResponse } from "../tokens/issue.ts";
import { invalidTarget, normalizeResource } from "../tokens/resource.ts";
import { hashPresented, newSecret } from "../tokens/secrets.ts";
import { openSuccessor, sealSuccessor } from "../tokens/successor.ts";
import { tooManyRequests } from "../tokens/too_many_requests.ts";
import { defineGrant } from "./define_grant.ts";

export const refreshToken = defineGrant({
  type: "refresh_token",
  parameters: ["refresh_token", "scope", "resource"],
  publicClients: true,
  selfRegistered: true,

  async exchange(parameters, client, deps) {
    const presented = parameters.get("refresh_token");
    if (presented === undefined) {
      throw new OAuthError(
        "invalid_request",
        "The refresh_token parameter is missing.",
        "refresh_token_missing",
      );
    }
    const scope = requestedScope(parameters.get("scope"));
    const tokenHash = await hashPresented(presented);
    if (tokenHash === null) throw invalidGrant("malformed");

    const resource = parameters.get("resource");
    const proposed = proposeTokens(deps);
    const successor = await newSecret(deps);
    const outcome = await deps.store.rotateRefreshToken({
      ...proposed,
      client,
      tokenHash,
      resource: resource === undefined ? null : normalizeResource(resource),
      scope,
      successorHash: successor.hash,
      sealedSuccessor: await sealSuccessor(deps, successor.value, presented),
      replaySeconds: deps.settings.refreshReplaySeconds,
      perHour: deps.settings.tokenRequestsPerHour,
    });
    switch (outcome.outcome) {
      case "rotated":
        return await tokenResponse(deps, client.client, proposed, outcome.issued, successor.value);
      case "replayed": {
        const winner = await openSuccessor(outcome.sealedSuccessor, presented);
        return await tokenResponse(deps, client.client, proposed, outcome.issued, winner);
      }
      case "limited":
        throw tooManyRequests(outcome, "refresh_limited");
      default:
        throw refusal(outcome.outcome);
    }
  },
});

/** The scope that narrows this access token, or null for all that the family has. */
function requestedScope(sent: string | undefined): string[] | null {
  if (sent === undefined) return null;
  const scope = parseScope(sent);
  // Only `offline_access`, or nothing: the client asks for nothing narrower.
  return scope.length === 0 ? null : scope;
}

type Refusal = Exclude<RotateRefreshTokenOutcome["outcome"], "rotated" | "replayed" | "limited">;

function refusal(outcome: Refusal): OAuthError {
  switch (outcome) {
    case "client_changed":
    case "assertion_replayed":
      return invalidClient(outcome);
    case "resource_mismatch":
      return invalidTarget("resource_mismatch");
    case "scope_exceeded":
      return new OAuthError("invalid_scope", "The scope exceeds what was granted.", "scope_exceeded");
    case "not_found":
    case "client_mismatch":
    case "key_required":
      return invalidGrant(outcome);
    case "revoked":
    case "person_inactive":
    case "expired":
    case "replays_exhausted":
    case "reused":
      return invalidGrant(outcome, true);
  }
}

/** One text for every cause: which check failed is for the log (RFC 6749 §5.2). */
function invalidGrant(reason: string, deadGrant = false): OAuthError {
  return new OAuthError(
    "invalid_grant",
    "The refresh token is invalid, expired, revoked or used, or was issued to another client.",
    `refresh_token_${reason}`,
    { deadGrant },
  );
}
