/**
 * Where a URL leads, if we go there at all. Judges the text, not what a parser makes of it: `https://0x7f.1` is
 * 127.0.0.1 to `new URL`, and two readers who disagree about a host are how such checks are passed.
 */
import { OutboundError } from "./outbound_error.ts";
import { parseAddress } from "../http/ip_address.ts";
import { isPublicAddress } from "./special_addresses.ts";

export interface OutboundTarget {
  readonly secure: boolean;
  /** For DNS and for the certificate: a name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Known without asking DNS: of a literal, which was checked, or of this computer. */
  readonly addresses: readonly string[] | null;
  /** As `Host` names it (RFC 9110 §7.2). */
  readonly authority: string;
  readonly path: string;
}

const MOST_CHARACTERS = 2048;

/** This computer, in the only three ways a developer's client is told to write it. */
const LOOPBACK: ReadonlyMap<string, readonly string[]> = new Map([
  ["localhost", ["127.0.0.1", "::1"]],
  ["127.0.0.1", ["127.0.0.1"]],
  ["[::1]", ["::1"]],
]);

/** Two labels at least: a single one is a name of the local network. No trailing dot, no underscore. */
const DNS_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** @throws OutboundError for whatever is not exactly the address of something public. */
export function readTarget(url: string, allowLoopback: boolean): OutboundTarget {
  if (url.length > MOST_CHARACTERS || !/^[\x21-\x7e]+$/.test(url) || /[\\#]/.test(url)) {
    throw new OutboundError("malformed");
  }
  const [, scheme, authority = ""] = /^(https?):\/\/([^/?]*)/.exec(url) ?? [];
  if (scheme === undefined) throw new OutboundError("not_https");
  if (authority.includes("@")) throw new OutboundError("malformed");

  const [, written = "", port] = /^(\[[^\]]*\]|[^:]*)(?::([1-9]\d{0,4}))?$/.exec(authority) ?? [];
  const parsed = parse(url);
  // Every form that a parser rewrites is refused: octal, hex and short IPv4, upper case, escapes, IDN, zones.
  if (written === "" || parsed.hostname !== written) throw new OutboundError("host_not_allowed");

  const secure = scheme === "https";
  const loopback = allowLoopback ? LOOPBACK.get(written) : undefined;
  if (!secure && loopback === undefined) throw new OutboundError("not_https");
  return {
    secure,
    host: written.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port ?? (secure ? 443 : 80)),
    addresses: loopback ?? publicAddresses(written),
    authority: parsed.host,
    path: parsed.pathname + parsed.search,
  };
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new OutboundError("host_not_allowed");
  }
}

/** A literal address, checked; null for a name, whose addresses are yet to be found and checked. */
function publicAddresses(host: string): readonly string[] | null {
  const literal = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  if (parseAddress(literal) !== null) {
    if (!isPublicAddress(literal)) throw new OutboundError("address_not_public");
    return [literal];
  }
  if (!DNS_NAME.test(host)) throw new OutboundError("host_not_allowed");
  return null;
}
