/** Signing keys on Postgres. */
import type { JWK } from "jose";
import { z } from "zod";
import type { KeyOperations, SigningKeys } from "../deps.ts";
import type { Call } from "./database_call.ts";

const signingKeys = z.object({
  keys: z.array(z.object({
    kid: z.string(),
    public_jwk: z.custom<JWK>((value) => typeof value === "object" && value !== null && "kty" in value),
    sealed_private_key: z.string().nullable(),
  })),
  missing: z.enum(["active", "next"]).nullable(),
}).transform(({ keys, missing }): SigningKeys => ({
  keys: keys.map((row) => ({
    kid: row.kid,
    publicJwk: row.public_jwk,
    sealedPrivateKey: row.sealed_private_key,
  })),
  missing,
}));

/** KeyOperations over Postgres. */
export function postgresKeys(call: Call): KeyOperations {
  return {
    async listSigningKeys() {
      return signingKeys.parse(await call("select oauth.list_signing_keys() as answer", []));
    },
    async checkSecrets(checks) {
      return z.object({ outcome: z.enum(["fits", "differs", "missing"]) }).parse(
        await call(
          "select oauth.check_secrets(p_secret_ids => $1::text[], p_check_values => $2::bytea[]) as answer",
          [checks.map((check) => check.id), checks.map((check) => check.value)],
        ),
      ).outcome;
    },
    async createSigningKey(key) {
      return z.object({ outcome: z.enum(["created", "exists"]) }).parse(
        await call(
          `select oauth.create_signing_key(
            p_kid => $1::text, p_public_jwk => $2::jsonb, p_sealed_private_key => $3::text, p_secret_id => $4::text,
            p_days => $5::integer
          ) as answer`,
          [key.kid, JSON.stringify(key.publicJwk), key.sealedPrivateKey, key.secretId, key.days],
        ),
      ).outcome;
    },
  };
}
