/**
 * CORS for endpoints that any web page may call with what it holds: never with cookies, so `*` is safe
 * (Fetch §3.2). Comes before every gate: a preflight carries no token.
 */
import type { MiddlewareHandler } from "hono";

const EXPOSED = "WWW-Authenticate, Mcp-Session-Id, Mcp-Protocol-Version, Retry-After, X-Request-Id";

/**
 * Answers preflights and marks answers as readable.
 *
 * @param allows Whether a page of this origin may read the answers, and which value says so.
 */
export function cors(allows: (origin: string) => string | null, methods: string): MiddlewareHandler {
  return async (context, next) => {
    const origin = context.req.header("Origin");
    const allowed = origin === undefined ? null : allows(origin);
    if (context.req.method === "OPTIONS" && origin !== undefined) {
      const headers = new Headers({ Vary: "Origin, Access-Control-Request-Headers" });
      if (allowed !== null) {
        headers.set("Access-Control-Allow-Origin", allowed);
        headers.set("Access-Control-Allow-Methods", methods);
        // Echoed: the wildcard does not cover Authorization, and clients send Mcp-Param-* of their own.
        const asked = context.req.header("Access-Control-Request-Headers");
        if (asked !== undefined && /^[A-Za-z0-9\-_, ]{1,1000}$/.test(asked)) {
          headers.set("Access-Control-Allow-Headers", asked);
        }
        headers.set("Access-Control-Max-Age", "600");
      }
      return new Response(null, { status: 204, headers });
    }
    await next();
    context.header("Vary", "Origin", { append: true });
    if (allowed !== null) {
      context.header("Access-Control-Allow-Origin", allowed);
      context.header("Access-Control-Expose-Headers", EXPOSED);
    }
  };
}

/** Every origin: for endpoints where the caller brings its own proof. */
export const anyOrigin = (): string => "*";
