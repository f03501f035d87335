/**
 * Authorization server metadata (RFC 8414 §2), also in the shape of OpenID discovery for clients that ask there.
 * Lists only what is served; computed from the registries.
 */
import { ACCESS_TOKEN_ALGORITHM } from "../../_shared/access_token.ts";
import { json } from "../../_shared/http/respond.ts";
import { ASSERTION_ALGORITHMS, AUTH_METHODS } from "../clients/auth_methods.ts";
import type { Deps } from "../deps.ts";
import { GRANTS } from "../grants/index.ts";

/** `/.well-known/oauth-authorization-server`. */
export async function authorizationServerMetadata(deps: Deps): Promise<Response> {
  return json(await metadata(deps));
}

/**
 * `/.well-known/openid-configuration`. This is no OpenID provider: two extra members are what SDKs require before they read
 * the rest, and the algorithm is the one that our JWKS has; the third says no where silence would say yes.
 */
export async function openidConfiguration(deps: Deps): Promise<Response> {
  return json({
    ...await metadata(deps),
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [ACCESS_TOKEN_ALGORITHM],
    // Left out, it would mean that they are (OpenID Connect Discovery §3).
    request_uri_parameter_supported: false,
  });
}

async function metadata({ urls, store, settings }: Deps): Promise<Record<string, unknown>> {
  const scopes = (await store.listResources()).flatMap((resource) => resource.scopes);
  const detailTypes = new Set(scopes.flatMap((scope) => scope.detail?.type ?? []));
  return {
    issuer: urls.issuer,
    authorization_endpoint: urls.authorize,
    token_endpoint: urls.token,
    ...(settings.registration !== "off" ? { registration_endpoint: urls.register } : {}),
    jwks_uri: urls.jwks,
    scopes_supported: [...new Set(scopes.map((scope) => scope.name))],
    ...(detailTypes.size === 0 ? {} : { authorization_details_types_supported: [...detailTypes] }),
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: GRANTS.map((grant) => grant.type),
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    revocation_endpoint: urls.revoke,
    revocation_endpoint_auth_methods_supported: AUTH_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    introspection_endpoint: urls.introspect,
    introspection_endpoint_auth_methods_supported: AUTH_METHODS,
    introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    code_challenge_methods_supported: ["S256"],
    client_id_metadata_document_supported: true,
    authorization_response_iss_parameter_supported: true,
  };
}
