/**
 * Cursor. It registers a private-use scheme, an https address and loopback in one request, and may send any of them. It
 * publishes no document.
 */
import type { PublishedClient } from "./published_client.ts";

export const cursor: PublishedClient = {
  name: "Cursor",
  registrations: [{
    source:
      "https://github.com/street1983nk/nextcloud-mcp-connector/blob/39d766bf4886b0855af22cfede717eb12998eb01/.planning/phases/03-oauth-2-1/03-09-MEASUREMENTS.md",
    date: "2026-08-16",
    metadata: {
      redirect_uris: [
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "https://www.cursor.com/agents/mcp/oauth/callback",
        "http://localhost:8787/callback",
      ],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      client_name: "Cursor",
    },
  }, {
    source: "https://github.com/elie222/inbox-zero/pull/3780",
    date: "2026-09-17",
    metadata: {
      application_type: "web",
      redirect_uris: ["cursor://anysphere.cursor-mcp/oauth/callback"],
    },
  }],
  documents: [],
};
