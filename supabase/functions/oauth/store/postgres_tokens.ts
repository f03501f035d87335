/** The grants on Postgres: each exchange is one function. */
import { z } from "zod";
import type {
  IssueServiceTokenOutcome,
  RedeemAuthorizationCodeOutcome,
  RotateRefreshTokenOutcome,
  TokenOperations,
} from "../deps.ts";
import { ADMISSION_REFUSALS, type Call, details, PROOF, proofOf } from "./database_call.ts";
import { limited, limitedRow } from "./postgres_limits.ts";

const names = z.array(z.string());

const issuedRow = z.object({
  person_id: z.string(),
  resource: z.string(),
  scope: names,
  authorization_details: details,
  issued_at: z.number().int(),
  kid: z.string(),
});

const issued = (row: Omit<z.infer<typeof issuedRow>, "person_id"> & { person_id: string | null }) => ({
  personId: row.person_id,
  resource: row.resource,
  scope: row.scope,
  authorizationDetails: row.authorization_details,
  issuedAt: row.issued_at,
  kid: row.kid,
});

const redeemRow = z.discriminatedUnion("outcome", [
  issuedRow.extend({ outcome: z.literal("redeemed"), refreshable: z.boolean() }),
  z.object({
    outcome: z.enum([
      ...ADMISSION_REFUSALS,
      "not_found",
      "client_mismatch",
      "redirect_uri_mismatch",
      "verifier_mismatch",
      "expired",
      "resource_mismatch",
      "person_inactive",
      "replayed",
      "replayed_and_revoked",
    ]),
  }),
]).transform((row): RedeemAuthorizationCodeOutcome =>
  row.outcome === "redeemed"
    ? { outcome: row.outcome, issued: issued(row), refreshable: row.refreshable }
    : row
);

const rotateRow = z.discriminatedUnion("outcome", [
  issuedRow.extend({ outcome: z.literal("rotated") }),
  issuedRow.extend({ outcome: z.literal("replayed"), sealed_successor: z.string() }),
  limitedRow,
  z.object({
    outcome: z.enum([
      ...ADMISSION_REFUSALS,
      "not_found",
      "client_mismatch",
      "key_required",
      "revoked",
      "person_inactive",
      "expired",
      "resource_mismatch",
      "scope_exceeded",
      "replays_exhausted",
      "reused",
    ]),
  }),
]).transform((row): RotateRefreshTokenOutcome => {
  if (row.outcome === "rotated") return { outcome: row.outcome, issued: issued(row) };
  if (row.outcome === "replayed") {
    return { outcome: row.outcome, issued: issued(row), sealedSuccessor: row.sealed_successor };
  }
  return row.outcome === "limited" ? limited(row) : row;
});

const issueServiceRow = z.discriminatedUnion("outcome", [
  issuedRow.omit({ person_id: true }).extend({ outcome: z.literal("issued") }),
  limitedRow,
  z.object({ outcome: z.enum([...ADMISSION_REFUSALS, "resource_unknown", "scope_exceeded"]) }),
]).transform((row): IssueServiceTokenOutcome => {
  if (row.outcome === "issued") return { outcome: row.outcome, issued: issued({ ...row, person_id: null }) };
  return row.outcome === "limited" ? limited(row) : row;
});

/** TokenOperations over Postgres. */
export function postgresTokens(call: Call): TokenOperations {
  return {
    async redeemAuthorizationCode(redemption) {
      return redeemRow.parse(
        await call(
          `select oauth.redeem_authorization_code(
            p_client => ${PROOF}, p_code_hash => $6::bytea, p_redirect_uri => $7::text, p_code_challenge => $8::text,
            p_resource => $9::text, p_replay_seconds => $10::integer, p_jti => $11::text,
            p_access_token_seconds => $12::integer, p_refresh_token_hash => $13::bytea,
            p_refresh_token_seconds => $14::integer
          ) as answer`,
          [
            ...proofOf(redemption.client),
            redemption.codeHash,
            redemption.redirectUri,
            redemption.codeChallenge,
            redemption.resource,
            redemption.replaySeconds,
            redemption.jti,
            redemption.accessTokenSeconds,
            redemption.refreshTokenHash,
            redemption.refreshTokenSeconds,
          ],
        ),
      );
    },
    async rotateRefreshToken(rotation) {
      return rotateRow.parse(
        await call.procedure(
          `call oauth.lease_and_rotate_refresh_token(
            p_client => row($1::text, $2::bytea, $3::jsonb, $4::bytea, $5::timestamptz)::oauth.client_proof,
            p_token_hash => $6::bytea, p_resource => $7::text, p_scope => $8::text[],
            p_successor_hash => $9::bytea, p_sealed_successor => $10::text, p_refresh_token_seconds => $11::integer,
            p_replay_seconds => $12::integer, p_jti => $13::text, p_access_token_seconds => $14::integer,
            p_limit => $15::integer`,
          [
            ...proofOf(rotation.client),
            rotation.tokenHash,
            rotation.resource,
            rotation.scope,
            rotation.successorHash,
            rotation.sealedSuccessor,
            rotation.refreshTokenSeconds,
            rotation.replaySeconds,
            rotation.jti,
            rotation.accessTokenSeconds,
            rotation.perHour,
          ],
        ),
      );
    },
    async issueServiceToken(request) {
      return issueServiceRow.parse(
        await call.procedure(
          `call oauth.lease_and_issue_service_token(
            p_client => row($1::text, $2::bytea, $3::jsonb, $4::bytea, $5::timestamptz)::oauth.client_proof,
            p_resource => $6::text, p_scope => $7::text[], p_jti => $8::text,
            p_access_token_seconds => $9::integer, p_limit => $10::integer`,
          [
            ...proofOf(request.client),
            request.resource,
            request.scope,
            request.jti,
            request.accessTokenSeconds,
            request.perHour,
          ],
        ),
      );
    },
  };
}
