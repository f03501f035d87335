/**
 * What is known to be true of a client besides what it says of itself: the host of the document that is its id
 * (draft-ietf-oauth-client-id-metadata-document §3), and whether the operator vouches for it. What people are shown.
 */

/** Whether this client id claims to be a document, well formed or not. */
export function looksLikeDocumentUrl(id: string): boolean {
  return /^https?:/i.test(id);
}

/** Host of a document, which whoever published it controls. */
export function documentHost(id: string): string {
  return new URL(id).host;
}

/** Whether the operator trusts whoever publishes this client's document (TRUSTED_CLIENT_HOSTS). */
export function isTrustedDocument(id: string, trustedHosts: readonly string[]): boolean {
  return looksLikeDocumentUrl(id) && trustedHosts.includes(documentHost(id));
}

/**
 * The host that stands behind a client: of its document, or of its page if the operator verified it. A client that
 * registered itself may claim any page as its own: shown, that would be a lie in its favour.
 */
export function provedHost(client: { id: string; uri: string | null; verified: boolean }): string | null {
  if (looksLikeDocumentUrl(client.id)) return documentHost(client.id);
  return client.verified && client.uri !== null
    ? /^https?:\/\/([^/?#]+)/.exec(client.uri)?.[1] ?? null
    : null;
}
