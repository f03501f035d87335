/**
 * Who asks at the token endpoint (RFC 6749 §2.3, §3.2.1). Exactly the registered method is accepted; an unknown client
 * and a wrong secret get the same answer after the same work.
 */
import { equalDigests, sha256 } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { findClientToIssue } from "./find_client.ts";
import type { AuthenticatedClient, Deps, TokenEndpointAuthMethod } from "../deps.ts";

interface PresentedCredentials {
  readonly clientId: string;
  readonly secret: string | null;
  readonly method: TokenEndpointAuthMethod;
}

/** Longest id or secret that is looked at. */
const MOST_CHARACTERS = 500;

/**
 * The client that these credentials prove.
 *
 * @param authorization The `Authorization` header, if any.
 * @param parameters The form, each parameter at most once.
 * @throws OAuthError `invalid_request` for two methods at once, `invalid_client` for everything else.
 */
export async function authenticateClient(
  authorization: string | undefined,
  parameters: ReadonlyMap<string, string>,
  deps: Pick<Deps, "store" | "documents" | "settings">,
): Promise<AuthenticatedClient> {
  const presented = presentedCredentials(authorization, parameters);
  const secretHash = await sha256(presented.secret ?? "");
  const client = await findClientToIssue(presented.clientId, deps);
  if (client === null) throw invalidClient("client_unknown");
  if (client.tokenEndpointAuthMethod !== presented.method) throw invalidClient("auth_method_not_registered");
  if (presented.secret === null) return { client, secretHash: null };
  if (client.secretHash === null || !equalDigests(secretHash, client.secretHash)) {
    throw invalidClient("secret_wrong");
  }
  return { client, secretHash };
}

/** The refusal of a client: one text for every cause (RFC 6749 §5.2). */
export function invalidClient(reason: string): OAuthError {
  return new OAuthError("invalid_client", "The client is unknown or could not be authenticated.", reason);
}

function presentedCredentials(
  authorization: string | undefined,
  parameters: ReadonlyMap<string, string>,
): PresentedCredentials {
  const bodyId = parameters.get("client_id");
  const bodySecret = parameters.get("client_secret");
  if (authorization !== undefined) {
    const basic = parseBasic(authorization);
    if (basic === null) throw invalidClient("authorization_header_malformed");
    if (bodySecret !== undefined || (bodyId !== undefined && bodyId !== basic.clientId)) {
      throw new OAuthError("invalid_request", "Authenticate the client in one way only.", "two_auth_methods");
    }
    return basic;
  }
  if (bodyId === undefined) {
    throw new OAuthError("invalid_client", "The request does not name its client.", "client_id_missing");
  }
  if (bodyId.length > MOST_CHARACTERS || (bodySecret ?? "").length > MOST_CHARACTERS) {
    throw invalidClient("credentials_too_long");
  }
  return bodySecret === undefined
    ? { clientId: bodyId, secret: null, method: "none" }
    : { clientId: bodyId, secret: bodySecret, method: "client_secret_post" };
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are put into Basic. */
function parseBasic(header: string): PresentedCredentials | null {
  const [, encoded] = /^basic +([A-Za-z0-9+/]{1,2000}={0,2})$/i.exec(header) ?? [];
  if (encoded === undefined || encoded.length % 4 !== 0) return null;
  const binary = atob(encoded);
  const colon = binary.indexOf(":");
  if (colon < 1) return null;
  const clientId = formDecode(binary.slice(0, colon));
  const secret = formDecode(binary.slice(colon + 1));
  if (
    clientId === null || secret === null || clientId.length > MOST_CHARACTERS ||
    secret.length > MOST_CHARACTERS
  ) {
    return null;
  }
  return { clientId, secret, method: "client_secret_basic" };
}

function formDecode(text: string): string | null {
  try {
    const decoded = decodeURIComponent(text.replaceAll("+", " "));
    // Postgres has no text with NUL in it, and no client id or secret has one.
    return decoded.includes("\0") ? null : decoded;
  } catch {
    return null;
  }
}
