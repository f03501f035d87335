/**
 * Endpoints of our own pages: whoever sends an `Origin` must be them. Everybody else must bring the Bearer itself, which
 * no foreign page has (RFC 6454 §7).
 */
import type { MiddlewareHandler } from "hono";
import { OAuthError } from "../oauth_error.ts";

/** Refuses a foreign origin, `null` among them. Preflights are answered before, by `cors`. */
export function onlyPagesOf(pagesOrigin: string): MiddlewareHandler {
  return async (context, next) => {
    const origin = context.req.header("Origin");
    if (origin !== undefined && origin !== pagesOrigin) {
      throw new OAuthError(
        "origin_not_allowed",
        "This origin may not act for people.",
        "origin_not_allowed",
      );
    }
    await next();
  };
}
