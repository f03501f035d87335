/**
 * The answer of the token endpoint (RFC 6749 §5.1), made after the database said what was issued.
 */
import { formatScope } from "../../_shared/scope.ts";
import type { AuthorizationDetail, Client, Deps, Issued, ProposedTokens } from "../deps.ts";
import { newJti } from "./secrets.ts";

export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  /** Always said: it may be less than what was asked for (RFC 6749 §3.3). */
  readonly scope: string;
  readonly refresh_token?: string;
  /** What limits the scope, as it was granted (RFC 9396 §7). */
  readonly authorization_details?: readonly AuthorizationDetail[];
}

/** What this request would issue: recorded by the database in the transaction that consumes its code or token. */
export function proposeTokens(deps: Pick<Deps, "settings" | "random">): ProposedTokens {
  return {
    jti: newJti(deps),
    accessTokenSeconds: deps.settings.accessTokenSeconds,
    refreshTokenSeconds: deps.settings.refreshTokenSeconds,
  };
}

/** Signs the access token that the database has recorded and answers it, with the refresh token if there is one. */
export async function tokenResponse(
  deps: Pick<Deps, "signer">,
  client: Client,
  proposed: ProposedTokens,
  issued: Issued,
  refreshToken: string | null,
): Promise<TokenResponse> {
  const accessToken = await deps.signer.sign({
    // A client in its own name is its own subject (RFC 9068 §2.2).
    subject: issued.personId ?? client.id,
    audience: issued.resource,
    clientId: client.id,
    scope: issued.scope,
    authorizationDetails: issued.authorizationDetails,
    jti: proposed.jti,
    issuedAt: issued.issuedAt,
    kid: issued.kid,
    lifetimeSeconds: proposed.accessTokenSeconds,
  });
  return {
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: proposed.accessTokenSeconds,
    scope: formatScope(issued.scope),
    ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
    ...(issued.authorizationDetails.length === 0
      ? {}
      : { authorization_details: issued.authorizationDetails }),
  };
}
