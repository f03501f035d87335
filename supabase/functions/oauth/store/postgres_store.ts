/**
 * The store on Postgres: one SQL function per operation, one round trip each, with named arguments and casts. No rule
 * lives here; these files only carry arguments there and outcomes back.
 */
import type { OAuthStore } from "../deps.ts";
import { callsOn, type Database } from "./database_call.ts";
import { postgresClients } from "./postgres_clients.ts";
import { postgresKeys } from "./postgres_keys.ts";
import { postgresLimits } from "./postgres_limits.ts";
import { postgresOwners } from "./postgres_owners.ts";
import { postgresRequests } from "./postgres_requests.ts";
import { postgresTokens } from "./postgres_tokens.ts";
import { NO_REQUEST } from "../../_shared/request_origin.ts";

/** The store over this database, as a role that may execute the functions. */
export function createPostgresStore(sql: Database, origin = NO_REQUEST): OAuthStore {
  const call = callsOn(sql, origin);
  return {
    forRequest: (request) => createPostgresStore(sql, request),
    ...postgresClients(call),
    ...postgresRequests(call),
    ...postgresTokens(call),
    ...postgresOwners(call),
    ...postgresKeys(call),
    ...postgresLimits(call),
  };
}
