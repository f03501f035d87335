/**
 * `scope` (RFC 6749 §3.3): what exists at the resource is kept, the rest dropped, because clients ask for everything they
 * ever heard of. Nothing left is a refusal; nothing asked is the resource's default.
 */
import { OAuthError } from "../../_shared/oauth_error.ts";
import { parseScope } from "../../_shared/scope.ts";
import { type Check, established } from "./attempt.ts";

export const checkScope: Check = (attempt) => {
  const resource = established(attempt.resource);
  const asked = parseScope(attempt.parameters.get("scope") ?? "");
  const existing = new Set(resource.scopes.map((scope) => scope.name));
  const scope = asked.length === 0 ? resource.defaultScope : asked.filter((name) => existing.has(name));
  if (scope.length === 0) {
    throw new OAuthError(
      "invalid_scope",
      "None of the requested scopes exists at this resource.",
      "scope_unknown",
    );
  }
  attempt.scope = scope;
};
