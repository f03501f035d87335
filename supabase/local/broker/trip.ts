/**
 * What binds a trip to a provider to the browser that began it. The browser holds one random secret in a cookie of its
 * own; everything secret about a trip is derived from it and the trip's state (HMAC-SHA256). So nothing secret is stored,
 * several tabs may be on the way at once, and another browser derives another trip, which nobody began
 * (draft-ietf-oauth-security-topics: CSRF, mix-up of browsers).
 */
import { fromBase64Url, toBase64Url, utf8 } from "../../functions/_shared/encoding.ts";
import { isLoopback } from "../../functions/_shared/public_urls.ts";
import type { Trip } from "./provider.ts";

const SECRET_BYTES = 32;
const WELL_FORMED = /^[A-Za-z0-9_-]{43}$/;

/** A trip, and the row that says it was begun and is not over. */
export interface BoundTrip extends Trip {
  readonly flowId: string;
}

/** 256 random bits, as a text. */
export function randomSecret(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/** The trip with this state of the browser with this secret, or null for a state that was never ours. */
export async function tripOf(browserSecret: string, state: string): Promise<BoundTrip | null> {
  if (!WELL_FORMED.test(state)) return null;
  const key = await crypto.subtle.importKey(
    "raw",
    fromBase64Url(browserSecret) ?? utf8(""),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const derive = async (purpose: string) =>
    new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(`${purpose} ${state}`)));
  return {
    state,
    nonce: toBase64Url(await derive("nonce")),
    verifier: toBase64Url(await derive("verifier")),
    flowId: toUuid(await derive("flow")),
  };
}

/** The secret that this browser carries, or null when it has none that is well formed. */
export function readSecret(cookieHeader: string | null, publicUrl: string): string | null {
  const name = `${cookieName(publicUrl)}=`;
  const values = (cookieHeader ?? "").split(";").map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(name)).map((pair) => pair.slice(name.length));
  const [value] = values;
  // Two of one name: somebody else set one. Trust neither.
  return values.length === 1 && value !== undefined && WELL_FORMED.test(value) ? value : null;
}

/** `Set-Cookie` for this secret. Lax: the provider brings the browser back by a navigation from its own site. */
export function secretCookie(secret: string, publicUrl: string): string {
  const secure = isLoopback(publicUrl) ? "" : "; Secure";
  return `${cookieName(publicUrl)}=${secret}; Path=/; HttpOnly; SameSite=Lax${secure}`;
}

/** `__Host-` keeps subdomains from planting it; plain http, only on this computer, cannot have that name. */
function cookieName(publicUrl: string): string {
  return isLoopback(publicUrl) ? "sekisho-sign-in" : "__Host-sekisho-sign-in";
}

/** 122 of these bits, as a UUID of version 8 (RFC 9562 §5.8). */
function toUuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes.slice(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${
    hex.slice(20)
  }`;
}
