/**
 * SEKISHO_SECRET: a list of keys `id:key[,id:key]`, 32 bytes base64url each. The first writes, all read. Everything
 * that must be derived or sealed under it is made here, each with a label of its own (HKDF, RFC 5869), so that no two
 * uses share a key. No key ever leaves this file.
 */
import { type Bytes, fromBase64Url, toBase64Url, utf8 } from "../encoding.ts";
import { openText, type SealingKey, sealText } from "../sealed_text.ts";

/** Where a sealed value lies: bound into the ciphertext, so that it opens in no other place. */
export interface SealedPlace {
  readonly table: string;
  readonly column: string;
  readonly row: string;
}

export interface KeyRing {
  /** Ids with the check value of each, for `oauth.check_secrets`. */
  checks(): Promise<readonly { readonly id: string; readonly value: Bytes }[]>;
  /** Seals under the first key: `{ secretId, sealed }`, with `sealed` as `<id>.<sealed text>`. */
  seal(plain: string, place: SealedPlace, iv: Bytes): Promise<{ secretId: string; sealed: string }>;
  /** Opens what any key of the ring sealed at this place. @throws when none fits. */
  open(sealed: string, place: SealedPlace): Promise<string>;
  /** A password for this purpose, the same in every process that holds the first key. */
  password(purpose: string): Promise<string>;
}

const ENTRY = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]{43})$/;

/**
 * The key ring that this text describes.
 *
 * @throws Error naming the rule that is broken, never the value.
 */
export function parseKeyRing(text: string): KeyRing {
  const keys = new Map<string, Bytes>();
  for (const entry of text.split(",")) {
    const [, id, key] = ENTRY.exec(entry.trim()) ?? [];
    const bytes = key === undefined ? null : fromBase64Url(key);
    if (id === undefined || bytes?.length !== 32) {
      throw new Error("must be id:key[,id:key] with keys of 32 bytes in base64url");
    }
    if (keys.has(id)) throw new Error("names a key id twice");
    keys.set(id, bytes);
  }
  const [first] = keys;
  if (first === undefined) throw new Error("must hold at least one key");
  const [firstId, firstKey] = first;

  return {
    checks() {
      return Promise.all([...keys].map(async ([id, key]) => ({ id, value: await derive(key, "check") })));
    },
    async seal(plain, place, iv) {
      return {
        secretId: firstId,
        sealed: `${firstId}.${await sealText(plain, sealingKey(firstKey, place), iv)}`,
      };
    },
    async open(sealed, place) {
      const [id = "", text = ""] = sealed.split(".");
      const secret = keys.get(id);
      if (secret === undefined) throw new Error("sealed under a key that is not in the ring");
      return await openText(text, sealingKey(secret, place));
    },
    async password(purpose) {
      return toBase64Url(await derive(firstKey, `password ${purpose}`));
    },
  };
}

function sealingKey(secret: Bytes, place: SealedPlace): SealingKey {
  return { secret, purpose: "seal", associated: `${place.table}\0${place.column}\0${place.row}` };
}

async function derive(secret: Bytes, purpose: string): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const parameters = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: utf8(`sekisho ${purpose}`),
  };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}
