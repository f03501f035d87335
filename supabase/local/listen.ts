/**
 * Listens on both loopback addresses: browsers resolve `localhost` to either. The port is taken before anything slow is
 * started; until the product is ready every request is told to come back.
 */

import type { Connection } from "../functions/_shared/http/client_address.ts";

/** The port cannot be had. */
export class PortError extends Error {
  override readonly name = "PortError";
}

type Handler = (request: Request, connection: Connection) => Response | Promise<Response>;

export interface Listener {
  /** From now on requests go to this handler. */
  serve(handler: Handler): void;
  close(): Promise<void>;
}

const HOSTS = ["127.0.0.1", "::1"] as const;
/** How long running requests may take once the server closes. */
const DRAIN_MS = 1500;

/** Takes the port. @throws PortError */
export function listen(port: number): Listener {
  let handler: Handler = () => new Response("Starting.\n", { status: 503, headers: { "Retry-After": "1" } });
  const servers: Deno.HttpServer[] = [];
  for (const hostname of HOSTS) {
    try {
      servers.push(
        Deno.serve({ hostname, port, onListen() {}, onError }, (request, info) => handler(request, info)),
      );
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) {
        throw new PortError(`port ${port} is taken: set PORT to another`);
      }
      if (error instanceof Deno.errors.PermissionDenied) {
        throw new PortError(`port ${port} is not for this account: set PORT to 1024 or above`);
      }
      // A machine without IPv6 has no ::1, and then nobody resolves localhost to it.
      if (hostname === "127.0.0.1") throw error;
    }
  }
  return {
    serve(next) {
      handler = next;
    },
    async close() {
      const drained = Promise.all(servers.map((server) => server.shutdown()));
      await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, DRAIN_MS))]);
    },
  };
}

/** The app answers its own errors; what comes here is a bug of the router. */
function onError(error: unknown): Response {
  // deno-lint-ignore no-console
  console.error(
    JSON.stringify({
      level: "error",
      event: "router",
      name: error instanceof Error ? error.name : "unknown",
    }),
  );
  return new Response("Internal Server Error\n", { status: 500 });
}
