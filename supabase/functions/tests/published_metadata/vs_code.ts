/**
 * Visual Studio Code. The members of its registration are those of `src/vs/base/common/oauth.ts` at 05f882b02c51 of
 * microsoft/vscode, which asks for the grants that the server lists; the issue quotes the redirect URIs. Its document is
 * quoted by https://client.dev/clients too.
 */
import type { PublishedClient } from "./published_client.ts";

export const vsCode: PublishedClient = {
  name: "Visual Studio Code",
  registrations: [{
    source: "https://github.com/microsoft/vscode/issues/278512",
    date: "2025-11-20",
    metadata: {
      client_name: "Visual Studio Code",
      client_uri: "https://code.visualstudio.com",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: [
        "https://insiders.vscode.dev/redirect",
        "https://vscode.dev/redirect",
        "http://127.0.0.1/",
        "http://127.0.0.1:33418/",
      ],
      token_endpoint_auth_method: "none",
      application_type: "native",
    },
    sent: [{
      redirectUri: "http://127.0.0.1:59656/",
      source: "https://github.com/microsoft/vscode/issues/278512",
      date: "2025-11-20",
    }],
  }],
  documents: [{
    source: "https://github.com/stacklok/toolhive/issues/6290",
    date: "2026-08-12",
    metadata: {
      client_name: "Visual Studio Code",
      grant_types: [
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
      ],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      application_type: "native",
      client_id: "https://vscode.dev/oauth/client-metadata.json",
      client_uri: "https://vscode.dev/product",
      redirect_uris: ["http://127.0.0.1:33418/", "https://vscode.dev/redirect"],
    },
  }],
};
