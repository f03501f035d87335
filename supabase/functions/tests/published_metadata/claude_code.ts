/** Claude Code, in a terminal. Its document lists loopback without a port; it listens on another one every time. */
import type { PublishedClient } from "./published_client.ts";

export const claudeCode: PublishedClient = {
  name: "Claude Code",
  registrations: [{
    source: "https://github.com/elmohq/elmo/pull/684",
    date: "2026-09-01",
    metadata: { application_type: "native", redirect_uris: ["http://localhost:3118/callback"] },
  }],
  documents: [{
    source:
      "https://github.com/street1983nk/nextcloud-mcp-connector/blob/44c275939414b94a648306796fa2e785c91914fa/tests/unit/test_oauth_cimd.py",
    date: "2026-08-20",
    metadata: {
      client_id: "https://claude.ai/oauth/claude-code-client-metadata",
      client_name: "Claude Code",
      client_uri: "https://claude.ai",
      redirect_uris: ["http://localhost/callback", "http://127.0.0.1/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    sent: [{
      redirectUri: "http://localhost:45157/callback",
      source:
        "https://github.com/street1983nk/nextcloud-mcp-connector/blob/44c275939414b94a648306796fa2e785c91914fa/docs/client-setup.md",
      date: "2026-08-20",
    }, {
      redirectUri: "http://127.0.0.1:52163/callback",
      source: "https://github.com/anthropics/claude-code/issues/64705",
      date: "2026-06-02",
    }],
  }],
};
