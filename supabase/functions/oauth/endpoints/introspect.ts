/**
 * `POST /oauth/introspect` (RFC 7662): what a token is worth at this moment. Told to the resource server that it is for
 * and to the client that has it; everybody else, and every other token, gets `{"active": false}` and nothing more.
 */
import { json } from "../../_shared/http/respond.ts";
import { formatScope } from "../../_shared/scope.ts";
import { authenticateClient } from "../clients/authenticate_client.ts";
import { invalidClient } from "../clients/invalid_client.ts";
import type { AuthenticatedClient, Deps, IntrospectedToken, SubjectLimit } from "../deps.ts";
import { presentedToken } from "../tokens/presented_token.ts";
import { tooManyRequests } from "../tokens/too_many_requests.ts";
import { limitRefusals } from "./limit_refusals.ts";
import { readForm } from "./parameters.ts";

/** A resource server asks for every call that it serves, a client for every token that it has. */
const INTROSPECTIONS_PER_TOKEN_REQUEST = 100;

/** Answers an introspection request from this address. */
export async function introspect(request: Request, deps: Deps, address: string): Promise<Response> {
  const form = await readForm(request);
  const authorization = request.headers.get("Authorization") ?? undefined;
  return await limitRefusals({ kind: "introspect", authorization, form, address }, deps, async () => {
    const client = await authenticateClient(authorization, form, deps);
    return await answer(client, form, deps, limitOf(client, deps, address));
  });
}

/** Who proves nothing may be anybody who knows the client's id: such are told apart by their address. */
function limitOf({ client, secretHash, assertion }: AuthenticatedClient, deps: Deps, address: string) {
  const proved = secretHash !== null || assertion !== null;
  return {
    subject: proved ? client.id : `${address} ${client.id}`,
    perHour: deps.settings.tokenRequestsPerHour * INTROSPECTIONS_PER_TOKEN_REQUEST,
  };
}

async function answer(
  client: AuthenticatedClient,
  form: ReadonlyMap<string, string>,
  deps: Deps,
  limit: SubjectLimit,
): Promise<Response> {
  const token = await presentedToken(form, deps);
  if (token === null) return json({ active: false });
  const answer = await deps.store.introspectToken(client, token, limit);
  switch (answer.outcome) {
    case "limited":
      throw tooManyRequests(answer, "introspection_limited");
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
