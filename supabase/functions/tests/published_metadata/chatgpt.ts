/**
 * ChatGPT. Its document asks for a signed assertion (`private_key_jwt`) and names `none` for servers without it. Connectors
 * with a document or a redirect URI of their own were seen too.
 */
import type { PublishedClient } from "./published_client.ts";

export const chatgpt: PublishedClient = {
  name: "ChatGPT",
  registrations: [{
    source:
      "https://github.com/street1983nk/nextcloud-mcp-connector/blob/39d766bf4886b0855af22cfede717eb12998eb01/.planning/phases/03-oauth-2-1/03-09-MEASUREMENTS.md",
    date: "2026-08-16",
    metadata: {
      client_name: "ChatGPT",
      redirect_uris: ["https://chatgpt.com/connector/oauth/GxdvJstdJeOS"],
    },
  }],
  documents: [{
    source: "https://github.com/django-oauth/django-oauth-toolkit/issues/1845",
    date: "2026-08-26",
    metadata: {
      client_id: "https://chatgpt.com/oauth/client.json",
      client_uri: "https://chatgpt.com/",
      redirect_uris: ["https://chatgpt.com/connector_platform_oauth_redirect"],
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      client_name: "ChatGPT",
      logo_uri: "https://persistent.oaistatic.com/sonic/misc/openai-logo.png",
      token_endpoint_auth_signing_alg: "RS256",
      jwks_uri: "https://chatgpt.com/oauth/jwks.json",
    },
  }, {
    source: "https://github.com/Altinity/altinity-mcp/issues/118",
    date: "2026-05-15",
    metadata: {
      client_id: "https://chatgpt.com/oauth/kDmjx77UnKOM/client.json",
      client_uri: "https://chatgpt.com/",
      redirect_uris: ["https://chatgpt.com/connector/oauth/kDmjx77UnKOM"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      client_name: "ChatGPT",
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "RS256",
      jwks_uri: "https://chatgpt.com/oauth/jwks.json",
    },
  }],
};
