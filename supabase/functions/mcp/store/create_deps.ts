/** The real dependencies of the `mcp` function: Postgres, this process's clock and randomness. */
import type { Log } from "../../_shared/http/request_log.ts";
import { publicUrls } from "../../_shared/public_urls.ts";
import type { McpSettings } from "../../_shared/runtime/env.ts";
import type { Sql } from "../../_shared/runtime/sql.ts";
import type { Deps } from "../deps.ts";
import { cacheStore } from "./cached_store.ts";
import { createPostgresStore } from "./postgres_store.ts";

/** Puts them together. */
export function createDeps(settings: McpSettings, sql: Sql, log: Log): Deps {
  const now = () => new Date();
  return {
    urls: publicUrls(settings.publicUrl),
    allowedOrigins: settings.allowedOrigins,
    store: cacheStore(createPostgresStore(sql), now),
    log,
    now,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  };
}
