/** HTTP Basic as OAuth uses it: id and secret are form-encoded before they are put into it (RFC 6749 §2.3.1). */

/** Longest id or secret that is looked at. */
const MOST_CHARACTERS = 500;

/** What an `Authorization` header says, or null when it is no Basic that a client could have sent. */
export function parseBasic(header: string): { readonly id: string; readonly secret: string } | null {
  const [, encoded] = /^basic +([A-Za-z0-9+/]{1,2000}={0,2})$/i.exec(header) ?? [];
  if (encoded === undefined || encoded.length % 4 !== 0) return null;
  const binary = atob(encoded);
  const colon = binary.indexOf(":");
  if (colon < 1) return null;
  const id = formDecode(binary.slice(0, colon));
  const secret = formDecode(binary.slice(colon + 1));
  if (id === null || secret === null || id.length > MOST_CHARACTERS || secret.length > MOST_CHARACTERS) {
    return null;
  }
  return { id, secret };
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
