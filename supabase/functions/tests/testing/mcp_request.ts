/** Raw MCP requests of each revision over HTTP: what a client sends, and the message in the answer. */
import assert from "node:assert/strict";
import { grantCode, redeem, register, signInByPassword } from "./http_flow.ts";

/** Before 2026-07-28 a connection began with `initialize`; since then every request says what it needs to. */
export const MODERN = "2026-07-28";
export const LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26"] as const;
export type Revision = typeof MODERN | typeof LEGACY[number];

export interface ToolResult {
  readonly isError?: boolean;
  readonly structuredContent?: Record<string, unknown>;
  readonly content: readonly { readonly type: string; readonly text: string }[];
}

export interface Message {
  readonly jsonrpc: string;
  readonly id?: string | number | null;
  // deno-lint-ignore no-explicit-any
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface McpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The last JSON-RPC message, whether it came as JSON or as events; none in an answer without any. */
  readonly message: Message | undefined;
}

/** Headers of a request in this revision. */
export function mcpHeaders(
  revision: Revision,
  token: string,
  method: string,
  params: Record<string, unknown> = {},
): Record<string, string> {
  const name = params["name"];
  return {
    Authorization: `Bearer ${token}`,
    Accept: "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": revision,
    ...(revision === MODERN ? { "Mcp-Method": method } : {}),
    ...(revision === MODERN && typeof name === "string" ? { "Mcp-Name": name } : {}),
  };
}

/** Parameters as this revision wants them. */
export function mcpParams(revision: Revision, params: Record<string, unknown> = {}): Record<string, unknown> {
  if (revision !== MODERN) return params;
  const { _meta, ...others } = params;
  return {
    ...others,
    _meta: {
      "io.modelcontextprotocol/protocolVersion": MODERN,
      "io.modelcontextprotocol/clientCapabilities": {},
      ..._meta as object | undefined,
    },
  };
}

/** Sends one request. */
export async function askMcp(
  url: string,
  revision: Revision,
  token: string,
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<McpAnswer> {
  return await sendMcp(url, { ...mcpHeaders(revision, token, method, params), ...headers }, {
    jsonrpc: "2.0",
    id: 1,
    method,
    params: mcpParams(revision, params),
  });
}

/** Sends any body, a text as it is. */
export async function sendMcp(
  url: string,
  headers: Record<string, string>,
  body: unknown,
  signal?: AbortSignal,
): Promise<McpAnswer> {
  const response = await fetch(`${url}/mcp`, {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, message: messageOf(text) };
}

/** Calls a tool that the token may call. */
export async function askTool(
  url: string,
  token: string,
  name: string,
  input: Record<string, unknown> = {},
  revision: Revision = MODERN,
): Promise<ToolResult> {
  const answer = await askMcp(url, revision, token, "tools/call", { name, arguments: input });
  assert.equal(answer.status, 200, `${name}: ${answer.text}`);
  assert.ok(answer.message?.result, `${name}: ${answer.text}`);
  return answer.message.result;
}

/** A token of a demo person with these scopes, all of which the person allows. */
export async function obtainToken(url: string, scope?: string, email?: string): Promise<string> {
  const client = await register(url);
  const granted = await grantCode(url, client, await signInByPassword(url, email), scope);
  const { status, body } = await redeem(url, granted);
  assert.equal(status, 200);
  return body.access_token;
}

function messageOf(text: string): Message | undefined {
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => data);
  try {
    return JSON.parse(events.at(-1) ?? text);
  } catch {
    return undefined;
  }
}
