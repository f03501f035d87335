/**
 * Texts sealed with AES-256-GCM (NIST SP 800-38D): base64url of nonce and ciphertext. Pure: key and nonce come in.
 */
import { type Bytes, fromBase64Url, toBase64Url, utf8 } from "./encoding.ts";

/** Length of a nonce in bytes; each seals once. */
export const SEAL_IV_BYTES = 12;

/** Seals a text under a 256-bit key made by HKDF-SHA256 (RFC 5869) from this secret for this purpose. */
export interface SealingKey {
  readonly secret: Bytes;
  readonly purpose: string;
  /** Bound into the ciphertext: it opens nowhere else. */
  readonly associated?: string;
}

/** Seals a text. */
export async function sealText(plain: string, key: SealingKey, iv: Bytes): Promise<string> {
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt(parameters(key, iv), await derive(key), utf8(plain)),
  );
  const bytes = new Uint8Array(iv.length + sealed.length);
  bytes.set(iv);
  bytes.set(sealed, iv.length);
  return toBase64Url(bytes);
}

/** Opens a sealed text. @throws when it was not sealed with this key. */
export async function openText(sealed: string, key: SealingKey): Promise<string> {
  const bytes = fromBase64Url(sealed);
  if (bytes === null) throw new Error("a sealed text is not base64url");
  const iv = bytes.slice(0, SEAL_IV_BYTES);
  const plain = await crypto.subtle.decrypt(
    parameters(key, iv),
    await derive(key),
    bytes.slice(SEAL_IV_BYTES),
  );
  // A text may begin with U+FEFF: a decoder that drops it would not give back what was sealed.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(plain);
}

function parameters(key: SealingKey, iv: Bytes): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: utf8(key.associated ?? "") };
}

async function derive({ secret, purpose }: SealingKey): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  // Every secret that comes here has 256 random bits: no salt, no stretching.
  return await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8(`sekisho ${purpose}`) },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}
