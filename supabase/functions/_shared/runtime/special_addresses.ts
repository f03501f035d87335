/**
 * Which IP addresses are on the public internet: none of the special-use ranges (RFC 6890 and the IANA registries of
 * special-purpose addresses). Must never accept what it cannot read, and never look a name up.
 */
import { parseAddress } from "../http/ip_address.ts";

/** Not the public internet, although some of it is routed: we have no business with any of it. */
const SPECIAL_V4 = ranges([
  "0.0.0.0/8", // this network; most systems connect to themselves
  "10.0.0.0/8", // private
  "100.64.0.0/10", // carrier-grade NAT; metadata of some clouds
  "127.0.0.0/8", // loopback
  "168.63.129.16/32", // public by number, but every machine on Azure reaches its host's agent there
  "169.254.0.0/16", // link local; metadata of most clouds
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments
  "192.0.2.0/24", // documentation
  "192.31.196.0/24", // AS112
  "192.52.193.0/24", // AMT relays
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "192.175.48.0/24", // AS112
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and the broadcast address
]);

/** Global unicast. Everything outside is special: loopback, NAT64, unique local, link local, multicast, … */
const GLOBAL_V6 = range("2000::/3");

const SPECIAL_V6 = ranges([
  "2001::/23", // protocol assignments: Teredo, benchmarks, ORCHID
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4: an IPv4 address in disguise
  "2620:4f:8000::/48", // AS112
  "3fff::/20", // documentation
]);

/** IPv4 in the clothes of IPv6: the system connects to the IPv4 address inside. */
const MAPPED = range("::ffff:0:0/96");

/** Whether this text is an IP address on the public internet. Any textual form; a zone or a short form is none. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address === null) return false;
  if (address.length === 4) return isPublicV4(address);
  if (contains(MAPPED, address)) return isPublicV4(address.slice(12));
  return contains(GLOBAL_V6, address) && !SPECIAL_V6.some((special) => contains(special, address)) &&
    !isIsatap(address);
}

function isPublicV4(address: readonly number[]): boolean {
  return !SPECIAL_V4.some((special) => contains(special, address));
}

/** ISATAP (RFC 5214 §6.1): a tunnel to the IPv4 address in the last four bytes, whatever the prefix. */
function isIsatap(address: readonly number[]): boolean {
  const [universal = 0, ...rest] = address.slice(8, 12);
  return (universal & ~0x02) === 0 && rest.join() === "0,94,254";
}

interface Range {
  readonly first: readonly number[];
  readonly bits: number;
}

function range(text: string): Range {
  const [address = "", bits = ""] = text.split("/");
  const first = parseAddress(address);
  if (first === null) throw new Error("a range is no CIDR");
  return { first, bits: Number(bits) };
}

function ranges(texts: readonly string[]): readonly Range[] {
  return texts.map(range);
}

function contains({ first, bits }: Range, address: readonly number[]): boolean {
  if (first.length !== address.length) return false;
  return first.every((byte, index) => {
    const counted = Math.min(8, Math.max(0, bits - index * 8));
    const mask = 0xff << (8 - counted);
    return ((byte ^ (address[index] ?? 0)) & mask & 0xff) === 0;
  });
}
