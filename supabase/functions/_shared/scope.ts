/**
 * Scopes: texts of the form `<noun>:<read|write>`, lists of them separated by one space (RFC 6749 §3.3). Parsed and bounded
 * here; what a wildcard such as `booking:*` stands for is known to `oauth.expand_scope` alone.
 */
import { OAuthError } from "./oauth_error.ts";

/** Longest `scope` parameter that is looked at: a bound before any parsing. */
const MOST_CHARACTERS = 2000;

/** One scope-token of RFC 6749 §3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Accepted from every client and without meaning here: refresh tokens do not depend on it. */
const OFFLINE_ACCESS = "offline_access";

/**
 * The scopes of a `scope` parameter, each once, in their order, without `offline_access`.
 *
 * @throws OAuthError `invalid_scope` when it is too long or no list of scope-tokens.
 */
export function parseScope(text: string): string[] {
  if (text.length > MOST_CHARACTERS) {
    throw new OAuthError("invalid_scope", "The scope parameter is too long.", "scope_too_long");
  }
  const names = splitScope(text);
  if (!names.every((name) => SCOPE_TOKEN.test(name))) {
    throw new OAuthError("invalid_scope", "The scope parameter is malformed.", "scope_malformed");
  }
  return [...new Set(names)].filter((name) => name !== OFFLINE_ACCESS);
}

/** The names in a scope list. */
export function splitScope(text: string): string[] {
  return text.split(" ").filter((name) => name !== "");
}

/** The `scope` parameter for these scopes. */
export function formatScope(scope: readonly string[]): string {
  return scope.join(" ");
}
