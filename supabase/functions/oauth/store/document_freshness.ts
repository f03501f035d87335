/** How long a fetched document may be used without asking again: HTTP caching (RFC 9111 §4.2.1), clamped. */

const LEAST_SECONDS = 60;
const MOST_SECONDS = 86_400;
const DEFAULT_SECONDS = 3600;

/**
 * Seconds for which an answer with these headers is fresh. `no-store` and `no-cache` mean the least: a document is kept
 * for the flow that it began, whatever it wishes.
 */
export function freshSeconds(headers: Headers): number {
  const directives = (headers.get("Cache-Control") ?? "").toLowerCase().split(",").map((part) => part.trim());
  if (directives.some((directive) => directive === "no-store" || directive.startsWith("no-cache"))) {
    return LEAST_SECONDS;
  }
  const [maxAge] = directives.flatMap((directive) => /^max-age="?(\d{1,9})"?$/.exec(directive)?.[1] ?? []);
  if (maxAge === undefined) return DEFAULT_SECONDS;
  const age = /^\d{1,9}$/.test(headers.get("Age") ?? "") ? Number(headers.get("Age")) : 0;
  return Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, Number(maxAge) - age));
}
