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
  readonly sealedPrivateKey: string;
}

export interface KeyOperations {
  listSigningKeys(): Promise<readonly StoredSigningKey[]>;
  /** Whether these secrets are the ones that the database knows; a new one is recorded. */
  checkSecrets(checks: readonly SecretCheck[]): Promise<"fits" | "differs" | "missing">;
  createFirstSigningKey(key: StoredSigningKey & { readonly secretId: string }): Promise<"created" | "exists">;
}
