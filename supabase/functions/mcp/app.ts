/** The `mcp` function: its route table. Hosted Supabase gives it paths that begin with its name. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { allowedMethods } from "../_shared/http/allowed_methods.ts";
import { anyOrigin, cors } from "../_shared/http/cors.ts";
import { requestId, type WithRequestId } from "../_shared/http/request_id.ts";
import { logRefusal } from "../_shared/http/request_log.ts";
import { errorResponse, json } from "../_shared/http/respond.ts";
import { OAuthError, toOAuthError } from "../_shared/oauth_error.ts";
import type { Deps } from "./deps.ts";
import { TOOL_ROUTES } from "./endpoints/call_tool.ts";
import { listTools } from "./endpoints/list_tools.ts";
import { challengeResponse, createMcpEndpoint } from "./endpoints/mcp.ts";
import { protectedResourceMetadata } from "./endpoints/metadata.ts";
import { problem, problemOf } from "./endpoints/problem.ts";
import { type BuildServer, buildServer } from "./protocol/mcp_server.ts";
import { describeOpenApi } from "./protocol/openapi.ts";

const METADATA = "/.well-known/oauth-protected-resource";

/** The app over these dependencies: `app.fetch` serves, `app.request` tests. */
export function createApp(deps: Deps, build: BuildServer = buildServer): Hono<WithRequestId> {
  const app = new Hono<WithRequestId>().basePath("/mcp");
  const mcp = createMcpEndpoint(deps, build);
  const ownOrigins = onlyFrom(deps.allowedOrigins);

  app.use(requestId(deps.random));
  app.use(METADATA, cors(anyOrigin, "GET"));
  app.get(METADATA, () => protectedResourceMetadata(deps));
  app.all(METADATA, () => errorResponse(useGet(), { Allow: "GET" }));

  app.use("/", ownOrigins, cors((origin) => origin, "GET, POST, DELETE"));
  app.all("/", (context) => mcp(context.req.raw));

  app.route("/", plainFace(deps, ownOrigins));

  app.notFound(() => errorResponse(nothingHere()));
  app.onError((thrown, context) => {
    const error = toOAuthError(thrown);
    logged(context, error, deps);
    return challengeResponse(error, deps);
  });
  return app;
}

/** The tools for callers that do not speak MCP. Refuses with problem details. */
function plainFace(deps: Deps, ownOrigins: MiddlewareHandler): Hono<WithRequestId> {
  const face = new Hono<WithRequestId>();
  let document: Record<string, unknown> | undefined;

  // What there is may be read by every page, for it says nothing of anybody.
  for (const path of ["/tools", "/openapi.json"]) face.use(path, cors(anyOrigin, "GET"));
  face.get("/tools", () => listTools(deps));
  face.get("/openapi.json", () => json(document ??= describeOpenApi(deps.urls)));

  face.use("/tools/*", ownOrigins, cors((origin) => origin, "POST"));
  for (const { path, call } of TOOL_ROUTES) {
    face.post(path, (context) => call(context.req.raw, deps));
  }
  for (const { path, methods } of allowedMethods(face.routes)) {
    const use = `Use ${methods.join(" or ")} here.`;
    const headers = { Allow: methods.join(", ") };
    face.all(path, () => problem(405, "method_not_allowed", use, { headers }));
  }
  face.all("/tools/*", () => {
    throw nothingHere();
  });

  face.onError((thrown, context) => {
    const error = toOAuthError(thrown);
    logged(context, error, deps);
    return problemOf(error, deps);
  });
  return face;
}

/** A page of a foreign origin must not reach a server on this computer (MCP transports, "Security Warning"). */
function onlyFrom(origins: readonly string[]): MiddlewareHandler {
  return async (context, next) => {
    const origin = context.req.header("Origin");
    if (origin !== undefined && !origins.includes(origin)) {
      throw new OAuthError(
        "origin_not_allowed",
        "This origin may not call this server.",
        "origin_not_allowed",
      );
    }
    await next();
  };
}

function useGet(): OAuthError {
  return new OAuthError("method_not_allowed", "Use GET here.", "method_not_allowed");
}

function nothingHere(): OAuthError {
  return new OAuthError("not_found", "There is nothing here.", "route_unknown");
}

function logged(context: Context<WithRequestId>, error: OAuthError, deps: Deps): void {
  const { method } = context.req;
  const request = { id: context.get("requestId"), method, route: routePath(context, -1) };
  logRefusal(deps.log, request, error, error.status);
}
