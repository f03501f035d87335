/**
 * The `account` function: its route table, and the one place where refusals become answers. Every answer is about the
 * person whose session the request brings as Bearer; no cookie is ever looked at. Hosted Supabase gives it paths that
 * begin with its name.
 */
import { type Context, Hono } from "hono";
import { routePath } from "hono/route";
import { allowedMethods } from "../_shared/http/allowed_methods.ts";
import { requestOrigin } from "../_shared/http/client_address.ts";
import { cors } from "../_shared/http/cors.ts";
import { onlyPagesOf } from "../_shared/http/page_origin.ts";
import { requestId, type WithRequestId } from "../_shared/http/request_id.ts";
import { logRefusal } from "../_shared/http/request_log.ts";
import { errorResponse } from "../_shared/http/respond.ts";
import { OAuthError, toOAuthError } from "../_shared/oauth_error.ts";
import { originOf } from "../_shared/public_urls.ts";
import type { Deps } from "./deps.ts";
import { showActivity } from "./endpoints/activity.ts";
import { disconnectApp, showApps } from "./endpoints/apps.ts";
import { createApiKey, revokeApiKey, showApiKeys } from "./endpoints/keys.ts";
import { signOutEverywhere } from "./endpoints/sign_out.ts";

/** The app over these dependencies: `app.fetch` serves, `app.request` tests. */
export function createApp(deps: Deps): Hono<WithRequestId> {
  const app = new Hono<WithRequestId>().basePath("/account");
  const refused = (context: Context<WithRequestId>, error: OAuthError, headers = {}) => {
    const { method } = context.req;
    const request = { id: context.get("requestId"), method, route: routePath(context, -1) };
    logRefusal(deps.log, request, error, error.status);
    return errorResponse(error, headers);
  };
  /** The dependencies as this request uses them. */
  const of = (context: Context<WithRequestId>): Deps => {
    const address = requestOrigin(context.req.raw, context.env, deps.settings.addressSource);
    return { ...deps, store: deps.store.forRequest({ requestId: context.get("requestId"), address }) };
  };

  app.use(requestId(deps.random));
  // The account page, and nobody else's.
  const pagesOrigin = originOf(deps.settings.webUrl);
  app.use(cors((origin) => origin === pagesOrigin ? pagesOrigin : null, "GET, POST, DELETE"));
  app.use(onlyPagesOf(pagesOrigin));

  app.get("/apps", (context) => showApps(context.req.raw, of(context)));
  app.delete(
    "/apps/:id",
    (context) => disconnectApp(context.req.param("id"), context.req.raw, of(context)),
  );
  app.get("/keys", (context) => showApiKeys(context.req.raw, of(context)));
  app.post("/keys", (context) => createApiKey(context.req.raw, of(context)));
  app.delete("/keys/:id", (context) => revokeApiKey(context.req.param("id"), context.req.raw, of(context)));
  app.get("/activity", (context) => showActivity(context.req.raw, of(context)));
  app.post("/sign-out", (context) => signOutEverywhere(context.req.raw, of(context)));

  for (const { path, methods } of allowedMethods(app.routes)) {
    app.all(path.slice("/account".length), (context) => {
      const use = `Use ${methods.join(" or ")} here.`;
      const error = new OAuthError("method_not_allowed", use, "method_not_allowed");
      return refused(context, error, { Allow: methods.join(", ") });
    });
  }
  app.notFound((context) =>
    refused(context, new OAuthError("not_found", "There is nothing here.", "route_unknown"))
  );
  app.onError((thrown, context) => refused(context, toOAuthError(thrown)));
  return app;
}
