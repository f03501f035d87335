/**
 * The gate of the resource server (RFC 6750 §2.1, RFC 9068 §4, MCP authorization "Token Handling"): a token in the
 * Authorization header, signed by us, for this resource only, alive; or an API key for it. Never a token from a query
 * string or a form.
 */
import { unverifiedJti, verifyAccessToken } from "../_shared/access_token.ts";
import type { Bytes } from "../_shared/encoding.ts";
import { OAuthError } from "../_shared/oauth_error.ts";
import { splitScope } from "../_shared/scope.ts";
import { presentedApiKey } from "./access/api_key.ts";
import type { Access, Deps } from "./deps.ts";

const MOST_CHARACTERS = 4096;

/**
 * The caller.
 *
 * @throws OAuthError `invalid_token`, with reason `token_missing` when there is none; `invalid_request` for two of them;
 * `too_many_requests`.
 */
export async function authenticate(request: Request, deps: Deps): Promise<Access> {
  const keyHash = await presentedApiKey(request, deps.apiKeyInQuery);
  if (keyHash !== null) return await withApiKey(keyHash, deps);
  return await withToken(request.headers.get("Authorization"), deps);
}

async function withToken(authorization: string | null, deps: Deps): Promise<Access> {
  const token = bearerToken(authorization);
  const { issuer, resource } = deps.urls;
  const keys = await deps.leases.verificationKeys(unverifiedJti(token), resource);
  const claims = await verifyAccessToken(token, {
    issuer,
    resource,
    keys: { keys: [...keys] },
    now: deps.now(),
  });
  const credential = { kind: "access_token", jti: claims.jti } as const;
  await deps.leases.spend(credential, resource);
  return {
    credential,
    resource: claims.aud,
    clientId: claims.client_id,
    personId: claims.sub === claims.client_id ? null : claims.sub,
    scope: splitScope(claims.scope),
    expiresAt: claims.exp,
  };
}

async function withApiKey(keyHash: Bytes, deps: Deps): Promise<Access> {
  const { resource } = deps.urls;
  const credential = { kind: "api_key", keyHash } as const;
  const holder = await deps.leases.spend(credential, resource);
  if (holder === null) throw new Error("a lease of an API key came without its holder");
  const { keyId, personId, scope, expiresAt } = holder;
  return { credential, resource, clientId: keyId, personId, scope, expiresAt };
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

function bearerToken(authorization: string | null): string {
  if (authorization === null) {
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
