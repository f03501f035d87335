/**
 * The log: one JSON object per line on stderr, which hosted Supabase collects. Callers pass fields that hold no
 * secret; this file adds nothing of the request.
 */
import type { Log } from "../http/request_log.ts";

/** The log of a process. `source` tells the functions apart where they share one. */
export function consoleLog(source: string): Log {
  return {
    write(level, event, fields) {
      const line = JSON.stringify({ at: new Date().toISOString(), level, source, event, ...fields });
      // deno-lint-ignore no-console
      console.error(line);
    },
  };
}
