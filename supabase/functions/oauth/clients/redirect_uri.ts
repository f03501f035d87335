/**
 * Redirect URIs: which may be registered and when a sent one is a registered one. Pure text rules on the URI as it was
 * written: a normalising parser would make unequal things equal (RFC 9700 §2.1, RFC 8252 §7, OAuth 2.1 §2.3.1).
 */

const MOST_CHARACTERS = 2000;

/** Schemes that run or read something in the browser instead of leading to an app. */
const DANGEROUS_SCHEMES = new Set([
  "about",
  "blob",
  "chrome",
  "chrome-extension",
  "data",
  "file",
  "filesystem",
  "ftp",
  "help",
  "intent",
  "jar",
  "javascript",
  "mailto",
  "mhtml",
  "ms-msdt",
  "res",
  "resource",
  "search",
  "search-ms",
  "shell",
  "sms",
  "tel",
  "vbscript",
  "view-source",
  "ws",
  "wss",
  "wyciwyg",
]);

/** Whether a client may register this URI. */
export function isRegistrableRedirectUri(uri: string): boolean {
  if (uri.length > MOST_CHARACTERS) return false;
  // Printable ASCII only, without what browsers quietly rewrite or what could break out of a header or an attribute.
  if (!/^[\x21-\x7e]+$/.test(uri) || /[\\"'<>`{}|^]/.test(uri)) return false;
  const scheme = /^([a-z][a-z0-9+.-]*):/.exec(uri)?.[1];
  if (scheme === undefined || uri.includes("#") || DANGEROUS_SCHEMES.has(scheme)) return false;
  if (!URL.canParse(uri)) return false;
  const { username, password, host } = new URL(uri);
  if (username !== "" || password !== "" || /^[^/?]*\/\/[^/?]*@/.test(uri)) return false;
  if (scheme === "https") {
    // The host that people are shown must be the one that browsers go to: no third slash, no %2e, no 0x7f.
    const [, written] = /^https:\/\/([^/?]+)/.exec(uri) ?? [];
    return written?.toLowerCase().replace(/:443$/, "") === host;
  }
  if (scheme === "http") return splitLoopback(uri) !== null;
  // A private-use scheme (RFC 8252 §7.1) such as `cursor://…`: usable, never verified. `localhost:3000/…` is none.
  return uri.startsWith(`${scheme}:/`);
}

/**
 * The registered URI that a sent one stands for, or null.
 *
 * Equal byte for byte; only http on this computer may have another port, because native apps get theirs from the
 * system (RFC 8252 §7.3). `localhost` is treated like the IP literals: clients publish it.
 */
export function matchRedirectUri(sent: string, registered: readonly string[]): string | null {
  if (registered.includes(sent)) return sent;
  const loopback = splitLoopback(sent);
  if (loopback === null) return null;
  return registered.find((candidate) => {
    const other = splitLoopback(candidate);
    return other !== null && other.host === loopback.host && other.rest === loopback.rest;
  }) ?? null;
}

/** Where the browser would go, for a person to read: host and port, or the scheme of an app. */
export function describeRedirectHost(uri: string): string {
  return /^https?:\/\/([^/?#]+)/.exec(uri)?.[1] ?? `${uri.slice(0, uri.indexOf(":"))}:`;
}

/** Host and everything after the port of an http URI on this computer, or null for any other. */
function splitLoopback(uri: string): { host: string; rest: string } | null {
  const [, host, port, rest] =
    /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?((?:[/?].*)?)$/s.exec(uri) ?? [];
  if (host === undefined || rest === undefined || Number(port ?? 80) > 65535) return null;
  return { host, rest };
}
