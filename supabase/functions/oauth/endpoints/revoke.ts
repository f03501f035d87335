/**
 * `POST /oauth/revoke` (RFC 7009): a client takes back a token of its own. A refresh token takes along everything that its
 * consent led to. What is no token any more is as good as revoked.
 */
import { SAFE_HEADERS } from "../../_shared/http/respond.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { authenticateClient } from "../clients/authenticate_client.ts";
import { invalidClient } from "../clients/invalid_client.ts";
import type { Deps } from "../deps.ts";
import { presentedToken } from "../tokens/presented_token.ts";
import { readForm } from "./parameters.ts";

/** Answers a revocation request: 200 with nothing in it. */
export async function revoke(request: Request, deps: Deps): Promise<Response> {
  const form = await readForm(request);
  const client = await authenticateClient(request.headers.get("Authorization") ?? undefined, form, deps);
  const token = await presentedToken(form, deps);
  if (token !== null) {
    const { outcome } = await deps.store.revokeToken(client, token);
    switch (outcome) {
      case "revoked":
      case "unknown":
        break;
      case "client_mismatch":
        throw new OAuthError(
          "invalid_grant",
          "The token was issued to another client.",
          "token_of_another_client",
        );
      case "client_changed":
      case "assertion_replayed":
        throw invalidClient(outcome);
    }
  }
  return new Response(null, { status: 200, headers: SAFE_HEADERS });
}
