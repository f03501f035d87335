/**
 * Codex. Its name and redirect URI are made in `codex-rs/rmcp-client/src/perform_oauth_login.rs` at 18b3cfcb6074 of
 * openai/codex, the other members of its registration in `crates/rmcp/src/transport/auth.rs` of
 * modelcontextprotocol/rust-sdk 3.1.4; the issue shows one of its redirect URIs, whose end depends on the MCP URL.
 */
import type { PublishedClient } from "./published_client.ts";

export const codex: PublishedClient = {
  name: "Codex",
  registrations: [{
    source: "https://github.com/openai/codex/issues/30460",
    date: "2026-08-14",
    metadata: {
      client_name: "Codex",
      redirect_uris: ["http://127.0.0.1:63546/callback/6MFBM1In3Ey-"],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "none",
      response_types: ["code"],
      application_type: "native",
    },
  }],
  documents: [{
    source:
      "https://github.com/getsentry/sentry-mcp/blob/11929e54f40cec53b2c1d977324ece8a4ee06f2e/packages/mcp-cloudflare/src/server/oauth/client-metadata.ts",
    date: "2026-09-16",
    metadata: {
      client_id: "https://chatgpt.com/oauth/codex/client.json",
      client_uri: "https://chatgpt.com/codex",
      application_type: "native",
      redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback"],
      token_endpoint_auth_method: "none",
      token_endpoint_auth_methods_supported: ["none"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      client_name: "Codex",
      logo_uri: "https://persistent.oaistatic.com/sonic/misc/openai-logo.png",
    },
  }],
};
