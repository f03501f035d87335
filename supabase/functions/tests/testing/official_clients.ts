/** The two lines of the official SDK as one kind of client, whose person decides elsewhere. */
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { UnauthorizedError as UnauthorizedErrorV1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { TestOAuthProvider } from "./sdk_provider.ts";

/** One of the two lines of the official SDK. */
export interface OfficialClient {
  /** Finds the authorization server by itself and stops where the person has to be asked. */
  begin(): Promise<void>;
  /** Redeems what the browser brought back, and connects. */
  finish(answer: URL): Promise<void>;
  /** Calls a tool in the connection that `finish` made. */
  call(name: string): Promise<unknown>;
  close(): Promise<void>;
}

const info = { name: "test", version: "1" };

/** `@modelcontextprotocol/sdk`. */
export function v1(url: URL, provider: TestOAuthProvider): OfficialClient {
  // deno-lint-ignore no-explicit-any
  const authProvider = provider as any;
  const first = new TransportV1(url, { authProvider });
  const connected = new ClientV1(info);
  return {
    begin: () => assert.rejects(new ClientV1(info).connect(first), UnauthorizedErrorV1),
    async finish(answer) {
      await first.finishAuth(answer.searchParams.get("code") ?? "");
      await connected.connect(new TransportV1(url, { authProvider }));
    },
    call: (name) => connected.callTool({ name, arguments: {} }),
    close: () => connected.close(),
  };
}

/** `@modelcontextprotocol/client`. */
export function v2(url: URL, authProvider: TestOAuthProvider): OfficialClient {
  const first = new StreamableHTTPClientTransport(url, { authProvider });
  const connected = new Client(info);
  return {
    begin: () => assert.rejects(new Client(info).connect(first), UnauthorizedError),
    async finish(answer) {
      await first.finishAuth(answer.searchParams);
      await connected.connect(new StreamableHTTPClientTransport(url, { authProvider }));
    },
    call: (name) => connected.callTool({ name, arguments: {} }),
    close: () => connected.close(),
  };
}
