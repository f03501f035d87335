/** The real dependencies of the `account` function: Postgres, Supabase Auth, this process's randomness. */
import type { Log } from "../../_shared/http/request_log.ts";
import type { AccountSettings } from "../../_shared/runtime/env.ts";
import type { Sql } from "../../_shared/runtime/sql.ts";
import { createSupabasePeople } from "../../_shared/runtime/supabase_people.ts";
import type { Deps } from "../deps.ts";
import { createPostgresStore } from "./postgres_store.ts";

/** Puts them together. */
export function createDeps(settings: AccountSettings, sql: Sql, log: Log): Deps {
  return {
    settings,
    people: createSupabasePeople(settings.supabaseUrl, settings.publishableKey),
    store: createPostgresStore(sql),
    log,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  };
}
