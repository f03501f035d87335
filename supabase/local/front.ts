/**
 * The front of the product: which public path is which function's. On a domain of its own this table is the rewrite
 * rules of the static host (deploy/site.ts); the embedded server reads it directly.
 */

/** Public path → path as the function sees it. The first row that fits. `*` is the rest of the path. */
export const REWRITES: readonly (readonly [from: string, to: string])[] = [
  ["/.well-known/oauth-authorization-server", "/oauth/.well-known/oauth-authorization-server"],
  ["/.well-known/openid-configuration", "/oauth/.well-known/openid-configuration"],
  ["/.well-known/oauth-protected-resource", "/mcp/.well-known/oauth-protected-resource"],
  ["/.well-known/oauth-protected-resource/mcp", "/mcp/.well-known/oauth-protected-resource"],
  // Where clients of the 2025-03-26 revision look without asking metadata.
  ["/authorize", "/oauth/authorize"],
  ["/token", "/oauth/token"],
  ["/register", "/oauth/register"],
  ["/oauth/*", "/oauth/*"],
  ["/mcp", "/mcp"],
  ["/mcp/*", "/mcp/*"],
  ["/api/*", "/account/*"],
];

/** Where hosted Supabase serves functions, on the bare host and in front of it. */
const FUNCTIONS = "/functions/v1/";

/**
 * The function's path for a public path, or null when it is no function's.
 *
 * @param bareHost True when nothing at the root of the host is ours, as on `<ref>.supabase.co`.
 */
export function rewrite(path: string, bareHost: boolean): string | null {
  if (path.startsWith(FUNCTIONS)) return path.slice(FUNCTIONS.length - 1);
  if (bareHost) return null;
  for (const [from, to] of REWRITES) {
    if (from === path) return to;
    if (from.endsWith("*") && path.startsWith(from.slice(0, -1))) {
      return to.slice(0, -1) + path.slice(from.length - 1);
    }
  }
  return null;
}
