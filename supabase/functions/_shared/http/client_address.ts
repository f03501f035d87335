/**
 * Where a request comes from, for whatever counts or records by address: an IPv4 address or the /64 of an IPv6 one, in
 * one spelling. A header is believed only where the operator named it, and only what the trusted hops wrote into it;
 * what cannot be read is one address for all. Never throws.
 */
import { parseAddress } from "./ip_address.ts";

/** Where the caller's address is found. */
export interface AddressSource {
  /** The header that the trusted hops write (CLIENT_IP_HEADER); null for the peer of the connection. */
  readonly header: string | null;
  /** How many of them add to it, each at the end (TRUSTED_HOPS): the first of theirs is the caller's. */
  readonly trustedHops: number;
}

/** What serves a request knows of its connection, as `Deno.serve` hands it over: no client can write into it. */
export interface Connection {
  readonly remoteAddr?: unknown;
}

/** Everybody whose address cannot be read. */
export const UNKNOWN_ADDRESS = "unknown";

/** Longest text that is looked at: an address with zone and port is shorter. */
const MOST_CHARACTERS = 100;

/** The origin of this request. */
export function requestOrigin(request: Request, connection: unknown, source: AddressSource): string {
  return source.header === null
    ? addressPrefix(peerOf(connection))
    : addressPrefix(entryOf(request.headers.get(source.header), source.trustedHops));
}

/**
 * An IPv4 address, or the first 64 bits of an IPv6 one (whoever has one address of a /64 has them all), from any text that
 * proxies write: with a port, in brackets, with a zone. IPv4 mapped into IPv6 (RFC 4291 §2.5.5.2) is that IPv4 address.
 */
export function addressPrefix(text: string): string {
  const bare = bareAddress(text.slice(0, MOST_CHARACTERS + 1).trim());
  const bytes = bare.length > MOST_CHARACTERS ? null : parseAddress(bare);
  if (bytes === null) return UNKNOWN_ADDRESS;
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff) {
    return bytes.slice(12).join(".");
  }
  const groups = [0, 2, 4, 6].map((at) => ((bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0)).toString(16));
  return `${groups.join(":")}::/64`;
}

/** Counted from the end: whatever a client sends itself stands before what the hops add. */
function entryOf(header: string | null, trustedHops: number): string {
  return header?.split(",").at(-trustedHops) ?? "";
}

/** Without port, brackets and zone. */
function bareAddress(text: string): string {
  const [, inBrackets] = /^\[([^\[\]]*)\](?::\d{1,5})?$/.exec(text) ?? [];
  if (inBrackets !== undefined) return inBrackets.includes(":") ? withoutZone(inBrackets) : "";
  const [, beforePort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? [];
  return beforePort ?? withoutZone(text);
}

/** RFC 4007 §11: only IPv6 has zones. */
function withoutZone(text: string): string {
  return text.includes(":") ? text.replace(/%[^%]+$/, "") : text;
}

function peerOf(connection: unknown): string {
  if (typeof connection !== "object" || connection === null || !("remoteAddr" in connection)) return "";
  const address = connection.remoteAddr;
  if (typeof address !== "object" || address === null || !("hostname" in address)) return "";
  return typeof address.hostname === "string" ? address.hostname : "";
}
