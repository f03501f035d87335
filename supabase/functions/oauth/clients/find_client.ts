/**
 * Who a client id stands for. Ids that are URLs are documents: fetched when the client asks for authorization and the kept
 * copy is no longer fresh; the token endpoint lives on the kept copy for a day.
 */
import { isTrustedDocument, looksLikeDocumentUrl } from "../../_shared/client_identity.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { isLoopback } from "../../_shared/public_urls.ts";
import type { Client, Deps, TokenEndpointAuthMethod } from "../deps.ts";
import { parseClientDocument, unreadable } from "./client_document.ts";
import { isDocumentUrl } from "./document_url.ts";

type FindDeps = Pick<Deps, "store" | "documents" | "settings" | "selfRegisteredGrants">;

/**
 * The client that asks for authorization, or null.
 *
 * @throws OAuthError `invalid_client` when its document cannot be used.
 */
export async function findClientToAuthorize(id: string, deps: FindDeps): Promise<Client | null> {
  const known = await deps.store.findClient(id);
  if (!looksLikeDocumentUrl(id) || known?.document?.isFresh) {
    return known === null ? null : withTrust(known, deps);
  }
  if (!isDocumentUrl(id, isLoopback(deps.settings.publicUrl))) throw unreadable("document_url");
  return await fetchClient(id, deps);
}

/**
 * The client that asks for tokens, or null.
 *
 * @param method How it proves itself: one that has moved from `none` to a key since its document was read is read again.
 * @throws OAuthError `temporarily_unavailable` when its document has to be read again and cannot be.
 */
export async function findClientToIssue(
  id: string,
  method: TokenEndpointAuthMethod,
  deps: FindDeps,
): Promise<Client | null> {
  const known = await deps.store.findClient(id);
  if (known === null || known.document === null) return known;
  const moved = method === "private_key_jwt" && known.tokenEndpointAuthMethod === "none" &&
    !known.document.isFresh;
  if (known.document.isUsable && !moved) return known;
  try {
    return await fetchClient(id, deps);
  } catch (error) {
    throw new OAuthError(
      "temporarily_unavailable",
      "The client's metadata document cannot be read right now. Try again.",
      "document_too_old",
      { cause: error },
    );
  }
}

async function fetchClient(id: string, deps: FindDeps): Promise<Client | null> {
  const fetched = await deps.documents.fetch(id, "client");
  if (fetched.outcome === "failed") throw unreadable(`document_${fetched.reason}`);
  const document = parseClientDocument(id, fetched.document, deps.selfRegisteredGrants);
  await deps.store.recordClientDocument({ id, ...document, freshSeconds: fetched.freshSeconds });
  const recorded = await deps.store.findClient(id);
  return recorded === null ? null : withTrust(recorded, deps);
}

function withTrust(client: Client, { settings }: FindDeps): Client {
  return isTrustedDocument(client.id, settings.trustedClientHosts) ? { ...client, verified: true } : client;
}
