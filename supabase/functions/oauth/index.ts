/** The `oauth` function: puts the real world behind the app. Connects to nothing until the first request. */
import { createApp } from "./app.ts";
import { SELF_REGISTERED_GRANTS } from "./grants/index.ts";
import { readOAuthSettings } from "../_shared/runtime/env.ts";
import { consoleLog } from "../_shared/runtime/log.ts";
import { connectSql } from "../_shared/runtime/sql.ts";
import { createDeps } from "./store/create_deps.ts";

const settings = readOAuthSettings(Deno.env.toObject());
const sql = connectSql(settings.databaseUrl, "sekisho oauth");

const deps = createDeps(settings, sql, consoleLog("oauth"), SELF_REGISTERED_GRANTS);

export default { fetch: createApp(deps).fetch };
