/**
 * `scope` (RFC 6749 §3.3): a list of names within bounds, possibly empty. What of it exists at the resource is decided
 * where the request is recorded: only `oauth.expand_scope` knows what a wildcard stands for.
 */
import { parseScope } from "../../_shared/scope.ts";
import type { Check } from "./attempt.ts";

export const checkScope: Check = (attempt) => {
  attempt.askedScope = parseScope(attempt.parameters.get("scope") ?? "");
};
