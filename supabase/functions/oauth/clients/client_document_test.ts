/** What a document must say, and what it must not. */
import assert from "node:assert/strict";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { parseClientDocument } from "./client_document.ts";
import { freshSeconds } from "../store/document_freshness.ts";

const URL_OF_IT = "https://app.example/client.json";
const GRANTS = ["authorization_code", "refresh_token"];
const GOOD = {
  client_id: URL_OF_IT,
  client_name: "An app",
  redirect_uris: ["https://app.example/callback", "http://localhost/callback"],
};

const parse = (document: unknown) =>
  parseClientDocument(URL_OF_IT, JSON.parse(JSON.stringify(document)), GRANTS);
const PUBLIC = { tokenEndpointAuthMethod: "none", jwks: null, jwksUri: null };
const KEYS = "https://app.example/keys.json";
const KEY = { kty: "OKP", crv: "Ed25519", x: "A".repeat(43), kid: "1" };
const BOTH = ["none", "private_key_jwt"];

Deno.test("parseClientDocument reads a minimal document as a public client", () => {
  assert.deepEqual(parse(GOOD), {
    name: "An app",
    redirectUris: GOOD.redirect_uris,
    grantTypes: GRANTS,
    ...PUBLIC,
  });
});

Deno.test("parseClientDocument ignores what it does not know and keeps the grants that exist", () => {
  const document = { ...GOOD, logo_uri: "x", grant_types: ["authorization_code", "password"], unknown: [1] };
  assert.deepEqual(parse(document).grantTypes, ["authorization_code"]);
});

const proofs: readonly [string, Record<string, unknown>, Record<string, unknown>][] = [
  ["a key at a URL", { token_endpoint_auth_method: "private_key_jwt", jwks_uri: KEYS }, {
    tokenEndpointAuthMethod: "private_key_jwt",
    jwks: null,
    jwksUri: KEYS,
  }],
  [
    "a key in it",
    { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [{ ...KEY, x5c: ["x"] }] } },
    {
      tokenEndpointAuthMethod: "private_key_jwt",
      jwks: [KEY],
      jwksUri: null,
    },
  ],
  ["none, and keys for something else", { jwks_uri: KEYS }, PUBLIC],
  ["what it declares, whatever else it lists", {
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_methods_supported: BOTH,
    jwks_uri: KEYS,
  }, { tokenEndpointAuthMethod: "private_key_jwt", jwks: null, jwksUri: KEYS }],
  ["none, if it declares that", {
    token_endpoint_auth_method: "none",
    token_endpoint_auth_methods_supported: BOTH,
    jwks_uri: KEYS,
  }, PUBLIC],
  ["the best it lists, where it declares what does not exist here", {
    token_endpoint_auth_method: "tls_client_auth",
    token_endpoint_auth_methods_supported: BOTH,
    jwks_uri: KEYS,
  }, { tokenEndpointAuthMethod: "private_key_jwt", jwks: null, jwksUri: KEYS }],
  ["none, where it says of no key where it is", {
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_methods_supported: BOTH,
  }, PUBLIC],
];
for (const [what, said, expected] of proofs) {
  Deno.test(`parseClientDocument: the client proves itself by ${what}`, () => {
    const { tokenEndpointAuthMethod, jwks, jwksUri } = parse({ ...GOOD, ...said });
    assert.deepEqual({ tokenEndpointAuthMethod, jwks, jwksUri }, expected);
  });
}

const refused: readonly [string, unknown, string][] = [
  ["no object", [GOOD], "document_not_an_object"],
  ["another client_id", { ...GOOD, client_id: `${URL_OF_IT}/` }, "document_client_id_differs"],
  ["no name", { ...GOOD, client_name: undefined }, "document_client_name"],
  ["a blank name", { ...GOOD, client_name: "  " }, "document_client_name"],
  ["a name with controls", { ...GOOD, client_name: "a\u0000b" }, "document_client_name"],
  ["a name with half a character", { ...GOOD, client_name: "a\ud800" }, "document_client_name"],
  ["no redirect", { ...GOOD, redirect_uris: [] }, "document_redirect_uris"],
  ["a dangerous redirect", { ...GOOD, redirect_uris: ["javascript:alert(1)"] }, "document_redirect_uris"],
  ["a secret", { ...GOOD, client_secret: "x" }, "document_client_secret"],
  [
    "a shared-secret method",
    {
      ...GOOD,
      token_endpoint_auth_method: "client_secret_basic",
      token_endpoint_auth_methods_supported: ["none"],
    },
    "document_token_endpoint_auth_method",
  ],
  [
    "a key that is nowhere",
    { ...GOOD, token_endpoint_auth_method: "private_key_jwt" },
    "document_auth_method",
  ],
  ["a key in two places", {
    ...GOOD,
    token_endpoint_auth_method: "private_key_jwt",
    jwks: { keys: [KEY] },
    jwks_uri: KEYS,
  }, "document_auth_method"],
  ["no code", { ...GOOD, response_types: ["token"] }, "document_response_types"],
  ["no authorization_code", { ...GOOD, grant_types: ["refresh_token"] }, "document_grant_types"],
];
for (const [what, document, reason] of refused) {
  Deno.test(`parseClientDocument refuses ${what}`, () => {
    assert.throws(() => parse(document), (error) => error instanceof OAuthError && error.reason === reason);
  });
}

Deno.test("freshSeconds follows HTTP caching within a minute and a day", () => {
  const of = (headers: Record<string, string>) => freshSeconds(new Headers(headers));
  assert.equal(of({}), 3600);
  assert.equal(of({ "Cache-Control": "public, max-age=600" }), 600);
  assert.equal(of({ "Cache-Control": "max-age=600", Age: "500" }), 100);
  assert.equal(of({ "Cache-Control": "max-age=0" }), 60);
  assert.equal(of({ "Cache-Control": "max-age=99999999" }), 86_400);
  assert.equal(of({ "Cache-Control": "no-store, max-age=600" }), 60);
  assert.equal(of({ "Cache-Control": "max-age=canary" }), 3600);
});
