/**
 * Client ids that are URLs of documents (draft-ietf-oauth-client-id-metadata-document §3). A text rule: the id is compared
 * with the document byte for byte, so it must have only one spelling.
 */

const MOST_CHARACTERS = 500;

/** https with a path; for a server on this computer also its own http. */
const DOCUMENT_URL = /^https:\/\/[a-z0-9.-]+(:\d{1,5})?\/[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/;
const LOCAL_DOCUMENT_URL =
  /^http:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?\/[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/;

/**
 * Whether a document may be fetched for this id: no fragment, user part or dot segment, a host as browsers write it.
 *
 * @param allowLoopback Whether clients of this computer are served.
 */
export function isDocumentUrl(id: string, allowLoopback: boolean): boolean {
  if (id.length > MOST_CHARACTERS) return false;
  if (!DOCUMENT_URL.test(id) && !(allowLoopback && LOCAL_DOCUMENT_URL.test(id))) return false;
  return URL.canParse(id) && new URL(id).href === id && !/\/\.{1,2}(\/|$)/.test(id);
}
