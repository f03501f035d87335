/** Revocation and introspection on Postgres. */
import { z } from "zod";
import type { IntrospectTokenOutcome, OwnerOperations, PresentedToken } from "../deps.ts";
import { ADMISSION_REFUSALS, type Call, details, PROOF, proofOf } from "./database_call.ts";

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
  z.object({ outcome: z.enum([...ADMISSION_REFUSALS, "inactive"]) }),
]).transform((row): IntrospectTokenOutcome =>
  row.outcome !== "active" ? row : {
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
  }
);

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
    async introspectToken(client, token) {
      return introspectRow.parse(
        await call(
          `select oauth.introspect_token(p_client => ${PROOF}, p_token_hash => $6::bytea, p_jti => $7::text) as answer`,
          [...proofOf(client), ...presented(token)],
        ),
      );
    },
  };
}
