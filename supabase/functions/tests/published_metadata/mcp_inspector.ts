/**
 * MCP Inspector 2.3.0: in the browser, and in the terminal with a listener of its own. It sends an empty scope until it
 * knows one. It publishes no document.
 */
import type { PublishedClient } from "./published_client.ts";

const source =
  "https://github.com/modelcontextprotocol/inspector/blob/86d5f58ec8c369839b8237455ad8b1c17b15a984/core/auth/providers.ts";
const date = "2026-08-19";
const metadata = {
  token_endpoint_auth_method: "none",
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  client_name: "MCP Inspector",
  client_uri: "https://github.com/modelcontextprotocol/inspector",
  scope: "",
  application_type: "native",
};

export const mcpInspector: PublishedClient = {
  name: "MCP Inspector",
  registrations: [
    { source, date, metadata: { ...metadata, redirect_uris: ["http://localhost:6274/oauth/callback"] } },
    { source, date, metadata: { ...metadata, redirect_uris: ["http://127.0.0.1:6276/oauth/callback"] } },
  ],
  documents: [],
};
