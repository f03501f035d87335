/**
 * `POST /oauth/token` (RFC 6749 §3.2): who asks, with which grant, may they; then the grant does the rest.
 */
import { json } from "../../_shared/http/respond.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { authenticateClient } from "../clients/authenticate_client.ts";
import type { Deps } from "../deps.ts";
import { GRANTS } from "../grants/index.ts";
import { limitRefusals } from "./limit_refusals.ts";
import { readForm } from "./parameters.ts";

/** Answers a token request from this address. */
export async function token(request: Request, deps: Deps, address: string): Promise<Response> {
  const form = await readForm(request);
  const authorization = request.headers.get("Authorization") ?? undefined;
  const kind = GRANTS.find(({ type }) => type === form.get("grant_type"))?.type ?? "token";
  return await limitRefusals(
    { kind, authorization, form, address },
    deps,
    () => exchange(authorization, form, deps),
  );
}

async function exchange(
  authorization: string | undefined,
  form: ReadonlyMap<string, string>,
  deps: Deps,
): Promise<Response> {
  const client = await authenticateClient(authorization, form, deps);
  const type = form.get("grant_type");
  if (type === undefined) {
    throw new OAuthError("invalid_request", "The grant_type parameter is missing.", "grant_type_missing");
  }
  const grant = GRANTS.find((candidate) => candidate.type === type);
  if (grant === undefined) {
    throw new OAuthError(
      "unsupported_grant_type",
      "This grant type does not exist here.",
      "grant_type_unknown",
    );
  }
  const isPublic = client.client.tokenEndpointAuthMethod === "none";
  if (!client.client.grantTypes.includes(grant.type) || (isPublic && !grant.publicClients)) {
    throw new OAuthError(
      "unauthorized_client",
      "The client may not use this grant type.",
      "grant_type_not_allowed",
    );
  }
  await deps.signer.ready();
  const parameters = new Map([...form].filter(([name]) => grant.parameters.includes(name)));
  return json(await grant.exchange(parameters, client, deps));
}
