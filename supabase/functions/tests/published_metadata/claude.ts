/**
 * Claude on the web, on phones and on the desktop. It registers with a secret; its document lists a grant that few servers
 * have.
 */
import type { PublishedClient } from "./published_client.ts";

export const claude: PublishedClient = {
  name: "Claude",
  registrations: [{
    source: "https://github.com/PostHog/posthog/pull/48397",
    date: "2026-02-19",
    metadata: {
      redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
      token_endpoint_auth_method: "client_secret_post",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      client_name: "Claude",
    },
  }],
  documents: [{
    source: "https://github.com/sebadob/rauthy/issues/1644",
    date: "2026-07-16",
    metadata: {
      client_id: "https://claude.ai/oauth/mcp-oauth-client-metadata",
      client_name: "Claude",
      client_uri: "https://claude.ai",
      redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
      grant_types: [
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
      ],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
  }],
};
