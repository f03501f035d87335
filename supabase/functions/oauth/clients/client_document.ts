/**
 * What a client's document says of it (draft-ietf-oauth-client-id-metadata-document §4, MCP authorization "Client ID
 * Metadata Documents"). Read strictly: it is a stranger's text.
 */
import { z } from "zod";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { isPlainText } from "../../_shared/plain_text.ts";
import type { RecordedClientDocument } from "../deps.ts";
import { DOCUMENT_AUTH_METHODS } from "./auth_methods.ts";
import { type KeySource, parseKeySource } from "./client_keys.ts";
import { isRegistrableRedirectUri } from "./redirect_uri.ts";

const MOST_REDIRECT_URIS = 20;

const document = z.object({
  client_id: z.string(),
  client_name: z.string().min(1).max(200).refine((name) => name.trim() !== "" && isPlainText(name)),
  redirect_uris: z.array(z.string().refine(isRegistrableRedirectUri)).min(1).max(MOST_REDIRECT_URIS),
  grant_types: z.array(z.string()).max(20).default(["authorization_code", "refresh_token"]),
  response_types: z.array(z.string()).max(20).default(["code"]),
  // Absent, a client without a secret is a public one: nothing else could be meant.
  token_endpoint_auth_method: z.string().regex(/^(?!client_secret)/).default("none"),
  token_endpoint_auth_methods_supported: z.array(z.string()).max(20).default([]),
  jwks: z.unknown().optional(),
  jwks_uri: z.unknown().optional(),
  client_secret: z.never().optional(),
  client_secret_expires_at: z.never().optional(),
});
type Document = z.infer<typeof document>;

export type ClientDocument = Omit<RecordedClientDocument, "id" | "freshSeconds">;

/**
 * The client that this document describes.
 *
 * @param url Where it was fetched: what its `client_id` must equal, byte for byte.
 * @param fetched The JSON that was there.
 * @param grantTypes The grants that exist here for clients like it.
 * @throws OAuthError `invalid_client`; the reason says which rule is broken.
 */
export function parseClientDocument(
  url: string,
  fetched: unknown,
  grantTypes: readonly string[],
): ClientDocument {
  const parsed = document.safeParse(fetched);
  if (!parsed.success) {
    throw unreadable(`document_${String(parsed.error.issues[0]?.path[0] ?? "not_an_object")}`);
  }
  const read = parsed.data;
  if (read.client_id !== url) throw unreadable("document_client_id_differs");
  if (!read.response_types.includes("code")) throw unreadable("document_response_types");
  const kept = grantTypes.filter((type) => read.grant_types.includes(type));
  if (!kept.includes("authorization_code")) throw unreadable("document_grant_types");
  return { name: read.client_name, redirectUris: read.redirect_uris, grantTypes: kept, ...proofOf(read) };
}

/** The refusal of a client whose document cannot be used. One text for every cause. */
export function unreadable(reason: string): OAuthError {
  return new OAuthError(
    "invalid_client",
    "The app that sent you here could not be identified by its metadata document.",
    reason,
  );
}

/**
 * How this client will prove itself: as it declares, or else by the best of what it says it can do (OpenID Connect RP
 * Metadata Choices: some clients declare one method and list several).
 */
function proofOf(read: Document): KeySource & Pick<ClientDocument, "tokenEndpointAuthMethod"> {
  const listed = DOCUMENT_AUTH_METHODS.filter((method) =>
    read.token_endpoint_auth_methods_supported.includes(method)
  );
  for (const method of [read.token_endpoint_auth_method, ...listed]) {
    if (method === "none") return { tokenEndpointAuthMethod: method, jwks: null, jwksUri: null };
    const keys = method === "private_key_jwt" ? parseKeySource(read) : null;
    if (keys !== null) return { tokenEndpointAuthMethod: "private_key_jwt", ...keys };
  }
  throw unreadable("document_auth_method");
}
