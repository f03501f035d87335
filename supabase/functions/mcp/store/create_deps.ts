/** The real dependencies of the `mcp` function: Postgres, this process's clock and randomness. */
import type { Log } from "../../_shared/http/request_log.ts";
import { publicUrls } from "../../_shared/public_urls.ts";
import type { McpSettings } from "../../_shared/runtime/env.ts";
import type { Sql } from "../../_shared/runtime/sql.ts";
import type { CallLeases, Deps, McpStore } from "../deps.ts";
import { createCallLeases } from "./call_leases.ts";
import { createPostgresStore } from "./postgres_store.ts";

/** Puts them together. */
export function createDeps(settings: McpSettings, sql: Sql, log: Log): Deps {
  const now = () => new Date();
  const store = createPostgresStore(sql);
  const leases = createCallLeases(store, now, settings.callsPerHour);
  return {
    urls: publicUrls(settings.publicUrl),
    allowedOrigins: settings.allowedOrigins,
    store: forgetFailures(store, leases),
    leases,
    apiKeyInQuery: settings.apiKeyInQuery,
    log,
    now,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  };
}

/** Whatever went wrong with a query, the token is asked about again next time: it may have been the token. */
function forgetFailures(store: McpStore, leases: CallLeases): McpStore {
  return {
    ...store,
    async queryAsPerson(access, text, values) {
      try {
        return await store.queryAsPerson(access, text, values);
      } catch (error) {
        leases.forget(access.credential);
        throw error;
      }
    },
  };
}
