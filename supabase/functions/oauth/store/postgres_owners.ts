/** Revocation and introspection on Postgres. */
import { z } from "zod";
import type { IntrospectTokenOutcome, OwnerOperations, PresentedToken } from "../deps.ts";
import { ADMISSION_REFUSALS, type Call, details, PROOF, proofOf } from "./database_call.ts";
import { limited, limitedRow } from "./postgres_limits.ts";

const names = z.array(z.string());

const revokeRow = z.object({
  outcome: z.enum([...ADMISSION_REFUSALS, "revoked", "unknown", "client_mismatch"]),
});

const introspectRow = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("active"),
    kind: z.enum(["access_token", "refresh_token"]),
    jti: z.string().nullable().default(null),
    client_id: z.string(),
    person_id: z.string().nullable(),
    resource: z.string(),
    scope: names,
    authorization_details: details,
    issued_at: z.number().int(),
    expires_at: z.number().int(),
  }),
  limitedRow,
  z.object({ outcome: z.enum([...ADMISSION_REFUSALS, "inactive"]) }),
]).transform((row): IntrospectTokenOutcome => {
  if (row.outcome === "limited") return limited(row);
  return row.outcome !== "active" ? row : {
    outcome: row.outcome,
    token: {
      kind: row.kind,
      jti: row.jti,
      clientId: row.client_id,
      personId: row.person_id,
      resource: row.resource,
      scope: row.scope,
      authorizationDetails: row.authorization_details,
      issuedAt: row.issued_at,
      expiresAt: row.expires_at,
    },
  };
});

function presented(token: PresentedToken): readonly unknown[] {
  return token.kind === "access_token" ? [null, token.jti] : [token.tokenHash, null];
}

/** OwnerOperations over Postgres. */
export function postgresOwners(call: Call): OwnerOperations {
  return {
    async revokeToken(client, token) {
      return revokeRow.parse(
        await call(
          `select oauth.revoke_token(p_client => ${PROOF}, p_token_hash => $6::bytea, p_jti => $7::text) as answer`,
          [...proofOf(client), ...presented(token)],
        ),
      );
    },
    async introspectToken(client, token, limit) {
      return introspectRow.parse(
        await call.procedure(
          `call oauth.lease_and_introspect_token(
            p_client => row($1::text, $2::bytea, $3::jsonb, $4::bytea, $5::timestamptz)::oauth.client_proof,
            p_token_hash => $6::bytea, p_jti => $7::text, p_subject => $8::text,
            p_limit => $9::integer`,
          [...proofOf(client), ...presented(token), limit?.subject ?? null, limit?.perHour ?? 0],
        ),
      );
    },
  };
}
