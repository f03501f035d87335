/**
 * The loopback redirect URI (RFC 8252 §7.3): waits for the one answer that carries our state. Everything else gets a
 * 404 or is ignored; nothing of a request ever comes back in a page.
 */
import { ClientError } from "./client_error.ts";
import { within } from "./within.ts";

export const CALLBACK_PATH = "/callback";

/** How long the browser may take to fetch the page before the program goes on. */
const DRAIN_MS = 1000;

const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  // The address holds the code: nobody may learn it from a Referer.
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Connection": "close",
};

export interface CallbackListener {
  /** Resolves with the parameters of the answer to this sign-in. */
  readonly answered: Promise<URLSearchParams>;
  /** Frees the port; the page in the browser arrives first. */
  close(): Promise<void>;
}

/** The host is in the redirect URI, so it is the one that the browser will send. */
export type LoopbackHost = "127.0.0.1" | "localhost";

/** @throws ClientError when the port is taken. */
export async function listenForCallback(
  host: LoopbackHost,
  port: number,
  state: string,
): Promise<CallbackListener> {
  const { promise: answered, resolve } = Promise.withResolvers<URLSearchParams>();
  const handle = (request: Request): Response => {
    const url = new URL(request.url);
    // The Host tells a page elsewhere, whose name was pointed at this computer, from the browser we sent.
    const isOurs = request.headers.get("Host") === `${host}:${port}`;
    if (request.method !== "GET" || url.pathname !== CALLBACK_PATH || !isOurs) return page(404, "Not found.");
    if (url.searchParams.get("state") !== state || isTwice(url.searchParams)) return page(404, "Not found.");
    resolve(url.searchParams);
    return page(200, "You can close this window.");
  };
  const servers: Deno.HttpServer[] = [];
  try {
    for (const hostname of hostnames(host)) servers.push(...serve(hostname, port, handle));
  } catch (error) {
    await Promise.all(servers.map((server) => server.shutdown()));
    throw error;
  }
  return {
    answered,
    async close() {
      await within(DRAIN_MS, Promise.all(servers.map((server) => server.shutdown())));
    },
  };
}

/** A port of 127.0.0.1 that nobody listens on right now. */
export function freePort(wanted = 0): number {
  try {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: wanted });
    return listener.addr.port;
  } catch (error) {
    if (wanted === 0) throw error;
    return freePort();
  }
}

/** Browsers resolve `localhost` to either address: whoever had the other one would get the code. */
function hostnames(host: LoopbackHost): readonly string[] {
  return host === "localhost" ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
}

function serve(hostname: string, port: number, handle: (request: Request) => Response): Deno.HttpServer[] {
  try {
    return [Deno.serve({ hostname, port, onListen() {}, onError: () => page(500, "Failed.") }, handle)];
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new ClientError(`Port ${port} is taken by another program: choose one with --redirect-port.`);
    }
    // A machine without IPv6 has no ::1, and then no browser goes there.
    if (hostname === "::1") return [];
    throw error;
  }
}

/** A repeated parameter has no one meaning (RFC 6749 §3.1). */
function isTwice(parameters: URLSearchParams): boolean {
  return ["state", "code", "iss", "error"].some((name) => parameters.getAll(name).length > 1);
}

function page(status: number, text: string): Response {
  const html =
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sekisho</title><p>${text}</p></html>\n`;
  return new Response(html, { status, headers: HEADERS });
}
