/** The app over test dependencies, with the steps of a flow as a browser, a page and a client take them. */
import assert from "node:assert/strict";
import { sha256 } from "../../_shared/encoding.ts";
import { createApp } from "../app.ts";
import type { NewClient, OAuthSettings } from "../deps.ts";
import { createTestDeps, SESSIONS, type TestDeps } from "./test_deps.ts";

/** RFC 7636 appendix B. */
export const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
export const STATE = "state of the client";
/** A loopback redirect: refusals go there at once. */
export const LOOPBACK = "http://127.0.0.1:50123/callback";
/** An https redirect: refusals go there at once only for a verified client. */
export const HTTPS = "https://client.example/callback";
export const CLIENT_SECRET = "secret of the client";

export type Changes = Readonly<Record<string, string | undefined>>;

export interface TestServer {
  readonly deps: TestDeps;
  /** From this peer, if any is told. */
  request(path: string, init?: RequestInit, peer?: string): Promise<Response>;
}

export function createTestServer(
  settings: Partial<OAuthSettings> = {},
): TestServer {
  const deps = createTestDeps(settings);
  const app = createApp(deps);
  return {
    deps,
    request: async (path, init, peer) => await app.request(path, init, { remoteAddr: { hostname: peer } }),
  };
}

/** Records a client: public, with a loopback and an https redirect, unless told otherwise. */
export function addClient(
  { deps }: TestServer,
  overrides: Partial<NewClient> = {},
  verified = false,
): string {
  const client: NewClient = {
    id: "client_public",
    name: "Example client",
    uri: "https://client.example/about",
    applicationType: "web",
    tokenEndpointAuthMethod: "none",
    secretHash: null,
    jwks: null,
    jwksUri: null,
    redirectUris: ["http://127.0.0.1/callback", HTTPS],
    grantTypes: ["authorization_code", "refresh_token"],
    responseTypes: ["code"],
    scope: null,
    ...overrides,
  };
  deps.memory.recordClient(client, verified);
  return client.id;
}

/** Records a client with `CLIENT_SECRET`. */
export async function addConfidentialClient(
  server: TestServer,
  tokenEndpointAuthMethod: "client_secret_basic" | "client_secret_post",
): Promise<string> {
  const secretHash = await sha256(CLIENT_SECRET);
  return addClient(server, {
    id: `${tokenEndpointAuthMethod} client`,
    tokenEndpointAuthMethod,
    secretHash,
  });
}

/** A query or a form of these parameters; undefined leaves one out. */
export function encode(parameters: Changes): string {
  const sent = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) sent.append(name, value);
  }
  return sent.toString();
}

/** Path of an authorization request in which everything is right but for the changes. */
export function authorizePath(changes: Changes = {}): string {
  return `/oauth/authorize?${
    encode({
      response_type: "code",
      client_id: "client_public",
      redirect_uri: LOOPBACK,
      code_challenge: CHALLENGE,
      code_challenge_method: "S256",
      state: STATE,
      scope: "product:read product:write",
      ...changes,
    })
  }`;
}

/** A browser begins: answers the request's id and the cookie to send back. */
export async function begin(
  server: TestServer,
  changes: Changes = {},
): Promise<{ id: string; cookie: string }> {
  const response = await server.request(authorizePath(changes));
  assert.equal(response.status, 303);
  const id = locationOf(response).searchParams.get("request");
  const [cookie] = (response.headers.get("Set-Cookie") ?? "").split(";");
  assert.ok(id !== null && cookie !== undefined);
  return { id, cookie };
}

export function showInteraction(
  server: TestServer,
  id: string,
  session: string = SESSIONS.alice,
) {
  return server.request(`/oauth/interaction/${id}`, {
    headers: { Authorization: `Bearer ${session}` },
  });
}

export function postDecision(
  server: TestServer,
  id: string,
  body: unknown,
  session: string = SESSIONS.alice,
): Promise<Response> {
  return server.request(`/oauth/interaction/${id}`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${session}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify(body),
  });
}

/** The person decides: answers the path to continue at. */
export async function decide(
  server: TestServer,
  id: string,
  decision: unknown = {
    decision: "approve",
    scopes: ["product:read", "product:write"],
  },
): Promise<string> {
  const response = await postDecision(server, id, decision);
  assert.equal(response.status, 200);
  const { continue_to } = await response.json();
  assert.ok(continue_to.startsWith(server.deps.urls.continue));
  return `/oauth/continue/${continue_to.slice(server.deps.urls.continue.length)}`;
}

/** All the way to a code, as Alice. */
export async function obtainCode(
  server: TestServer,
  changes: Changes = {},
): Promise<string> {
  const { id, cookie } = await begin(server, changes);
  const response = await server.request(await decide(server, id), {
    headers: { Cookie: cookie },
  });
  assert.equal(response.status, 303);
  const code = locationOf(response).searchParams.get("code");
  assert.ok(code !== null);
  return code;
}

export function postToken(
  server: TestServer,
  form: Changes,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return server.request("/oauth/token", {
    method: "POST",
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      ...headers,
    },
    body: encode(form),
  });
}

/** A redemption in which everything is right. */
export function codeForm(code: string): Changes {
  return {
    grant_type: "authorization_code",
    client_id: "client_public",
    code,
    redirect_uri: LOOPBACK,
    code_verifier: VERIFIER,
  };
}

/** All the way to the first tokens, as Alice. */
export async function obtainTokens(
  server: TestServer,
): Promise<{ access_token: string; refresh_token: string }> {
  const response = await postToken(server, codeForm(await obtainCode(server)));
  assert.equal(response.status, 200);
  return await response.json();
}

export function locationOf(response: Response): URL {
  return new URL(response.headers.get("Location") ?? "");
}
