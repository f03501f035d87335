/**
 * The cookie that binds an authorization request to the browser that began it. One random value per browser; only its
 * hash is stored. What it is not: a session. It proves sameness, never who somebody is.
 */
import { toBase64Url } from "../../_shared/encoding.ts";
import { isLoopback } from "../../_shared/public_urls.ts";
import type { Deps } from "../deps.ts";

const COOKIE_BYTES = 32;
const WELL_FORMED = /^[A-Za-z0-9_-]{43}$/;

/**
 * `__Host-` makes browsers refuse the cookie from a subdomain or without Secure (RFC 6265bis §4.1.3.2). Plain http
 * cannot have it, so there, and only on this computer, the name is another: neither is ever read as the other.
 */
function cookieName(publicUrl: string): string {
  return isLoopback(publicUrl) ? "sekisho-browser" : "__Host-sekisho-browser";
}

/** The value this browser carries, or null when it has none that is well formed. */
export function readBrowserCookie(cookieHeader: string | undefined, publicUrl: string): string | null {
  const name = `${cookieName(publicUrl)}=`;
  const values = (cookieHeader ?? "").split(";").map((pair) => pair.trim()).filter((pair) =>
    pair.startsWith(name)
  )
    .map((pair) => pair.slice(name.length));
  const [value] = values;
  // Two of one name: somebody else set one. Trust neither.
  return values.length === 1 && value !== undefined && WELL_FORMED.test(value) ? value : null;
}

/** A new value for a browser that has none. */
export function newBrowserCookie(deps: Pick<Deps, "random">): string {
  return toBase64Url(deps.random(COOKIE_BYTES));
}

/**
 * `Set-Cookie` for this value. Lax: it must come along when the consent page, possibly of another site, navigates to
 * the continue step; it lives as long as the browser does.
 */
export function browserCookieHeader(value: string, publicUrl: string): string {
  const secure = isLoopback(publicUrl) ? "" : "; Secure";
  return `${cookieName(publicUrl)}=${value}; Path=/; HttpOnly; SameSite=Lax${secure}`;
}
