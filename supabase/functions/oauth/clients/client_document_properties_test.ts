/** Documents under random input: whatever a stranger publishes is a client that keeps the rules, or an `invalid_client`. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { type ClientDocument, parseClientDocument } from "./client_document.ts";
import { isRegistrableRedirectUri } from "./redirect_uri.ts";

fc.configureGlobal({ seed: 20261125, numRuns: 1000 });

const URL_OF_IT = "https://app.example/client.json";
const GRANTS = ["authorization_code", "refresh_token"];
const EC = { kty: "EC", crv: "P-256", x: "x".repeat(43), y: "y".repeat(43) };

/** Mostly the good one, sometimes another, rarely anything that JSON can say. */
const oneOf = (good: unknown, ...others: unknown[]) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(good) },
    { weight: 2, arbitrary: fc.constantFrom(good, ...others) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
const method = oneOf("none", "private_key_jwt", "client_secret_basic", "tls_client_auth");
const key = oneOf(EC, { ...EC, kid: "1", use: "sig" }, { ...EC, d: "d".repeat(43) }, { kty: "oct", k: "k" }, {
  ...EC,
  use: "enc",
});

const documents = fc.record({
  client_id: oneOf(URL_OF_IT, `${URL_OF_IT}/`),
  client_name: oneOf("An app", " ", "a\u0000b", "x".repeat(201)),
  redirect_uris: fc.array(
    oneOf("https://app.example/cb", "http://127.0.0.1/cb", "cursor://cb", "javascript:alert(1)"),
    {
      maxLength: 3,
    },
  ),
  grant_types: oneOf(GRANTS, ["authorization_code"], ["refresh_token"], ["password"]),
  response_types: oneOf(["code"], ["token"]),
  token_endpoint_auth_method: method,
  token_endpoint_auth_methods_supported: fc.array(method, { maxLength: 3 }),
  jwks: fc.oneof(fc.record({ keys: fc.array(key, { maxLength: 3 }) }), fc.jsonValue()),
  jwks_uri: oneOf("https://app.example/keys", "http://app.example/keys", "javascript:alert(1)"),
  client_secret: oneOf("secret"),
}, { requiredKeys: ["client_id", "client_name", "redirect_uris"] });

/** What the authorization server relies on, whatever was published. */
function assertKeepsTheRules(client: ClientDocument): void {
  assert.ok(client.name.trim() !== "" && client.name.length <= 200 && !/\p{Cc}/u.test(client.name));
  assert.ok(client.redirectUris.length > 0 && client.redirectUris.every(isRegistrableRedirectUri));
  assert.ok(client.grantTypes.includes("authorization_code"));
  assert.ok(client.grantTypes.every((type) => GRANTS.includes(type)));
  const signs = client.tokenEndpointAuthMethod === "private_key_jwt";
  assert.ok(signs || client.tokenEndpointAuthMethod === "none");
  assert.equal(client.jwks !== null || client.jwksUri !== null, signs);
  assert.ok(client.jwks === null || client.jwksUri === null);
  for (const jwk of client.jwks ?? []) assert.ok(!("d" in jwk) && !("k" in jwk) && jwk.kty !== "oct");
  if (client.jwksUri !== null) assert.match(client.jwksUri, /^https:\/\//);
}

Deno.test("parseClientDocument: any document is a client that keeps the rules, or invalid_client", () => {
  let accepted = 0;
  fc.assert(fc.property(documents, (document) => {
    try {
      assertKeepsTheRules(parseClientDocument(URL_OF_IT, document, GRANTS));
      accepted++;
    } catch (error) {
      assert.ok(error instanceof OAuthError, String(error));
      assert.equal(error.code, "invalid_client");
      assert.match(error.reason, /^document_[a-z_]+$/);
    }
  }));
  assert.ok(accepted > 20, `${accepted} documents were good`);
});

Deno.test("parseClientDocument: anything that JSON can say is an answer", () => {
  fc.assert(fc.property(fc.jsonValue(), (document) => {
    assert.throws(() => parseClientDocument(URL_OF_IT, document, GRANTS), OAuthError);
  }));
});
