/**
 * Hosts that took a connection and then did not shake hands. Deno keeps the socket of an unfinished TLS handshake open
 * until the other side ends it, also after `close` (measured on 2.9 and 2.1): a host that never answers would
 * take one socket for each request. So only a few are lent to each network within a while.
 */
import { parseAddress } from "../http/ip_address.ts";

const MOST_FOR_EACH_NETWORK = 4;
const REMEMBERED_MS = 10 * 60 * 1000;

export class StuckHandshakes {
  #noted: readonly { readonly network: string; readonly at: number }[] = [];

  /** A handshake with this address did not end in time. */
  note(address: string): void {
    this.#noted = [...this.#recent(), { network: networkOf(address), at: Date.now() }];
  }

  /** Whether this address, or one beside it, has had its share. */
  isSpent(address: string): boolean {
    const network = networkOf(address);
    return this.#recent().filter((noted) => noted.network === network).length >= MOST_FOR_EACH_NETWORK;
  }

  #recent() {
    const since = Date.now() - REMEMBERED_MS;
    return this.#noted.filter(({ at }) => at > since);
  }
}

/** An IPv4 address, or the /64 of an IPv6 address: nobody has fewer of those. */
function networkOf(address: string): string {
  return parseAddress(address)?.slice(0, 8).join() ?? "";
}
