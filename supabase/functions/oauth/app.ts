/**
 * The `oauth` function: its route table, and the one place where refusals become answers. Hosted Supabase gives it paths
 * that begin with its name.
 */
import { type Context, Hono } from "hono";
import { routePath } from "hono/route";
import { allowedMethods } from "../_shared/http/allowed_methods.ts";
import { requestOrigin } from "../_shared/http/client_address.ts";
import { anyOrigin, cors } from "../_shared/http/cors.ts";
import { onlyPagesOf } from "../_shared/http/page_origin.ts";
import { requestId, type WithRequestId } from "../_shared/http/request_id.ts";
import { logRefusal } from "../_shared/http/request_log.ts";
import { errorResponse } from "../_shared/http/respond.ts";
import { OAuthError, toOAuthError } from "../_shared/oauth_error.ts";
import { originOf } from "../_shared/public_urls.ts";
import type { Deps } from "./deps.ts";
import { authorize } from "./endpoints/authorize.ts";
import { continueRequest } from "./endpoints/continue.ts";
import { decideInteraction, showInteraction } from "./endpoints/interaction.ts";
import { introspect } from "./endpoints/introspect.ts";
import { jwks } from "./endpoints/jwks.ts";
import { limitDocuments } from "./endpoints/limit_documents.ts";
import { authorizationServerMetadata, openidConfiguration } from "./endpoints/metadata.ts";
import { refusalPage } from "./endpoints/refusal_pages.ts";
import { register, registrationChallenge } from "./endpoints/register.ts";
import { revoke } from "./endpoints/revoke.ts";
import { token } from "./endpoints/token.ts";

/** The app over these dependencies: `app.fetch` serves, `app.request` tests. */
export function createApp(deps: Deps): Hono<WithRequestId> {
  const app = new Hono<WithRequestId>().basePath("/oauth");
  const log = (context: Context<WithRequestId>, error: OAuthError, status: number = error.status) => {
    const { method } = context.req;
    logRefusal(
      deps.log,
      { id: context.get("requestId"), method, route: routePath(context, -1) },
      error,
      status,
    );
  };
  /** Where a request comes from: for what is counted, and for the audit trail. */
  const addressOf = (context: Context<WithRequestId>) =>
    requestOrigin(context.req.raw, context.env, deps.settings.addressSource);
  /** The dependencies as this request uses them. */
  const of = (context: Context<WithRequestId>): Deps => {
    const address = addressOf(context);
    const store = deps.store.forRequest({ requestId: context.get("requestId"), address });
    return { ...deps, store, documents: limitDocuments({ ...deps, store }, address) };
  };
  const methodNotAllowed = (context: Context<WithRequestId>, methods: readonly string[]) => {
    const use = `Use ${methods.join(" or ")} here.`;
    const error = new OAuthError("method_not_allowed", use, "method_not_allowed");
    log(context, error);
    return errorResponse(error, { Allow: methods.join(", ") });
  };
  const page = async (context: Context<WithRequestId>, answer: () => Promise<Response>) => {
    try {
      return await answer();
    } catch (thrown) {
      const error = toOAuthError(thrown);
      const response = refusalPage(error, context.req.raw, deps.urls.bareHost);
      log(context, error, response.status);
      return response;
    }
  };

  app.use(requestId(deps.random));

  // Machines, from any page: they bring their own proof.
  app.use("/.well-known/*", cors(anyOrigin, "GET"));
  app.use("/jwks", cors(anyOrigin, "GET"));
  app.use("/register", cors(anyOrigin, "POST"));
  app.use("/token", cors(anyOrigin, "POST"));
  app.use("/revoke", cors(anyOrigin, "POST"));
  app.get("/.well-known/oauth-authorization-server", () => authorizationServerMetadata(deps));
  app.get("/.well-known/openid-configuration", () => openidConfiguration(deps));
  app.get("/jwks", () => jwks(deps));
  app.post("/register", (context) => register(context.req.raw, of(context), addressOf(context)));
  app.post("/token", (context) => token(context.req.raw, of(context), addressOf(context)));
  app.post("/revoke", (context) => revoke(context.req.raw, of(context)));
  // For servers only: no page has a resource server's secret.
  app.post("/introspect", (context) => introspect(context.req.raw, of(context), addressOf(context)));

  // People's browsers: no CORS, answers are redirects and pages. Hono serves HEAD by the handler of GET, which would
  // record a request or spend a decision that nobody then sees.
  for (const path of ["/authorize", "/continue/*"]) {
    app.use(path, async (context, next) => {
      if (context.req.raw.method === "HEAD") return methodNotAllowed(context, ["GET"]);
      await next();
    });
  }
  app.get(
    "/authorize",
    (context) =>
      authorize(
        context.req.raw,
        of(context),
        addressOf(context),
        (error, status) => log(context, error, status),
      ),
  );
  app.get(
    "/continue/:secret",
    (context) =>
      page(context, () => continueRequest(context.req.param("secret"), context.req.raw, of(context))),
  );

  // The consent page, and nobody else's.
  const webOrigin = originOf(deps.settings.webUrl);
  app.use("/interaction/*", cors((origin) => origin === webOrigin ? webOrigin : null, "GET, POST"));
  app.use("/interaction/*", onlyPagesOf(webOrigin));
  app.get(
    "/interaction/:id",
    (context) => showInteraction(context.req.param("id"), context.req.raw, of(context)),
  );
  app.post(
    "/interaction/:id",
    (context) => decideInteraction(context.req.param("id"), context.req.raw, of(context)),
  );

  for (const { path, methods } of allowedMethods(app.routes)) {
    app.all(path.slice("/oauth".length), (context) => methodNotAllowed(context, methods));
  }
  app.notFound((context) => {
    const error = new OAuthError("not_found", "There is nothing here.", "route_unknown");
    log(context, error);
    return errorResponse(error);
  });
  app.onError((thrown, context) => {
    const error = toOAuthError(thrown);
    log(context, error);
    return errorResponse(error, challengeHeaders(error, context));
  });
  return app;
}

/** A client that tried Basic must be answered with Basic (RFC 6749 §5.2), one that needs a Bearer with that (RFC 6750 §3). */
function challengeHeaders(error: OAuthError, context: Context<WithRequestId>): Record<string, string> {
  if (error.code === "invalid_token") return { "WWW-Authenticate": registrationChallenge(error) };
  if (error.code === "invalid_client" && context.req.header("Authorization") !== undefined) {
    return { "WWW-Authenticate": 'Basic realm="sekisho"' };
  }
  return {};
}
