/**
 * The store on Postgres. Each operation is one pipelined transaction: begin, say whose account it is (or abort when that
 * person may not act), the statement, commit. Statements name no person: row policies and the functions know whose
 * transaction it is, and without one see nothing.
 */
import { z } from "zod";
import { loginRequired } from "../../_shared/http/signed_in.ts";
import { NO_REQUEST } from "../../_shared/request_origin.ts";
import { errorCode, type Sql, type Statement } from "../../_shared/runtime/sql.ts";
import type { AccountStore, HeldByApp, OwnEvent } from "../deps.ts";

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
