/**
 * `POST /oauth/register`: dynamic client registration (RFC 7591 §3). Anyone may; what registers itself is never
 * verified. The answer holds what was recorded, with nothing null.
 */
import { toBase64Url } from "../../_shared/encoding.ts";
import { json } from "../../_shared/http/respond.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { parseClientMetadata } from "../clients/client_metadata.ts";
import type { Deps } from "../deps.ts";
import { GRANTS } from "../grants/index.ts";
import { newSecret } from "../tokens/secrets.ts";
import { readJson } from "./parameters.ts";

const CLIENT_ID_BYTES = 16;
const REGISTRABLE_GRANTS = GRANTS.filter((grant) => grant.selfRegistered).map((grant) => grant.type);

/** Answers a registration request with 201. */
export async function register(request: Request, deps: Deps): Promise<Response> {
  if (deps.settings.registration === "off") {
    throw new OAuthError("access_denied", "This server does not register clients.", "registration_off");
  }
  const metadata = parseClientMetadata(await readJson(request), REGISTRABLE_GRANTS);
  const hasSecret = metadata.token_endpoint_auth_method.startsWith("client_secret");
  const secret = hasSecret ? await newSecret(deps) : null;
  // Never UUID-shaped and never a URL: it can be taken neither for a person nor for a document.
  const id = `client_${toBase64Url(deps.random(CLIENT_ID_BYTES))}`;
  const createdAt = await deps.store.createClient({
    id,
    name: metadata.client_name,
    uri: metadata.client_uri ?? null,
    applicationType: metadata.application_type,
    tokenEndpointAuthMethod: metadata.token_endpoint_auth_method,
    secretHash: secret?.hash ?? null,
    jwks: metadata.jwks?.keys ?? null,
    jwksUri: metadata.jwks_uri ?? null,
    redirectUris: metadata.redirect_uris,
    grantTypes: metadata.grant_types,
    responseTypes: metadata.response_types,
    scope: metadata.scope ?? null,
  });
  return json({
    client_id: id,
    client_id_issued_at: Math.floor(createdAt.getTime() / 1000),
    // It never expires (RFC 7591 §3.2.1).
    ...(secret === null ? {} : { client_secret: secret.value, client_secret_expires_at: 0 }),
    ...metadata,
  }, 201);
}
