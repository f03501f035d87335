/** What every answer keeps to, and every refusal: the exact words, the private reason, nothing of the input. */
import assert from "node:assert/strict";
import type { TestServer } from "./test_server.ts";

/** Put into whatever is sent; may come back nowhere. */
export const CANARY = "canary-7f3a9c";

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly description: string;
  /** Only in the log. */
  readonly reason: string;
}

/** The refusal as JSON, logged once with its reason. */
export async function assertRefused(
  server: TestServer,
  response: Response,
  expected: Refusal,
): Promise<void> {
  const text = await response.text();
  assertReason(server, expected.reason);
  assert.deepEqual(JSON.parse(text), {
    error: expected.code,
    error_description: expected.description,
  });
  assert.equal(response.status, expected.status);
  assert.equal(response.headers.get("Content-Type"), "application/json");
  assertSafeHeaders(response);
  assertNoCanary(response, text);
  assertLogHoldsNoCanary(server);
}

/** The refusal as a page of ours: no Location, no script, the title of the right page. */
export async function assertRefusedByPage(
  server: TestServer,
  response: Response,
  expected: {
    readonly status: number;
    readonly title: string;
    readonly reason: string;
  },
): Promise<string> {
  const text = await response.text();
  assertReason(server, expected.reason);
  assert.equal(response.status, expected.status);
  assert.equal(response.headers.get("Location"), null);
  assert.ok(text.includes(`<h1>${expected.title}</h1>`), text);
  assert.ok(!/<script|onerror|javascript:/i.test(text));
  assertSafeHeaders(response);
  assertNoCanary(response, text);
  assertLogHoldsNoCanary(server);
  return text;
}

/** The last line of the log is this refusal. */
export function assertReason({ deps }: TestServer, reason: string): void {
  assert.equal(deps.logged.at(-1)?.fields["reason"], reason);
}

/** Never stored, sniffed, framed or referred. */
export function assertSafeHeaders({ headers }: Response): void {
  assert.equal(headers.get("Cache-Control"), "no-store");
  assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
  assert.equal(headers.get("X-Frame-Options"), "DENY");
  assert.equal(headers.get("Referrer-Policy"), "no-referrer");
  assert.match(
    headers.get("Content-Security-Policy") ?? "",
    /default-src 'none'.*frame-ancestors 'none'/,
  );
}

export function assertNoCanary({ headers }: Response, text: string): void {
  assert.ok(!text.includes(CANARY), text);
  for (const [name, value] of headers) {
    assert.ok(!value.includes(CANARY), `${name}: ${value}`);
  }
}

export function assertLogHoldsNoCanary({ deps }: TestServer): void {
  assert.ok(
    !JSON.stringify(deps.logged).includes(CANARY),
    JSON.stringify(deps.logged),
  );
}
