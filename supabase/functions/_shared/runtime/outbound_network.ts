/**
 * The three acts that a pinned connection is made of, on Deno. `fetch` cannot do it: it looks the name up again.
 */
import { failingAs, OutboundError } from "./outbound_error.ts";

/** As `Deno.TcpConn`, as far as it is used. */
export interface Connection {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** As `Deno.TlsConn`. */
export interface TlsConnection extends Connection {
  handshake(): Promise<unknown>;
}

export interface Network {
  /** All addresses of a name, of both families. Asked once for each request. */
  resolve(host: string, signal: AbortSignal): Promise<readonly string[]>;
  /** To this address, which is never a name. */
  connect(address: string, port: number, signal: AbortSignal): Promise<Connection>;
  /** TLS on what `connect` gave, the certificate to be checked for this name in the handshake. */
  startTls(
    connection: Connection,
    options: { hostname: string; caCerts: readonly string[] },
  ): Promise<TlsConnection>;
}

/** What it needs of `Deno`: edge runtimes offer a part of it. */
export type Runtime = Partial<Pick<typeof Deno, "connect" | "startTls" | "resolveDns">>;

/** The network of this process. Where it cannot pin, every act fails: there is no second, weaker way. */
export function denoNetwork(runtime: Runtime = Deno): Network {
  const { connect, startTls, resolveDns } = runtime;
  return {
    async resolve(host, signal) {
      if (connect === undefined || startTls === undefined) throw new OutboundError("cannot_pin");
      if (resolveDns === undefined) return await lookUp(host);
      const found = await Promise.all([
        orNone(() => resolveDns(host, "A", { signal })),
        orNone(() => resolveDns(host, "AAAA", { signal })),
      ]);
      return found.flat();
    },
    async connect(address, port, signal) {
      if (connect === undefined || startTls === undefined) throw new OutboundError("cannot_pin");
      // Not written in place: the types of the hosted line do not know `signal` yet and it ignores it.
      const options = { hostname: address, port, signal };
      return await connect(options);
    },
    async startTls(connection, { hostname, caCerts }) {
      if (startTls === undefined) throw new OutboundError("cannot_pin");
      // `connect` above made it.
      return await startTls(connection as Deno.TcpConn, { hostname, caCerts: [...caCerts] });
    },
  };
}

/** A family without records is none; any other failure is a failure of the whole. */
async function orNone(resolve: () => Promise<string[]>): Promise<string[]> {
  try {
    return await resolve();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The system's own resolver. It reads /etc/hosts too: what it says is checked like any other answer. */
async function lookUp(host: string): Promise<string[]> {
  const { lookup } = await failingAs("cannot_pin", () => import("node:dns/promises"));
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}
