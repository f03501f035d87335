/** The `oauth` function: puts the real world behind the app. Connects to nothing until the first request. */
import { createApp } from "./app.ts";
import { readOAuthSettings } from "../_shared/runtime/env.ts";
import { consoleLog } from "../_shared/runtime/log.ts";
import { connectSql } from "../_shared/runtime/sql.ts";
import { createDeps } from "./store/create_deps.ts";

const settings = readOAuthSettings(Deno.env.toObject());
const sql = connectSql(settings.databaseUrl, "sekisho oauth");

export default { fetch: createApp(createDeps(settings, sql, consoleLog("oauth"))).fetch };
