/**
 * Public keys of clients (RFC 7517 §5) as they bring them or publish them. Read strictly: a stranger's text. Keys that
 * cannot sign an assertion here are left out; a set with a private or symmetric key is refused whole, because whoever
 * published it has lost it.
 */
import type { JWK } from "jose";
import { z } from "zod";
import { isPlainText } from "../../_shared/plain_text.ts";
import { ASSERTION_ALGORITHMS } from "./auth_methods.ts";

const MOST_KEYS = 20;

/** https, or http on this computer: whether loopback may be read is decided where it is read. */
const KEYS_URL =
  /^(https:\/\/[A-Za-z0-9.:[\]-]+|http:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?)(\/[\x21\x22\x24-\x7e]{0,1500})?$/;

const base64url = (least: number, most: number) =>
  z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${least},${most}}$`));

const signing = {
  kid: z.string().max(200).refine(isPlainText).exactOptional(),
  alg: z.enum(ASSERTION_ALGORITHMS).exactOptional(),
  use: z.literal("sig").exactOptional(),
};

/** 256-bit coordinates are 43 characters. */
const coordinate = base64url(43, 43);

const publicKey = z.discriminatedUnion("kty", [
  // 2048 to 8192 bits (RFC 7518 §3.3).
  z.object({ kty: z.literal("RSA"), n: base64url(342, 1366), e: base64url(1, 8), ...signing }),
  z.object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: coordinate, y: coordinate, ...signing }),
  z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: coordinate, ...signing }),
]);

const keySet = z.object({
  keys: z.array(
    z.looseObject({ kty: z.string(), d: z.never().optional(), k: z.never().optional() }),
  ).min(1).max(MOST_KEYS),
});

/** Where a client's keys are: in its own words, or at a URL. */
export interface KeySource {
  readonly jwks: readonly JWK[] | null;
  readonly jwksUri: string | null;
}

/** `jwks` or `jwks_uri` (RFC 7591 §2), never both; null when what is said cannot be used. */
export function parseKeySource({ jwks, jwks_uri }: { jwks?: unknown; jwks_uri?: unknown }): KeySource | null {
  if (jwks !== undefined && jwks_uri !== undefined) return null;
  if (typeof jwks_uri === "string") {
    return KEYS_URL.test(jwks_uri) && URL.canParse(jwks_uri) ? { jwks: null, jwksUri: jwks_uri } : null;
  }
  const keys = parseClientKeys(jwks);
  return keys === null ? null : { jwks: keys, jwksUri: null };
}

/** The keys of this JWK set that can prove a client, with nothing else of it; null when it cannot be used. */
export function parseClientKeys(set: unknown): readonly JWK[] | null {
  const parsed = keySet.safeParse(set);
  if (!parsed.success) return null;
  const usable = parsed.data.keys.flatMap((key) => publicKey.safeParse(key).data ?? []);
  return usable.length === 0 ? null : usable;
}

/** The keys among these that may have made a signature with this header. A `kid` is a hint that not every key has. */
export function keysForHeader(
  keys: readonly JWK[],
  { alg, kid }: { readonly alg?: string | undefined; readonly kid?: unknown },
): readonly JWK[] {
  return keys.filter((key) =>
    (kid === undefined || key.kid === undefined || key.kid === kid) &&
    (key.alg === undefined || key.alg === alg) &&
    key.kty === keyTypeOf(alg)
  );
}

function keyTypeOf(alg: string | undefined): string | undefined {
  switch (alg) {
    case "RS256":
      return "RSA";
    case "ES256":
      return "EC";
    case "EdDSA":
    case "Ed25519":
      return "OKP";
    default:
      return undefined;
  }
}
