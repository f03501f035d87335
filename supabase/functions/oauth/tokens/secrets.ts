/**
 * Random secrets of the protocol and their hashes: codes, refresh tokens, request ids, continue secrets, client
 * secrets. 256 bits each, so that a plain SHA-256 in the table cannot be searched; only the hash is ever stored.
 */
import { type Bytes, sha256, toBase64Url } from "../../_shared/encoding.ts";
import type { Deps } from "../deps.ts";

const SECRET_BYTES = 32;
const JTI_BYTES = 16;

/** Shape of every secret that `newSecret` makes: what does not fit is not looked up. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

export interface Secret {
  readonly value: string;
  readonly hash: Bytes;
}

/** A new secret of 256 random bits, base64url. */
export async function newSecret(deps: Pick<Deps, "random">): Promise<Secret> {
  const value = toBase64Url(deps.random(SECRET_BYTES));
  return { value, hash: await sha256(value) };
}

/** The hash of a presented secret, or null when it cannot be one of ours. */
export async function hashPresented(value: string): Promise<Bytes | null> {
  return SECRET.test(value) ? await sha256(value) : null;
}

/** A new `jti` of 128 random bits (RFC 7519 §4.1.7). */
export function newJti(deps: Pick<Deps, "random">): string {
  return toBase64Url(deps.random(JTI_BYTES));
}
