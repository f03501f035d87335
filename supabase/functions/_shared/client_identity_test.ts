import assert from "node:assert/strict";
import { isTrustedDocument, looksLikeDocumentUrl, provedHost } from "./client_identity.ts";

Deno.test("looksLikeDocumentUrl tells URLs from ids that we gave", () => {
  assert.equal(looksLikeDocumentUrl("HTTPS://x"), true);
  assert.equal(looksLikeDocumentUrl("client_abc"), false);
});

Deno.test("isTrustedDocument compares whole hosts, with their port", () => {
  const hosts = ["client.example"];
  assert.equal(isTrustedDocument("https://client.example/client.json", hosts), true);
  for (
    const id of [
      "https://client.example.evil.example/client.json",
      "https://client.example:8443/client.json",
      "https://evil.example/client.example",
      "client.example",
    ]
  ) {
    assert.equal(isTrustedDocument(id, hosts), false, id);
  }
});

Deno.test("provedHost is a document's host, a verified client's page, and nothing that a client merely claims", () => {
  const uri = "https://page.example/about";
  const id = "https://client.example/client.json";
  assert.equal(provedHost({ id, uri, verified: false }), "client.example");
  assert.equal(provedHost({ id: "client_a", uri, verified: true }), "page.example");
  assert.equal(provedHost({ id: "client_a", uri, verified: false }), null);
  assert.equal(provedHost({ id: "client_a", uri: null, verified: true }), null);
  assert.equal(provedHost({ id: "client_a", uri: "about:us", verified: true }), null);
});
