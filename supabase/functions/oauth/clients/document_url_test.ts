/** Which client ids may be fetched: one spelling, https, a path. */
import assert from "node:assert/strict";
import { isDocumentUrl } from "./document_url.ts";

const good = [
  "https://app.example/client.json",
  "https://app.example:8443/a/b?c=d",
  "https://claude.ai/oauth/mcp-oauth-client-metadata",
];
const bad = [
  "https://app.example",
  "https://app.example/",
  "http://app.example/client.json",
  "HTTPS://app.example/client.json",
  "https://App.example/client.json",
  "https://app.example/a/../client.json",
  "https://app.example/./client.json",
  "https://app.example/client.json#x",
  "https://user@app.example/client.json",
  "https://app.example:443/client.json",
  "https://app.example/client.json\n",
  "https:app.example/client.json",
  "https:///client.json",
  "https://[::1]/client.json",
  "https://app.example/" + "x".repeat(500),
  "ftp://app.example/client.json",
];

for (const url of good) {
  Deno.test(`isDocumentUrl accepts ${url}`, () => assert.equal(isDocumentUrl(url, false), true));
}
for (const url of bad) {
  Deno.test(`isDocumentUrl refuses ${JSON.stringify(url.slice(0, 60))}`, () => {
    assert.equal(isDocumentUrl(url, false), false);
  });
}

Deno.test("isDocumentUrl takes http of this computer only where it is served", () => {
  assert.equal(isDocumentUrl("http://localhost:3000/client.json", true), true);
  assert.equal(isDocumentUrl("http://localhost:3000/client.json", false), false);
  assert.equal(isDocumentUrl("http://10.0.0.1/client.json", true), false);
});
