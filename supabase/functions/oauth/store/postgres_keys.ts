/** Signing keys on Postgres. */
import type { JWK } from "jose";
import { z } from "zod";
import type { KeyOperations, StoredSigningKey } from "../deps.ts";
import type { Call } from "./database_call.ts";

const signingKeyRow = z.object({
  kid: z.string(),
  public_jwk: z.custom<JWK>((value) => typeof value === "object" && value !== null && "kty" in value),
  sealed_private_key: z.string(),
}).transform((row): StoredSigningKey => ({
  kid: row.kid,
  publicJwk: row.public_jwk,
  sealedPrivateKey: row.sealed_private_key,
}));

/** KeyOperations over Postgres. */
export function postgresKeys(call: Call): KeyOperations {
  return {
    async listSigningKeys() {
      return z.array(signingKeyRow).parse(await call("select oauth.list_signing_keys() as answer", []));
    },
    async checkSecrets(checks) {
      return z.object({ outcome: z.enum(["fits", "differs", "missing"]) }).parse(
        await call(
          "select oauth.check_secrets(p_secret_ids => $1::text[], p_check_values => $2::bytea[]) as answer",
          [checks.map((check) => check.id), checks.map((check) => check.value)],
        ),
      ).outcome;
    },
    async createFirstSigningKey(key) {
      return z.object({ outcome: z.enum(["created", "exists"]) }).parse(
        await call(
          `select oauth.create_first_signing_key(
            p_kid => $1::text, p_public_jwk => $2::jsonb, p_sealed_private_key => $3::text, p_secret_id => $4::text
          ) as answer`,
          [key.kid, JSON.stringify(key.publicJwk), key.sealedPrivateKey, key.secretId],
        ),
      ).outcome;
    },
  };
}
