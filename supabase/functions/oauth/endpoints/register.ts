/**
 * `POST /oauth/register`: dynamic client registration (RFC 7591 §3). Anyone may, or whoever holds a registration token,
 * or nobody (REGISTRATION); what registers itself is never verified. The answer holds what was recorded, with nothing
 * null.
 */
import { toBase64Url } from "../../_shared/encoding.ts";
import { readJson } from "../../_shared/http/read_body.ts";
import { json } from "../../_shared/http/respond.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { parseClientMetadata } from "../clients/client_metadata.ts";
import {
  hashRegistrationToken,
  invalidRegistrationToken,
  REGISTRATION_TOKEN_MISSING,
} from "../clients/registration_token.ts";
import type { CreateClientOutcome, Deps } from "../deps.ts";
import { newSecret } from "../tokens/secrets.ts";
import { tooManyRequests } from "../tokens/too_many_requests.ts";
import { MOST_BODY_BYTES } from "./parameters.ts";

const CLIENT_ID_BYTES = 16;

/** Answers a registration request from this address with 201. */
export async function register(request: Request, deps: Deps, address: string): Promise<Response> {
  if (deps.settings.registration === "off") {
    throw new OAuthError("access_denied", "This server does not register clients.", "registration_off");
  }
  const tokenHash = deps.settings.registration === "token"
    ? await hashRegistrationToken(request.headers.get("Authorization"))
    : null;
  const metadata = parseClientMetadata(await readJson(request, MOST_BODY_BYTES), deps.selfRegisteredGrants);
  const hasSecret = metadata.token_endpoint_auth_method.startsWith("client_secret");
  const secret = hasSecret ? await newSecret(deps) : null;
  // Never UUID-shaped and never a URL: it can be taken neither for a person nor for a document.
  const id = `client_${toBase64Url(deps.random(CLIENT_ID_BYTES))}`;
  const outcome = await deps.store.createClient(
    {
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
    },
    tokenHash,
    { address, perHour: deps.settings.registrationsPerHour },
  );
  if (outcome.outcome === "limited") throw tooManyRequests(outcome, "registration_limited");
  if (outcome.outcome !== "created") throw refusal(outcome.outcome);
  return json({
    client_id: id,
    client_id_issued_at: outcome.createdAt,
    // It never expires (RFC 7591 §3.2.1).
    ...(secret === null ? {} : { client_secret: secret.value, client_secret_expires_at: 0 }),
    ...metadata,
  }, 201);
}

/** `WWW-Authenticate` for this refusal. Whoever sent no token is told no error (RFC 6750 §3.1). */
export function registrationChallenge(error: OAuthError): string {
  const realm = 'Bearer realm="sekisho"';
  if (error.reason === REGISTRATION_TOKEN_MISSING) return realm;
  return `${realm}, error="${error.code}", error_description="${error.description}"`;
}

function refusal(outcome: Exclude<CreateClientOutcome["outcome"], "created" | "limited">): OAuthError {
  switch (outcome) {
    case "token_unknown":
      return invalidRegistrationToken("unknown");
    case "token_revoked":
      return invalidRegistrationToken("revoked");
    case "token_expired":
      return invalidRegistrationToken("expired");
    case "token_used_up":
      return invalidRegistrationToken("used_up");
  }
}
