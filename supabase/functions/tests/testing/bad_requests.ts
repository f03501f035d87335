/** Requests that every endpoint must refuse, with the answer that each must get. */
import type { RegisteredClient } from "./http_flow.ts";

/** In every parameter, header and body below: must come back nowhere. */
export const CANARY = "canary-7f3a";

export interface Case {
  readonly what: string;
  readonly path: string;
  readonly init?: RequestInit;
  readonly status: number;
  readonly error?: string;
}

const form = (parameters: Record<string, string>): RequestInit => ({
  method: "POST",
  body: new URLSearchParams(parameters),
});
const post = (type: string, body: BodyInit): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": type },
  body,
});
const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";
const basic = (text: string) => ({ Authorization: `Basic ${btoa(text)}` });

const registration = (metadata: unknown): RequestInit => post(JSON_TYPE, JSON.stringify(metadata));

/** The requests, for a public client and a Supabase session that both exist. */
export function badRequests(client: RegisteredClient, session: string): Case[] {
  const id = client.client_id;
  const token = (parameters: Record<string, string>) => form({ client_id: id, ...parameters });
  const bearer = { Authorization: `Bearer ${session}` };
  const decision = (body: string): RequestInit => ({
    ...post(JSON_TYPE, body),
    headers: { ...bearer, "Content-Type": JSON_TYPE },
  });
  // deno-fmt-ignore
  return [
    { what: "token: no body", path: "/oauth/token", init: post(FORM, ""), status: 401, error: "invalid_client" },
    { what: "token: JSON", path: "/oauth/token", init: post(JSON_TYPE, "{}"), status: 415, error: "unsupported_media_type" },
    { what: "token: multipart", path: "/oauth/token", init: { method: "POST", body: new FormData() }, status: 415 },
    { what: "token: two content types", path: "/oauth/token", init: post(`${JSON_TYPE}, ${FORM}`, "a=b"), status: 415 },
    { what: "token: another charset", path: "/oauth/token", init: post(`${FORM}; charset=utf-16`, "a=b"), status: 415 },
    { what: "token: no UTF-8", path: "/oauth/token", init: post(FORM, new Uint8Array([0x61, 0x3d, 0xff])), status: 400 },
    { what: "token: too large", path: "/oauth/token", init: post(FORM, `a=${"x".repeat(40_000)}`), status: 413 },
    { what: "token: in the query", path: `/oauth/token?code=${CANARY}`, init: token({}), status: 400, error: "invalid_request" },
    { what: "token: GET", path: "/oauth/token", status: 405 },
    { what: "token: repeated", path: "/oauth/token", init: post(FORM, `client_id=${id}&client_id=${id}`), status: 400, error: "invalid_request" },
    { what: "token: NUL", path: "/oauth/token", init: token({ grant_type: `authorization_code`, code: `${CANARY}\0` }), status: 400 },
    { what: "token: unknown client", path: "/oauth/token", init: form({ client_id: CANARY }), status: 401, error: "invalid_client" },
    { what: "token: unknown client by NUL", path: "/oauth/token", init: { ...form({}), headers: basic("a%00b:c") }, status: 401 },
    { what: "token: no Basic", path: "/oauth/token", init: { ...form({}), headers: { Authorization: `Basic ${CANARY}` } }, status: 401 },
    { what: "token: Bearer", path: "/oauth/token", init: { ...token({}), headers: { Authorization: `Bearer ${CANARY}` } }, status: 401 },
    { what: "token: two ways", path: "/oauth/token", init: { ...form({ client_id: id, client_secret: CANARY }), headers: basic(`${id}:${CANARY}`) }, status: 400 },
    { what: "token: a secret from a public client", path: "/oauth/token", init: token({ client_secret: CANARY }), status: 401 },
    { what: "token: wrong demo secret", path: "/oauth/token", init: { ...form({ grant_type: "authorization_code" }), headers: basic(`simple-mcp-client:${CANARY}`) }, status: 401 },
    { what: "token: no grant type", path: "/oauth/token", init: token({}), status: 400, error: "invalid_request" },
    { what: "token: unknown grant type", path: "/oauth/token", init: token({ grant_type: CANARY }), status: 400, error: "unsupported_grant_type" },
    { what: "token: no code", path: "/oauth/token", init: token({ grant_type: "authorization_code" }), status: 400, error: "invalid_request" },
    { what: "token: unknown code", path: "/oauth/token", init: token({ grant_type: "authorization_code", code: "x".repeat(43), code_verifier: "v".repeat(43) }), status: 400, error: "invalid_grant" },
    { what: "token: malformed code", path: "/oauth/token", init: token({ grant_type: "authorization_code", code: CANARY, code_verifier: "v".repeat(43) }), status: 400, error: "invalid_grant" },
    { what: "token: no verifier", path: "/oauth/token", init: token({ grant_type: "authorization_code", code: "x".repeat(43) }), status: 400, error: "invalid_request" },
    { what: "token: unknown refresh token", path: "/oauth/token", init: token({ grant_type: "refresh_token", refresh_token: "x".repeat(43) }), status: 400, error: "invalid_grant" },
    { what: "token: scope of 50k", path: "/oauth/token", init: token({ grant_type: "refresh_token", refresh_token: "x", scope: "a ".repeat(10_000) }), status: 400, error: "invalid_scope" },
    { what: "token by alias", path: "/token", init: token({ grant_type: CANARY }), status: 400, error: "unsupported_grant_type" },
    { what: "token under functions", path: "/functions/v1/oauth/token", init: token({ grant_type: CANARY }), status: 400, error: "unsupported_grant_type" },
    { what: "register: no JSON", path: "/oauth/register", init: post(JSON_TYPE, CANARY), status: 400, error: "invalid_request" },
    { what: "register: a list", path: "/oauth/register", init: registration([CANARY]), status: 400, error: "invalid_client_metadata" },
    { what: "register: no redirect", path: "/oauth/register", init: registration({ client_name: CANARY }), status: 400, error: "invalid_redirect_uri" },
    { what: "register: javascript", path: "/oauth/register", init: registration({ redirect_uris: [`javascript:${CANARY}`] }), status: 400, error: "invalid_redirect_uri" },
    { what: "register: plain http", path: "/oauth/register", init: registration({ redirect_uris: [`http://${CANARY}.example/`] }), status: 400, error: "invalid_redirect_uri" },
    { what: "register: 1,000 redirects", path: "/oauth/register", init: registration({ redirect_uris: Array(1000).fill(`https://${CANARY}.example/`) }), status: 400 },
    { what: "register: 1 MB", path: "/oauth/register", init: post(JSON_TYPE, `"${"x".repeat(1_000_000)}"`), status: 413 },
    { what: "register: method", path: "/oauth/register", init: registration({ redirect_uris: ["https://a.example/"], token_endpoint_auth_method: CANARY }), status: 400, error: "invalid_client_metadata" },
    { what: "register: NUL", path: "/oauth/register", init: registration({ redirect_uris: ["https://a.example/"], client_name: `${CANARY}\0` }), status: 400 },
    { what: "register: nested", path: "/oauth/register", init: registration({ redirect_uris: { a: CANARY } }), status: 400 },
    { what: "register by alias", path: "/register", init: registration({}), status: 400, error: "invalid_redirect_uri" },
    { what: "authorize: nothing", path: "/oauth/authorize", status: 400 },
    { what: "authorize: unknown client", path: `/oauth/authorize?client_id=${CANARY}`, status: 400 },
    { what: "authorize: NUL client", path: "/oauth/authorize?client_id=a%00b", status: 400 },
    { what: "authorize: broken escapes", path: "/oauth/authorize?client_id=%ff%zz", status: 400 },
    { what: "authorize: foreign redirect", path: `/oauth/authorize?client_id=${id}&redirect_uri=https://${CANARY}.example/`, status: 400 },
    { what: "authorize: very long", path: `/oauth/authorize?client_id=${id}&state=${"x".repeat(20_000)}`, status: 400 },
    { what: "authorize: POST", path: "/oauth/authorize", init: form({ client_id: CANARY }), status: 405 },
    { what: "interaction: nobody", path: `/oauth/interaction/${"x".repeat(43)}`, status: 401, error: "login_required" },
    { what: "interaction: cookie only", path: `/oauth/interaction/${"x".repeat(43)}`, init: { headers: { Cookie: `sb=${CANARY}` } }, status: 401 },
    { what: "interaction: no session", path: `/oauth/interaction/${"x".repeat(43)}`, init: { headers: { Authorization: `Bearer ${CANARY}` } }, status: 401, error: "login_required" },
    { what: "interaction: unknown id", path: `/oauth/interaction/${"x".repeat(43)}`, init: { headers: bearer }, status: 404, error: "not_found" },
    { what: "interaction: malformed id", path: `/oauth/interaction/${CANARY}`, init: { headers: bearer }, status: 404 },
    { what: "interaction: foreign origin", path: `/oauth/interaction/${"x".repeat(43)}`, init: { headers: { ...bearer, Origin: "https://evil.example" } }, status: 403, error: "origin_not_allowed" },
    { what: "interaction: null origin", path: `/oauth/interaction/${"x".repeat(43)}`, init: { headers: { ...bearer, Origin: "null" } }, status: 403 },
    { what: "interaction: no JSON", path: `/oauth/interaction/${"x".repeat(43)}`, init: decision(CANARY), status: 400 },
    { what: "interaction: no decision", path: `/oauth/interaction/${"x".repeat(43)}`, init: decision(`{"decision":"${CANARY}"}`), status: 400 },
    { what: "interaction: unknown decided", path: `/oauth/interaction/${"x".repeat(43)}`, init: decision('{"decision":"deny"}'), status: 404 },
    { what: "continue: malformed", path: `/oauth/continue/${CANARY}`, status: 400 },
    { what: "continue: unknown", path: `/oauth/continue/${"x".repeat(43)}`, status: 400 },
    { what: "mcp: no token", path: "/mcp", init: registration({}), status: 401 },
    { what: "mcp: a token in the query", path: `/mcp?access_token=${CANARY}`, init: registration({}), status: 401 },
    { what: "mcp: no JWT", path: "/mcp", init: { ...registration({}), headers: { Authorization: `Bearer ${CANARY}` } }, status: 401, error: "invalid_token" },
    { what: "mcp: a Supabase session", path: "/mcp", init: { ...registration({}), headers: bearer }, status: 401, error: "invalid_token" },
    { what: "mcp: foreign origin", path: "/mcp", init: { ...registration({}), headers: { Origin: "https://evil.example" } }, status: 403 },
    { what: "unknown well-known", path: `/.well-known/${CANARY}`, status: 404 },
    { what: "unknown function", path: `/functions/v1/${CANARY}`, status: 404 },
    { what: "unknown path of a function", path: `/oauth/${CANARY}`, status: 404 },
  ];
}
