/** Signing keys and the secrets that they are sealed under: types only. */
import type { JWK } from "jose";
import type { Bytes } from "../../_shared/encoding.ts";

/** Tells a wrong SEKISHO_SECRET from the right one without being it. */
export interface SecretCheck {
  readonly id: string;
  readonly value: Bytes;
}

/** A signing key as it is stored. */
export interface StoredSigningKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  /** Null when it signs no more. */
  readonly sealedPrivateKey: string | null;
}

/** Published keys, the one that signs first, then the next, then those whose tokens live. */
export interface SigningKeys {
  readonly keys: readonly StoredSigningKey[];
  /** What somebody should propose. */
  readonly missing: "active" | "next" | null;
}

export interface NewSigningKey extends StoredSigningKey {
  readonly sealedPrivateKey: string;
  readonly secretId: string;
  /** How old the key that signs gets before this one takes over. */
  readonly days: number;
}

export interface KeyOperations {
  listSigningKeys(): Promise<SigningKeys>;
  /** Whether these secrets are the ones that the database knows; a new one is recorded. */
  checkSecrets(checks: readonly SecretCheck[]): Promise<"fits" | "differs" | "missing">;
  /** Records the proposed key if one is missing. */
  createSigningKey(key: NewSigningKey): Promise<"created" | "exists">;
}
