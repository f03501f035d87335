/**
 * The gate of the resource server (RFC 6750 §2.1, RFC 9068 §4, MCP authorization "Token Handling"): a token in the
 * Authorization header, signed by us, for this resource only, alive. Never from a query string or a form.
 */
import { unverifiedJti, verifyAccessToken } from "../_shared/access_token.ts";
import { OAuthError } from "../_shared/oauth_error.ts";
import { splitScope } from "../_shared/scope.ts";
import type { Access, Deps } from "./deps.ts";

const MOST_CHARACTERS = 4096;

/**
 * The caller.
 *
 * @throws OAuthError `invalid_token`, with reason `token_missing` when there is none; `too_many_requests`.
 */
export async function authenticate(
  authorization: string | undefined,
  deps: Deps,
): Promise<Access> {
  const token = bearerToken(authorization);
  const { issuer, resource } = deps.urls;
  const keys = await deps.leases.verificationKeys(unverifiedJti(token), resource);
  const claims = await verifyAccessToken(token, {
    issuer,
    resource,
    keys: { keys: [...keys] },
    now: deps.now(),
  });
  await deps.leases.spend(claims.jti, resource);
  return {
    jti: claims.jti,
    resource: claims.aud,
    clientId: claims.client_id,
    personId: claims.sub === claims.client_id ? null : claims.sub,
    scope: splitScope(claims.scope),
    expiresAt: claims.exp,
  };
}

/**
 * `WWW-Authenticate` for this refusal (RFC 6750 §3, RFC 9728 §5.1): where to ask for a token and which scope to ask
 * for. A request without any token gets no error code, only the way in (RFC 6750 §3.1).
 */
export function challenge(
  error: OAuthError,
  resourceMetadata: string,
  scope: readonly string[],
): string {
  const parts = [`realm="mcp"`];
  if (error.reason !== "token_missing") {
    parts.push(
      `error="${error.code}"`,
      `error_description="${error.description}"`,
    );
  }
  if (scope.length > 0) parts.push(`scope="${scope.join(" ")}"`);
  parts.push(`resource_metadata="${resourceMetadata}"`);
  return `Bearer ${parts.join(", ")}`;
}

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw new OAuthError(
      "invalid_token",
      "An access token is required.",
      "token_missing",
    );
  }
  const [, token] = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization) ??
    [];
  if (token === undefined || token.length > MOST_CHARACTERS) {
    throw new OAuthError(
      "invalid_token",
      "The Authorization header must hold one Bearer token.",
      "token_malformed",
    );
  }
  return token;
}
