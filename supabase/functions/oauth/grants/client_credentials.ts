/**
 * `client_credentials` (RFC 6749 §4.4): a client in its own name. No person and no refresh token; the scope has a ceiling
 * that the operator set. Only for clients that the operator registered. Decided by `oauth.issue_service_token`.
 */
import { OAuthError } from "../../_shared/oauth_error.ts";
import { parseScope } from "../../_shared/scope.ts";
import { invalidClient } from "../clients/invalid_client.ts";
import { proposeTokens, tokenResponse } from "../tokens/issue.ts";
import { invalidTarget, normalizeResource } from "../tokens/resource.ts";
import { tooManyRequests } from "../tokens/too_many_requests.ts";
import { defineGrant } from "./define_grant.ts";

export const clientCredentials = defineGrant({
  type: "client_credentials",
  parameters: ["scope", "resource"],
  publicClients: false,
  selfRegistered: false,

  async exchange(parameters, client, deps) {
    const asked = parseScope(parameters.get("scope") ?? "");
    const resource = parameters.get("resource");
    const proposed = proposeTokens(deps);
    const outcome = await deps.store.issueServiceToken({
      ...proposed,
      client,
      resource: resource === undefined ? null : normalizeResource(resource),
      scope: asked.length === 0 ? null : asked,
      perHour: deps.settings.tokenRequestsPerHour,
    });
    switch (outcome.outcome) {
      case "issued":
        return await tokenResponse(deps, client.client, proposed, outcome.issued, null);
      case "client_changed":
      case "assertion_replayed":
        throw invalidClient(outcome.outcome);
      case "limited":
        throw tooManyRequests(outcome, "client_limited");
      case "resource_unknown":
        throw invalidTarget("resource_unknown");
      case "scope_exceeded":
        throw new OAuthError("invalid_scope", "The client may not have this scope.", "scope_exceeded");
    }
  },
});
