/**
 * The embedded server's one handler: checks the Host, then plays the front, the Supabase gateway and the static host.
 */
import type { PublicConfig } from "../functions/_shared/contract/config.ts";
import type { Connection } from "../functions/_shared/http/client_address.ts";
import { errorResponse, json } from "../functions/_shared/http/respond.ts";
import { OAuthError } from "../functions/_shared/oauth_error.ts";
import { originOf } from "../functions/_shared/public_urls.ts";
import { rewrite } from "./front.ts";
import type { StaticHost } from "./static_host.ts";

const MOST_SIGN_IN_BYTES = 64 * 1024;

type Handler = (request: Request) => Response | Promise<Response>;
/** A function is told of the connection, as `Deno.serve` would: the peer's address is nothing that a client can write. */
type FunctionHandler = (request: Request, connection: Connection) => Response | Promise<Response>;

export interface RouterOptions {
  readonly port: number;
  readonly publicUrl: string;
  /** By name: the first segment of the path that a function sees. */
  readonly functions: Readonly<Record<string, FunctionHandler>>;
  readonly auth: FunctionHandler;
  readonly pages: StaticHost;
  readonly config: PublicConfig;
}

/** The handler. */
export function createRouter(
  options: RouterOptions,
): (request: Request, connection: Connection) => Promise<Response> {
  const hosts = allowedHosts(options);
  const bareHost = originOf(options.publicUrl) !== options.publicUrl;

  return async (request, connection) => {
    // Against DNS rebinding: a name that leads here without being ours must not be served.
    if (!hosts.has((request.headers.get("Host") ?? "").toLowerCase())) {
      return errorResponse(
        new OAuthError("origin_not_allowed", "This host name is not served here.", "host_not_allowed"),
      );
    }
    const { pathname, search } = new URL(request.url);
    const path = rewrite(pathname, bareHost);
    if (path !== null) {
      const name = path.split("/")[1] ?? "";
      const serve = Object.hasOwn(options.functions, name) ? options.functions[name] : undefined;
      return serve === undefined
        ? nothingHere()
        : await serve(withPath(request, `${path}${search}`), connection);
    }
    if (pathname.startsWith("/auth/v1/")) {
      return await signIn(request, (bounded) => options.auth(bounded, connection));
    }
    if (pathname === "/config.json") return json(options.config);
    if (pathname === "/health") return json({ status: "ok" });
    if (pathname.startsWith("/.well-known/") || pathname.startsWith("/api/")) return nothingHere();
    return await options.pages(pathname, request.method);
  };
}

/** The stand-in reads bodies of any size; nothing that it is sent is large. */
async function signIn(request: Request, auth: Handler): Promise<Response> {
  // Nothing there takes a body with DELETE, and Deno shows one of unknown length even where none was sent.
  if (request.method === "DELETE") {
    return await auth(new Request(request.url, { method: "DELETE", headers: request.headers }));
  }
  const length = Number(request.headers.get("Content-Length") ?? (request.body === null ? 0 : Infinity));
  if (length > MOST_SIGN_IN_BYTES) {
    return errorResponse(
      new OAuthError("payload_too_large", "The request body is too large.", "body_too_large"),
    );
  }
  return await auth(request);
}

/** Names and ports under which this server may be addressed (RFC 9110 §7.2). */
function allowedHosts({ port, publicUrl }: RouterOptions): Set<string> {
  const own = ["localhost", "127.0.0.1", "[::1]"].flatMap((host) =>
    port === 80 ? [host, `${host}:80`] : [`${host}:${port}`]
  );
  return new Set([...own, originOf(publicUrl).replace(/^https?:\/\//, "").toLowerCase()]);
}

/** The same request as hosted Supabase hands it to a function: with another path. */
function withPath(request: Request, pathAndQuery: string): Request {
  const url = `${originOf(request.url)}${pathAndQuery}`;
  return url === request.url ? request : new Request(url, request);
}

function nothingHere(): Response {
  return errorResponse(new OAuthError("not_found", "There is nothing here.", "route_unknown"));
}
