/**
 * What every attack is played on: the running product on a database of its own, in one process or in two that share it,
 * and the database's clock, which is moved instead of waited for.
 */
import assert from "node:assert/strict";
import pg from "pg";
import {
  freePort,
  onTestDatabase,
  type ProductProcess,
  startProductProcess,
} from "../../../../local/testing/product_process.ts";
import {
  freshDatabase,
  freshDemoDatabase,
  type TestDatabase,
} from "../../../../local/testing/test_database.ts";
import { meetAtLocks } from "../../store_contract_race.ts";

/** How many callers a race has. */
export const CALLERS = 50;

export interface Stage {
  readonly database: TestDatabase;
  /** PUBLIC_URL; where no other one was asked for, the first process listens there. */
  readonly url: string;
  /** Where each process listens. */
  readonly urls: readonly string[];
  readonly products: readonly ProductProcess[];
  rows<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface StageOptions {
  readonly processes?: 1 | 2;
  readonly env?: Readonly<Record<string, string>>;
  /** Appended to the origin: the shape of a bare host. */
  readonly path?: string;
  /** Any other PUBLIC_URL: without demo people, and reached where the processes listen. */
  readonly publicUrl?: string;
  /** Scopes that the resource offers besides those of its tools. Offered, not given by default. */
  readonly extraScopes?: readonly string[];
}

/** Starts the product, runs the attack, ends everything. */
export async function onStage(
  run: (stage: Stage) => Promise<void>,
  options: StageOptions = {},
): Promise<void> {
  const { processes = 1, env = {}, path = "", extraScopes = [] } = options;
  const ports = Array.from({ length: processes }, freePort);
  const origin = `http://localhost:${ports[0]}`;
  const url = options.publicUrl ?? `${origin}${path}`;
  await using database = await (options.publicUrl === undefined ? freshDemoDatabase(url) : freshDatabase());
  await using running = new AsyncDisposableStack();
  const products: ProductProcess[] = [];
  for (const port of ports) {
    const settings = { PORT: String(port), PUBLIC_URL: url, WEB_URL: options.publicUrl ?? origin };
    products.push(
      running.use(await startProductProcess({ ...onTestDatabase(database), ...settings, ...env })),
    );
  }
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  running.defer(() => client.end());
  const rows = async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(sql, [...values])).rows;
  for (const name of extraScopes) {
    const scope = { name, description: { en: name, ja: name }, tools: [] };
    await rows("update oauth.resources set scopes = scopes || $1::jsonb", [JSON.stringify([scope])]);
  }
  const urls = ports.map((port) => `http://localhost:${port}${path}`);
  await run({ database, url, urls, products, rows });
}

/** The same call, fifty times at once, spread over the processes; none could decide before others had begun. */
export function atOnce<Answer>(stage: Stage, call: (url: string) => Promise<Answer>): Promise<Answer[]> {
  const { urls } = stage;
  const calls = Array.from(
    { length: CALLERS },
    (_, index) => () => call(urls[index % urls.length] ?? stage.url),
  );
  return meetAtLocks(stage.database.url, calls);
}

/** The same call, so many times, a few at a time, spread over the processes. */
export async function flood(
  stage: Stage,
  times: number,
  ask: (url: string, index: number) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < times; index = next++) {
      answers.push(await ask(stage.urls[index % stage.urls.length] ?? stage.url, index));
    }
  };
  await Promise.all(Array.from({ length: 10 }, work));
  return answers;
}

/** How many answers there are of each status. */
export function counts(answers: readonly { status: number }[]): Record<number, number> {
  const counted: Record<number, number> = {};
  for (const { status } of answers) counted[status] = (counted[status] ?? 0) + 1;
  return counted;
}

/** What a raw request was answered with: the status and, of a refusal, its code. */
export interface Answer {
  readonly status: number;
  readonly error: string | undefined;
  readonly headers: Headers;
  readonly text: string;
}

/** Every 429 says when to come back: within the hour. */
export function assertRetryAfter(answers: readonly Answer[]): void {
  for (const { status, headers, error } of answers) {
    if (status !== 429) continue;
    assert.equal(error, "too_many_requests");
    const seconds = Number(headers.get("Retry-After"));
    assert.ok(seconds >= 3000 && seconds <= 3660, String(seconds));
  }
}

/** Sends anything, follows nothing. */
export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: "manual", ...init });
  const text = await response.text();
  let error: string | undefined;
  try {
    error = JSON.parse(text)?.error;
  } catch {
    error = undefined;
  }
  return { status: response.status, error, headers: response.headers, text };
}

/** Sends JSON. */
export function sendJson(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return send(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** Requires this status and this code, and says whose answer it is. */
export function assertAnswer(
  answer: { status: number; error?: string | undefined; body?: object },
  status: number,
  error: string | undefined,
  what = "",
): void {
  const code = answer.body !== undefined && "error" in answer.body ? answer.body.error : answer.error;
  const got = { status: answer.status, error: code };
  assert.deepEqual(got, { status, error }, `${what} ${JSON.stringify(got)}`);
}
