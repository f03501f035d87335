/**
 * The `oauth` function on Postgres, behind a line that loses the answer it is told to lose; and the requests of one flow,
 * each to be sent once or again.
 */
import assert from "node:assert/strict";
import { freshDemoDatabase, TEST_SECRET } from "../../../local/testing/test_database.ts";
import { readOAuthSettings } from "../../_shared/runtime/env.ts";
import { connectSql } from "../../_shared/runtime/sql.ts";
import { createApp } from "../../oauth/app.ts";
import { SELF_REGISTERED_GRANTS } from "../../oauth/grants/index.ts";
import { createDeps } from "../../oauth/store/create_deps.ts";
import { authorizeParameters, REDIRECT_URI } from "./http_flow.ts";
import { startLosingRelay } from "./losing_relay.ts";

export const PUBLIC_URL = "http://localhost";
const VERIFIER = "v".repeat(43);
const DEMO_PERSON = { id: "00000000-0000-4000-8000-000000000001", email: null, name: null };

type Sent = readonly [path: string, init?: RequestInit];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, string>;
}

export interface LostAnswerStage {
  ask(sent: Sent): Promise<Answer>;
  /** The same request while the answer of this SQL function is lost: it must be refused with 503 and `Retry-After`. */
  askAndLose(sqlFunction: string, sent: Sent): Promise<Answer>;
  /** Everything up to a new code of this client. */
  newCode(clientId: string): Promise<string>;
  rows<Row extends object>(text: string): Promise<Row[]>;
}

export async function onLostAnswerStage(
  run: (stage: LostAnswerStage) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  await using database = await freshDemoDatabase(PUBLIC_URL);
  await using relay = startLosingRelay(database.oauthUrl);
  const settings = readOAuthSettings({
    PUBLIC_URL,
    SUPABASE_URL: PUBLIC_URL,
    SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_x"}',
    SEKISHO_SECRET: TEST_SECRET,
    SEKISHO_OAUTH_DATABASE_URL: relay.through(database.oauthUrl),
    ...env,
  });
  const sql = connectSql(settings.databaseUrl, "sekisho test");
  const owner = connectSql(database.url, "sekisho test");
  const app = createApp({
    ...createDeps(settings, sql, { write() {} }, SELF_REGISTERED_GRANTS),
    people: { findPerson: () => Promise.resolve({ outcome: "found", person: DEMO_PERSON }) },
  });
  const ask = async ([path, init = {}]: Sent): Promise<Answer> => {
    const response = await app.request(path, init);
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: text.startsWith("{") ? JSON.parse(text) : {} };
  };
  try {
    await run({
      ask,
      async askAndLose(sqlFunction, sent) {
        // Without the schema: a procedure may stand before the function, whose name ends its own.
        const lost = relay.loseAnswerTo(`${sqlFunction}(`);
        const answer = await ask(sent);
        assert.equal(answer.status, 503, sqlFunction);
        assert.match(answer.headers.get("Retry-After") ?? "", /^\d+$/, sqlFunction);
        await lost;
        return answer;
      },
      async newCode(clientId) {
        const begun = begunRequest(await ask(await authorize(clientId)));
        const decided = await ask(decide(begun.id));
        return codeOf(await ask(carryOn(decided.body["continue_to"], begun.cookie)));
      },
      rows: (text) => owner.query({ text }),
    });
  } finally {
    await sql.close();
    await owner.close();
  }
}

export function register(metadata: Record<string, unknown> = {}): Sent {
  const body = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: "none", ...metadata };
  return ["/oauth/register", json(body)];
}

export async function authorize(clientId: string): Promise<Sent> {
  const parameters = await authorizeParameters({ client_id: clientId }, VERIFIER);
  return [`/oauth/authorize?${new URLSearchParams(parameters)}`];
}

export function decide(id: string): Sent {
  return [`/oauth/interaction/${id}`, json({ decision: "approve", scopes: ["product:read"] })];
}

export function carryOn(continueTo: string | undefined, cookie: string): Sent {
  return [new URL(continueTo ?? "").pathname, { headers: { Cookie: cookie } }];
}

/** @param proof What else the client says of itself: an assertion. */
export function redeem(clientId: string, code: string, proof: Record<string, string> = {}): Sent {
  const grant = { grant_type: "authorization_code", code, code_verifier: VERIFIER };
  return form("/oauth/token", { client_id: clientId, ...grant, ...proof });
}

/** @param proof As of `redeem`. */
export function refresh(
  clientId: string,
  refreshToken: string | undefined,
  proof: Record<string, string> = {},
): Sent {
  const grant = { grant_type: "refresh_token", refresh_token: refreshToken ?? "" };
  return form("/oauth/token", { client_id: clientId, ...grant, ...proof });
}

export function revoke(clientId: string, refreshToken: string | undefined): Sent {
  return form("/oauth/revoke", { client_id: clientId, token: refreshToken ?? "" });
}

/** Where the browser was sent: the request's id, and the cookie it is bound to. */
export function begunRequest({ status, headers }: Answer): { id: string; cookie: string } {
  assert.equal(status, 303);
  const id = new URL(headers.get("Location") ?? "").searchParams.get("request") ?? "";
  return { id, cookie: headers.get("Set-Cookie")?.split(";")[0] ?? "" };
}

export function codeOf({ status, headers }: Answer): string {
  assert.equal(status, 303);
  return new URL(headers.get("Location") ?? "").searchParams.get("code") ?? "";
}

function json(body: unknown): RequestInit {
  const headers = { "Content-Type": "application/json", Authorization: "Bearer a.session" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

function form(path: string, body: Record<string, string>): Sent {
  return [path, { method: "POST", body: new URLSearchParams(body) }];
}
