/** The `mcp` function: its route table. Hosted Supabase gives it paths that begin with its name. */
import { Hono } from "hono";
import { routePath } from "hono/route";
import { anyOrigin, cors } from "../_shared/http/cors.ts";
import { requestId, type WithRequestId } from "../_shared/http/request_id.ts";
import { logRefusal } from "../_shared/http/request_log.ts";
import { errorResponse } from "../_shared/http/respond.ts";
import { OAuthError, toOAuthError } from "../_shared/oauth_error.ts";
import type { Deps } from "./deps.ts";
import { challengeResponse, createMcpEndpoint } from "./endpoints/mcp.ts";
import { protectedResourceMetadata } from "./endpoints/metadata.ts";

const METADATA = "/.well-known/oauth-protected-resource";

/** The app over these dependencies: `app.fetch` serves, `app.request` tests. */
export function createApp(deps: Deps): Hono<WithRequestId> {
  const app = new Hono<WithRequestId>().basePath("/mcp");
  const mcp = createMcpEndpoint(deps);

  app.use(requestId(deps.random));
  app.use(METADATA, cors(anyOrigin, "GET"));
  app.get(METADATA, () => protectedResourceMetadata(deps));

  // A page of a foreign origin must not reach a server on this computer (MCP transports, "Security Warning").
  app.use("/", async (context, next) => {
    const origin = context.req.header("Origin");
    if (origin !== undefined && !deps.allowedOrigins.includes(origin)) {
      throw new OAuthError(
        "origin_not_allowed",
        "This origin may not call this server.",
        "origin_not_allowed",
      );
    }
    await next();
  });
  app.use("/", cors((origin) => origin, "GET, POST, DELETE"));
  app.all("/", (context) => mcp(context.req.raw));

  app.notFound(() =>
    errorResponse(
      new OAuthError("not_found", "There is nothing here.", "route_unknown"),
    )
  );
  app.onError((thrown, context) => {
    const error = toOAuthError(thrown);
    const { method } = context.req;
    const request = { id: context.get("requestId"), method, route: routePath(context, -1) };
    logRefusal(deps.log, request, error, error.status);
    return challengeResponse(error, deps);
  });
  return app;
}
