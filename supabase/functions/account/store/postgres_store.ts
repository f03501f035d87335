/**
 * The store on Postgres. Each operation is one pipelined transaction: begin, say whose account it is (or abort when that
 * person may not act), the statement, commit. Statements name no person: row policies and the functions know whose
 * transaction it is, and without one see nothing.
 */
import { z } from "zod";
import { loginRequired } from "../../_shared/http/signed_in.ts";
import { NO_REQUEST } from "../../_shared/request_origin.ts";
import { errorCode, type Sql, type Statement } from "../../_shared/runtime/sql.ts";
import type { AccountStore, HeldByApp, OwnApiKey, OwnEvent } from "../deps.ts";

/** Raised by `oauth.assume_person`. */
const PERSON_IS_INACTIVE = "SK401";

const scopes = z.array(
  z.object({ name: z.string(), description: z.object({ en: z.string(), ja: z.string() }) }),
);

const appRow = z.object({
  client_id: z.string(),
  name: z.string(),
  uri: z.string().nullable(),
  verified: z.boolean(),
  blocked: z.boolean(),
  since: z.date(),
  last_used_at: z.date(),
  access: z.array(
    z.object({ resource: z.string(), scope: z.array(z.string()), resource_scopes: scopes }),
  ),
}).transform((row): HeldByApp => ({
  client: { id: row.client_id, name: row.name, uri: row.uri, verified: row.verified },
  blocked: row.blocked,
  since: row.since,
  lastUsedAt: row.last_used_at,
  access: row.access.map(({ resource, scope, resource_scopes }) => ({
    resource,
    scope,
    resourceScopes: resource_scopes,
  })),
}));

const eventRow = z.object({
  at: z.string(),
  event: z.string(),
  client_id: z.string().nullable(),
  client: z.string().nullable(),
  resource: z.string().nullable(),
  because: z.string().nullable(),
  scope: z.array(z.string()),
  address_prefix: z.string().nullable(),
}).transform((row): OwnEvent => ({
  at: row.at,
  event: row.event,
  clientId: row.client_id,
  clientName: row.client,
  resource: row.resource,
  because: row.because,
  scope: row.scope,
  addressPrefix: row.address_prefix,
}));

const keyRow = z.object({
  id: z.string(),
  name: z.string(),
  resource: z.string(),
  scope: z.array(z.string()),
  created_at: z.date(),
  expires_at: z.date(),
  last_used_at: z.date().nullable(),
}).transform((row): OwnApiKey => ({
  id: row.id,
  name: row.name,
  resource: row.resource,
  scope: row.scope,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
}));

const resourceRow = z.object({ resource: z.string(), name: z.string(), scopes });

const createdRow = z.object({
  answer: z.object({ outcome: z.enum(["created", "resource_unknown", "scope_unknown", "too_many"]) }),
});

/** The store over this database, as a role that reads under policies and executes the account's functions. */
export function createPostgresStore(sql: Pick<Sql, "transaction">, origin = NO_REQUEST): AccountStore {
  const as = async (personId: string, statement: Statement): Promise<object[]> => {
    try {
      return await sql.transaction<object>([
        {
          text: `select oauth.assume_person(
            p_person_id => $1::uuid, p_request_id => $2::text, p_address => $3::text
          )`,
          values: [personId, origin.requestId, origin.address],
        },
        statement,
      ]);
    } catch (error) {
      if (errorCode(error) === PERSON_IS_INACTIVE) throw loginRequired("person_inactive");
      throw error;
    }
  };
  return {
    forRequest: (request) => createPostgresStore(sql, request),
    async listConnectedApps(personId) {
      const rows = await as(personId, {
        text: `select client_id, name, uri, verified, blocked, since, last_used_at, access
          from oauth.connected_apps
          order by last_used_at desc, client_id`,
      });
      return z.array(appRow).parse(rows);
    },
    async disconnectApp(personId, clientId) {
      await as(personId, {
        text: "select oauth.disconnect_app(p_client_id => $1::text)",
        values: [clientId],
      });
    },
    async disconnectEveryApp(personId) {
      await as(personId, { text: "select oauth.disconnect_every_app()" });
    },
    async listApiKeys(personId) {
      const rows = await as(personId, {
        text: `select id, name, resource, scope, created_at, expires_at, last_used_at
          from oauth.api_keys
          where revoked_at is null and expires_at > clock_timestamp()
          order by created_at desc, id`,
      });
      return z.array(keyRow).parse(rows);
    },
    async listResources(personId) {
      const rows = await as(personId, {
        text: `select identifier as resource, name, scopes
          from oauth.resources
          order by is_default desc, identifier`,
      });
      return z.array(resourceRow).parse(rows);
    },
    async createApiKey(personId, { id, keyHash, name, resource, scope, days }) {
      const [row] = await as(personId, {
        text: `select oauth.create_api_key(
          p_id => $1::text, p_key_hash => $2::bytea, p_name => $3::text, p_resource => $4::text, p_scope => $5::text[],
          p_days => $6::integer
        ) as answer`,
        values: [id, keyHash, name, resource, scope, days],
      });
      return createdRow.parse(row).answer;
    },
    async revokeApiKey(personId, id) {
      await as(personId, { text: "select oauth.revoke_api_key(p_id => $1::text)", values: [id] });
    },
    async listActivity(personId, before, most) {
      // An instant alone is where a page ends: its ties come along, and no number of a row is ever told.
      const rows = await as(personId, {
        text:
          `select (extract(epoch from occurred_at) * 1000000)::bigint::text as at, event, client_id, client, resource,
            because, scope, address_prefix
          from oauth.own_activity
          where $1::bigint is null or occurred_at < timestamptz 'epoch' + $1::bigint * interval '1 microsecond'
          order by occurred_at desc
          fetch first ($2::integer) rows with ties`,
        values: [before, most],
      });
      return z.array(eventRow).parse(rows);
    },
  };
}
