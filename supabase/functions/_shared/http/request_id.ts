/**
 * The id of a request: in every answer and every log line. Never one that the caller chose: it would be echoed, and could
 * be another request's.
 */
import type { MiddlewareHandler } from "hono";
import { toBase64Url } from "../encoding.ts";

/** What `new Hono` must be told for `context.get("requestId")` to be known. */
export type WithRequestId = { Variables: { requestId: string } };

const ID_BYTES = 12;

/** Names each request; handlers read it as `context.get("requestId")`. */
export function requestId(random: (length: number) => Uint8Array): MiddlewareHandler<WithRequestId> {
  return async (context, next) => {
    const id = toBase64Url(random(ID_BYTES));
    context.set("requestId", id);
    await next();
    // Afterwards: the answers are whole, a header prepared before would be lost.
    context.header("X-Request-Id", id);
  };
}
