/**
 * The one way out: a GET to a URL that a stranger may have chosen (client metadata documents, `jwks_uri`, upstream
 * servers). The name is looked up once, every address it has must be public, and the connection goes to an address
 * that was checked, so that no second lookup can lead it elsewhere (DNS rebinding; draft CIMD "SSRF Attacks").
 * Must never follow a redirect, and never say in an error where it went. ADR 0013.
 */
import { utf8 } from "../encoding.ts";
import { type OutboundResponse, readHttpResponse } from "./http_response.ts";
import { failingAs, OutboundError } from "./outbound_error.ts";
import { type Connection, denoNetwork, type Network } from "./outbound_network.ts";
import { type OutboundTarget, readTarget } from "./outbound_target.ts";
import { isPublicAddress } from "./special_addresses.ts";
import { StuckHandshakes } from "./stuck_handshakes.ts";

export { OutboundError, type OutboundReason } from "./outbound_error.ts";
export type { OutboundResponse } from "./http_response.ts";
export type { Network } from "./outbound_network.ts";

export interface OutboundRequest {
  /** The `Accept` header. A constant, never input. */
  readonly accept: string;
  /** Longest body that is taken. */
  readonly mostBytes: number;
  /** For all of it: lookup, connecting, TLS, the last byte. */
  readonly timeoutMs: number;
}

export interface OutboundFetch {
  /** @throws OutboundError, and nothing else. */
  (url: string, options: OutboundRequest): Promise<OutboundResponse>;
}

/** A name may have hundreds of addresses; the deadline is for all of them. */
const MOST_ADDRESSES_TRIED = 4;

/**
 * @param options.allowLoopback Whether `localhost`, `127.0.0.1` and `[::1]` are allowed too, also without TLS: for the
 * embedded server, whose developers' clients live there. Never true where strangers ask.
 */
export function createOutboundFetch({ allowLoopback, network = denoNetwork(), caCerts = [] }: {
  readonly allowLoopback: boolean;
  readonly network?: Network;
  /** Trusted besides the usual ones, as PEM. */
  readonly caCerts?: readonly string[];
}): OutboundFetch {
  const stuck = new StuckHandshakes();
  return async (url, request) => {
    const target = readTarget(url, allowLoopback);
    const visit = new Visit(target, network, { caCerts, stuck });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new OutboundError("timeout")), request.timeoutMs);
    });
    try {
      return await Promise.race([visit.get(request), tooLate]);
    } finally {
      clearTimeout(timer);
      visit.end();
    }
  };
}

/** One request and its one connection, which is closed whatever happens, also when it opens after the end. */
class Visit {
  readonly #target: OutboundTarget;
  readonly #network: Network;
  readonly #caCerts: readonly string[];
  readonly #stuck: StuckHandshakes;
  readonly #ending = new AbortController();
  #connection: Connection | undefined;
  #shakingHandsWith: string | undefined;

  constructor(target: OutboundTarget, network: Network, { caCerts, stuck }: {
    readonly caCerts: readonly string[];
    readonly stuck: StuckHandshakes;
  }) {
    this.#target = target;
    this.#network = network;
    this.#caCerts = caCerts;
    this.#stuck = stuck;
  }

  async get({ accept, mostBytes }: OutboundRequest): Promise<OutboundResponse> {
    const { secure, authority, path } = this.#target;
    const { address, plain } = await this.#connect(this.#target.addresses ?? await this.#checkedAddresses());
    const connection = secure ? await failingAs("tls", () => this.#startTls(plain, address)) : plain;
    const head = [
      `GET ${path} HTTP/1.1`,
      `Host: ${authority}`,
      `Accept: ${accept}`,
      "Accept-Encoding: identity",
      "User-Agent: Sekisho",
      "Connection: close",
    ];
    return await failingAs("connect", async () => {
      await writeAll(connection, utf8(`${head.join("\r\n")}\r\n\r\n`));
      return await readHttpResponse((into) => connection.read(into), mostBytes);
    });
  }

  /** Closes what is open and what is yet to open. */
  end(): void {
    if (this.#shakingHandsWith !== undefined) this.#stuck.note(this.#shakingHandsWith);
    this.#ending.abort();
    if (this.#connection !== undefined) closeQuietly(this.#connection);
  }

  /** Every address must be public: with one of each kind, whoever chose the name is aiming at the other. */
  async #checkedAddresses(): Promise<readonly string[]> {
    const { host } = this.#target;
    const addresses = await failingAs("dns", () => this.#network.resolve(host, this.#ending.signal));
    if (addresses.length === 0) throw new OutboundError("dns");
    if (!addresses.every(isPublicAddress)) throw new OutboundError("address_not_public");
    return addresses;
  }

  /** To the first of these that answers. */
  async #connect(addresses: readonly string[]): Promise<{ address: string; plain: Connection }> {
    const { port } = this.#target;
    for (const address of addresses.slice(0, MOST_ADDRESSES_TRIED)) {
      if (this.#ending.signal.aborted) break;
      if (this.#stuck.isSpent(address)) continue;
      try {
        const plain = await this.#network.connect(address, port, this.#ending.signal);
        this.#hold(plain);
        return { address, plain };
      } catch (error) {
        if (error instanceof OutboundError) throw error;
      }
    }
    throw new OutboundError("connect");
  }

  async #startTls(plain: Connection, address: string): Promise<Connection> {
    this.#shakingHandsWith = address;
    try {
      const options = { hostname: this.#target.host, caCerts: this.#caCerts };
      const connection = await this.#network.startTls(plain, options);
      this.#hold(connection);
      await connection.handshake();
      return connection;
    } finally {
      this.#shakingHandsWith = undefined;
    }
  }

  #hold(connection: Connection): void {
    this.#connection = connection;
    if (!this.#ending.signal.aborted) return;
    closeQuietly(connection);
    throw new OutboundError("timeout");
  }
}

async function writeAll(connection: Connection, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/** It may be closed already: by the other side, or because TLS took it over. */
function closeQuietly(connection: Connection): void {
  try {
    connection.close();
  } catch {
    // Nothing is left to close.
  }
}
