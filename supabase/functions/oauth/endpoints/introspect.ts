/**
 * `POST /oauth/introspect` (RFC 7662): what a token is worth at this moment. Told to the resource server that it is for
 * and to the client that has it; everybody else, and every other token, gets `{"active": false}` and nothing more.
 */
import { json } from "../../_shared/http/respond.ts";
import { formatScope } from "../../_shared/scope.ts";
import { authenticateClient } from "../clients/authenticate_client.ts";
import { invalidClient } from "../clients/invalid_client.ts";
import type { Deps, IntrospectedToken } from "../deps.ts";
import { presentedToken } from "../tokens/presented_token.ts";
import { readForm } from "./parameters.ts";

/** Answers an introspection request. */
export async function introspect(request: Request, deps: Deps): Promise<Response> {
  const form = await readForm(request);
  const client = await authenticateClient(request.headers.get("Authorization") ?? undefined, form, deps);
  const token = await presentedToken(form, deps);
  if (token === null) return json({ active: false });
  const answer = await deps.store.introspectToken(client, token);
  switch (answer.outcome) {
    case "active":
      return json(describe(answer.token, deps.urls.issuer));
    case "inactive":
      return json({ active: false });
    case "client_changed":
    case "assertion_replayed":
      throw invalidClient(answer.outcome);
  }
}

/** RFC 7662 §2.2, with the claims that the access token itself has (RFC 9068 §2.2). */
function describe(token: IntrospectedToken, issuer: string): Record<string, unknown> {
  return {
    active: true,
    iss: issuer,
    sub: token.personId ?? token.clientId,
    aud: token.resource,
    client_id: token.clientId,
    scope: formatScope(token.scope),
    ...(token.authorizationDetails.length === 0 ? {} : { authorization_details: token.authorizationDetails }),
    iat: token.issuedAt,
    exp: token.expiresAt,
    ...(token.kind === "access_token" ? { token_type: "Bearer", jti: token.jti } : {}),
  };
}
