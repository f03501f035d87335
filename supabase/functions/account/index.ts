/** The `account` function: puts the real world behind the app. Connects to nothing until the first request. */
import { readAccountSettings } from "../_shared/runtime/env.ts";
import { consoleLog } from "../_shared/runtime/log.ts";
import { connectSql } from "../_shared/runtime/sql.ts";
import { createApp } from "./app.ts";
import { createDeps } from "./store/create_deps.ts";

const settings = readAccountSettings(Deno.env.toObject());
const sql = connectSql(settings.databaseUrl, "sekisho account");

export default { fetch: createApp(createDeps(settings, sql, consoleLog("account"))).fetch };
