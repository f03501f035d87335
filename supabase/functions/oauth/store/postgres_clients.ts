/** Clients on Postgres: `oauth.find_client` and what records one. */
import { z } from "zod";
import type { Client, ClientOperations, CreateClientOutcome } from "../deps.ts";
import { type Call, jsonOf } from "./database_call.ts";
import { limited, limitedRow } from "./postgres_limits.ts";

const base64 = z.string().transform((text) =>
  Uint8Array.from(atob(text.replaceAll("\n", "")), (c) => c.charCodeAt(0))
);

const names = z.array(z.string());

/** Public keys as `parseClientKeys` left them. */
const jwks = z.array(z.looseObject({ kty: z.string() }));

const clientRow = z.object({
  id: z.string(),
  verified: z.boolean(),
  name: z.string(),
  uri: z.string().nullable(),
  token_endpoint_auth_method: z.enum([
    "none",
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
  ]),
  secret_hash: base64.nullable(),
  keys: z.object({
    list: jwks,
    uri: z.string().nullable(),
    is_fresh: z.boolean(),
    is_usable: z.boolean(),
    may_be_asked_for: z.boolean(),
  }).nullable(),
  redirect_uris: names,
  grant_types: names,
  document: z.object({ is_fresh: z.boolean(), is_usable: z.boolean() }).nullable(),
}).transform((row): Client => ({
  id: row.id,
  verified: row.verified,
  name: row.name,
  uri: row.uri,
  tokenEndpointAuthMethod: row.token_endpoint_auth_method,
  secretHash: row.secret_hash,
  keys: row.keys === null ? null : {
    list: row.keys.list,
    uri: row.keys.uri,
    isFresh: row.keys.is_fresh,
    isUsable: row.keys.is_usable,
    mayBeAskedFor: row.keys.may_be_asked_for,
  },
  redirectUris: row.redirect_uris,
  grantTypes: row.grant_types,
  document: row.document === null
    ? null
    : { isFresh: row.document.is_fresh, isUsable: row.document.is_usable },
}));

const createClientRow = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("created"), created_at: z.number().int() }),
  limitedRow,
  z.object({ outcome: z.enum(["token_unknown", "token_revoked", "token_expired", "token_used_up"]) }),
]).transform((row): CreateClientOutcome => {
  if (row.outcome === "created") return { outcome: row.outcome, createdAt: row.created_at };
  return row.outcome === "limited" ? limited(row) : row;
});

/** ClientOperations over Postgres. */
export function postgresClients(call: Call): ClientOperations {
  return {
    async findClient(id) {
      return clientRow.nullable().parse(
        await call("select oauth.find_client(p_id => $1::text) as answer", [id]),
      );
    },
    async createClient(client, registrationTokenHash, limit) {
      return createClientRow.parse(
        await call(
          `select oauth.create_client(
            p_id => $1::text, p_name => $2::text, p_uri => $3::text, p_application_type => $4::text,
            p_token_endpoint_auth_method => $5::text, p_secret_hash => $6::bytea, p_jwks => $7::jsonb,
            p_jwks_uri => $8::text, p_redirect_uris => $9::text[], p_grant_types => $10::text[],
            p_response_types => $11::text[], p_scope => $12::text, p_registration_token_hash => $13::bytea,
            p_address => $14::text, p_limit => $15::integer
          ) as answer`,
          [
            client.id,
            client.name,
            client.uri,
            client.applicationType,
            client.tokenEndpointAuthMethod,
            client.secretHash,
            jsonOf(client.jwks),
            client.jwksUri,
            client.redirectUris,
            client.grantTypes,
            client.responseTypes,
            client.scope,
            registrationTokenHash,
            limit?.address ?? null,
            limit?.perHour ?? 0,
          ],
        ),
      );
    },
    async recordClientDocument(document) {
      return z.object({ outcome: z.enum(["created", "unchanged", "drifted"]) }).parse(
        await call(
          `select oauth.record_client_document(
            p_id => $1::text, p_name => $2::text, p_token_endpoint_auth_method => $3::text, p_jwks => $4::jsonb,
            p_jwks_uri => $5::text, p_redirect_uris => $6::text[], p_grant_types => $7::text[],
            p_fresh_seconds => $8::integer
          ) as answer`,
          [
            document.id,
            document.name,
            document.tokenEndpointAuthMethod,
            jsonOf(document.jwks),
            document.jwksUri,
            document.redirectUris,
            document.grantTypes,
            document.freshSeconds,
          ],
        ),
      ).outcome;
    },
    async recordClientKeys(keys) {
      return z.object({ outcome: z.enum(["recorded", "client_changed"]) }).parse(
        await call(
          `select oauth.record_client_keys(
            p_id => $1::text, p_jwks_uri => $2::text, p_jwks => $3::jsonb, p_fresh_seconds => $4::integer
          ) as answer`,
          [keys.id, keys.jwksUri, jsonOf(keys.jwks), keys.freshSeconds],
        ),
      ).outcome;
    },
    async recordUnreadClientKeys({ id, jwksUri }) {
      await call(
        "select oauth.record_unread_client_keys(p_id => $1::text, p_jwks_uri => $2::text) as answer",
        [id, jwksUri],
      );
    },
    async recordRefusal(clientId, reason) {
      await call(
        "select oauth.record_refusal(p_client_id => $1::text, p_reason => $2::text) as answer",
        [clientId, reason],
      );
    },
  };
}
