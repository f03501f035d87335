/**
 * One line per refused request: route, status, code, private reason and request id. Never a path with an id in it,
 * never a query, a header or a body.
 */
import type { OAuthError } from "../oauth_error.ts";

/** Where log lines go; `runtime/log.ts` is the real one. */
export interface Log {
  write(level: "info" | "warn" | "error", event: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Which request: `route` is the pattern, not the path, because a path may hold a request id or a continue secret. */
export interface LoggedRequest {
  readonly id: string;
  readonly method: string;
  readonly route: string;
}

/**
 * Writes the line of a refusal. An unforeseen one is an error and carries its cause.
 *
 * @param status What was answered: a page or a redirect has another status than the error's code.
 */
export function logRefusal(log: Log, request: LoggedRequest, error: OAuthError, status: number): void {
  const unforeseen = error.status >= 500;
  log.write(unforeseen ? "error" : "info", "request refused", {
    ...request,
    status,
    code: error.code,
    reason: error.reason,
    ...(unforeseen && error.cause instanceof Error ? { cause: describeCause(error.cause) } : {}),
  });
}

/** Name, SQLSTATE and stack of what nobody foresaw; messages of databases can quote values, so they stay out. */
function describeCause(cause: Error): Record<string, unknown> {
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  const frames = (cause.stack ?? "").split("\n").filter((line) => line.trimStart().startsWith("at ")).slice(
    0,
    8,
  );
  return { name: cause.name, code, frames };
}
