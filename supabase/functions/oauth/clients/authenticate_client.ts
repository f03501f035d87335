/**
 * Who asks at the token endpoint (RFC 6749 §2.3, §3.2.1). Exactly the registered method is accepted; an unknown client
 * and a wrong secret get the same answer after the same work. A proof that fails is never taken for none.
 */
import { equalDigests, sha256 } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { AuthenticatedClient, Deps, TokenEndpointAuthMethod } from "../deps.ts";
import { assertedClientId, ASSERTION_TYPE, verifyClientAssertion } from "./client_assertion.ts";
import { findClientToIssue } from "./find_client.ts";
import { invalidClient } from "./invalid_client.ts";
import { parseBasic } from "./parse_basic.ts";

interface PresentedCredentials {
  readonly clientId: string;
  readonly method: TokenEndpointAuthMethod;
  /** The secret or the assertion; nothing for `none`. */
  readonly proof: string | null;
}

/** Longest id or secret that is looked at. */
const MOST_CHARACTERS = 500;

/**
 * The client that these credentials prove.
 *
 * @param authorization The `Authorization` header, if any.
 * @param parameters The form, each parameter at most once.
 * @throws OAuthError `invalid_request` for two methods at once, `temporarily_unavailable` when what a client publishes
 * cannot be read, `invalid_client` for everything else.
 */
export async function authenticateClient(
  authorization: string | undefined,
  parameters: ReadonlyMap<string, string>,
  deps: Pick<Deps, "store" | "documents" | "settings" | "selfRegisteredGrants" | "urls" | "now">,
): Promise<AuthenticatedClient> {
  const presented = presentedCredentials(authorization, parameters);
  try {
    return await provenClient(presented, deps);
  } catch (error) {
    if (error instanceof OAuthError && error.code === "invalid_client") {
      await deps.store.recordRefusal(presented.clientId, error.reason);
    }
    throw error;
  }
}

async function provenClient(
  { clientId, method, proof }: PresentedCredentials,
  deps: Parameters<typeof authenticateClient>[2],
): Promise<AuthenticatedClient> {
  const presentedHash = await sha256(proof ?? "");
  const client = await findClientToIssue(clientId, method, deps);
  if (client === null) throw invalidClient("client_unknown");
  if (client.tokenEndpointAuthMethod !== method) throw invalidClient("auth_method_not_registered");
  if (proof === null) return { client, secretHash: null, assertion: null };
  if (method === "private_key_jwt") {
    return { client, secretHash: null, assertion: await verifyClientAssertion(proof, client, deps) };
  }
  if (client.secretHash === null || !equalDigests(presentedHash, client.secretHash)) {
    throw invalidClient("secret_wrong");
  }
  return { client, secretHash: presentedHash, assertion: null };
}

/** Whom these credentials claim to be, proved or not; null when they do not say. */
export function presentedClientId(
  authorization: string | undefined,
  parameters: ReadonlyMap<string, string>,
): string | null {
  try {
    return presentedCredentials(authorization, parameters).clientId;
  } catch {
    return null;
  }
}

function presentedCredentials(
  authorization: string | undefined,
  parameters: ReadonlyMap<string, string>,
): PresentedCredentials {
  const bodyId = parameters.get("client_id");
  const secret = parameters.get("client_secret");
  const assertion = parameters.get("client_assertion");
  const assertionType = parameters.get("client_assertion_type");
  const asserts = assertion !== undefined || assertionType !== undefined;

  if (authorization !== undefined) {
    const basic = parseBasic(authorization);
    if (basic === null) throw invalidClient("authorization_header_malformed");
    if (secret !== undefined || asserts || (bodyId !== undefined && bodyId !== basic.id)) throw twoMethods();
    return { clientId: basic.id, method: "client_secret_basic", proof: basic.secret };
  }
  if (asserts) {
    if (secret !== undefined) throw twoMethods();
    if (assertion === undefined || assertionType !== ASSERTION_TYPE) throw invalidClient("assertion_type");
    // The assertion names its client; a parameter that says so too must agree (RFC 7521 §4.2).
    const clientId = assertedClientId(assertion);
    if (bodyId !== undefined && bodyId !== clientId) throw invalidClient("assertion_of_another_client");
    return { clientId, method: "private_key_jwt", proof: assertion };
  }
  if (bodyId === undefined) {
    throw new OAuthError("invalid_client", "The request does not name its client.", "client_id_missing");
  }
  if (bodyId.length > MOST_CHARACTERS || (secret ?? "").length > MOST_CHARACTERS) {
    throw invalidClient("credentials_too_long");
  }
  return secret === undefined
    ? { clientId: bodyId, method: "none", proof: null }
    : { clientId: bodyId, method: "client_secret_post", proof: secret };
}

function twoMethods(): OAuthError {
  return new OAuthError("invalid_request", "Authenticate the client in one way only.", "two_auth_methods");
}
