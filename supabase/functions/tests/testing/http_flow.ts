/**
 * A client and a person over plain HTTP: as much of the flow as a test needs, without a browser. The person decides at
 * the interaction endpoint, as the consent page does.
 */
import assert from "node:assert/strict";
import { sha256, toBase64Url } from "../../_shared/encoding.ts";
import type { Interaction } from "../../_shared/contract/interaction.ts";

export const REDIRECT_URI = "http://127.0.0.1:9/callback";

export interface RegisteredClient {
  readonly client_id: string;
  readonly client_secret?: string;
}

export interface Granted {
  readonly client: RegisteredClient;
  readonly code: string;
  readonly verifier: string;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly scope: string;
}

/** Registers a public client. */
export async function register(
  url: string,
  metadata: Record<string, unknown> = {},
): Promise<RegisteredClient> {
  const response = await fetch(`${url}/oauth/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: "none", ...metadata }),
  });
  assert.equal(response.status, 201);
  return await response.json();
}

/** Signs a demo person in at Supabase Auth and answers the session's token. */
export async function signInByPassword(url: string, email = "demo_user@example.com"): Promise<string> {
  const config = await (await fetch(`${url}/config.json`)).json();
  const response = await fetch(`${config.supabase_url}/auth/v1/token?grant_type=password`, {
    method: "POST",
    headers: { "Content-Type": "application/json", apikey: config.publishable_key },
    body: JSON.stringify({ email, password: "demo_password" }),
  });
  assert.equal(response.status, 200);
  return (await response.json()).access_token;
}

/** Begins an authorization request: where the browser is sent, the request's id, and the cookie it is bound to. */
export async function beginRequest(url: string, parameters: Record<string, string>, cookie?: string) {
  const response = await fetch(`${url}/oauth/authorize?${new URLSearchParams(parameters)}`, {
    redirect: "manual",
    headers: cookie === undefined ? {} : { Cookie: cookie },
  });
  await response.body?.cancel();
  const location = response.headers.get("Location") ?? "";
  return {
    status: response.status,
    location,
    id: location.startsWith("http") ? new URL(location).searchParams.get("request") ?? "" : "",
    cookie: response.headers.get("Set-Cookie")?.split(";")[0] ?? "",
  };
}

/** Everything up to the code: begins, signs in, approves what is asked, continues in the same browser. */
export async function grantCode(
  url: string,
  client: RegisteredClient,
  session: string,
  scope?: string,
): Promise<Granted> {
  const verifier = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  const begun = await beginRequest(url, await authorizeParameters(client, verifier, scope));
  assert.equal(begun.status, 303);
  const continueTo = await decide(url, begun.id, session);
  const continued = await fetch(continueTo, { redirect: "manual", headers: { Cookie: begun.cookie } });
  await continued.body?.cancel();
  assert.equal(continued.status, 303);
  const code = new URL(continued.headers.get("Location") ?? "").searchParams.get("code");
  assert.ok(code);
  return { client, code, verifier };
}

/** Parameters of a good authorization request of this client. */
export async function authorizeParameters(
  client: RegisteredClient,
  verifier: string,
  scope?: string,
): Promise<Record<string, string>> {
  return {
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    code_challenge: toBase64Url(await sha256(verifier)),
    code_challenge_method: "S256",
    state: "a state",
    ...(scope === undefined ? {} : { scope }),
  };
}

/** Decides as the consent page does and answers `continue_to`. */
export async function decide(
  url: string,
  id: string,
  session: string,
  decision = "approve",
): Promise<string> {
  const headers = { Authorization: `Bearer ${session}`, "Content-Type": "application/json" };
  const shown = await fetch(`${url}/oauth/interaction/${id}`, { headers });
  assert.equal(shown.status, 200);
  const interaction: Interaction = await shown.json();
  const scopes = interaction.scopes.map((scope) => scope.name);
  const decided = await fetch(`${url}/oauth/interaction/${id}`, {
    method: "POST",
    headers,
    body: JSON.stringify({ decision, scopes }),
  });
  assert.equal(decided.status, 200);
  return (await decided.json()).continue_to;
}

/** The browser's part: opens what a library built, the person decides, the browser ends at the redirect URI. */
export async function sendPerson(
  url: string,
  authorizationUrl: URL,
  decision = "approve",
): Promise<URL> {
  assert.equal(authorizationUrl.origin + authorizationUrl.pathname, `${url}/oauth/authorize`);
  const begun = await beginRequest(url, Object.fromEntries(authorizationUrl.searchParams));
  assert.equal(begun.status, 303);
  const continueTo = await decide(url, begun.id, await signInByPassword(url), decision);
  const continued = await fetch(continueTo, { redirect: "manual", headers: { Cookie: begun.cookie } });
  await continued.body?.cancel();
  return new URL(continued.headers.get("Location") ?? "");
}

/** Asks the token endpoint. */
export async function askToken(
  url: string,
  form: Record<string, string>,
): Promise<{ status: number; body: Tokens }> {
  const response = await fetch(`${url}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
  return { status: response.status, body: await response.json() };
}

/** Redeems a code. */
export function redeem(url: string, granted: Granted, overrides: Record<string, string> = {}) {
  return askToken(url, {
    grant_type: "authorization_code",
    client_id: granted.client.client_id,
    code: granted.code,
    code_verifier: granted.verifier,
    ...overrides,
  });
}

/** Refreshes. */
export function refresh(
  url: string,
  client: RegisteredClient,
  refreshToken: string,
  overrides: Record<string, string> = {},
) {
  return askToken(url, {
    grant_type: "refresh_token",
    client_id: client.client_id,
    refresh_token: refreshToken,
    ...overrides,
  });
}

/** Calls a tool over the 2025-06-18 wire and answers status and text. */
export async function callTool(
  url: string,
  accessToken: string,
  name: string,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${accessToken}`,
      Accept: "application/json, text/event-stream",
      "Content-Type": "application/json",
      "MCP-Protocol-Version": "2025-06-18",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } }),
  });
  return { status: response.status, text: await response.text() };
}
