/** Client metadata under random JSON: refused with an OAuthError, or a value that keeps every promise of its type. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { AUTH_METHODS } from "./auth_methods.ts";
import { parseClientMetadata } from "./client_metadata.ts";
import { isRegistrableRedirectUri } from "./redirect_uri.ts";

fc.configureGlobal({ seed: 20261121, numRuns: 1000 });

const GRANT_TYPES = ["authorization_code", "refresh_token"];
const value = fc.oneof({ weight: 1, arbitrary: fc.jsonValue() }, { weight: 1, arbitrary: fc.constant(null) });
/** Mostly good, so that some get through; the rest is any JSON. */
const member = (...good: unknown[]) => fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...good) }, value);
const redirectUris = fc.array(
  fc.oneof(
    {
      weight: 60,
      arbitrary: fc.constantFrom("https://app.example/cb", "http://127.0.0.1/cb", "cursor://app/cb"),
    },
    { weight: 1, arbitrary: fc.string() },
  ),
  { maxLength: 22, size: "max" },
);
const metadata = fc.record({
  redirect_uris: fc.oneof({ weight: 12, arbitrary: redirectUris }, value),
  client_name: member("A client", "日本", "x".repeat(200), "x".repeat(201), "bell\x07", ""),
  client_uri: member("https://app.example", "javascript:alert(1)", "http://app.example/x"),
  application_type: member("web", "native"),
  token_endpoint_auth_method: member(...AUTH_METHODS),
  grant_types: member(GRANT_TYPES, [...GRANT_TYPES, "implicit"], [
    "authorization_code",
    "authorization_code",
  ]),
  response_types: member(["code"], ["code", "token"]),
  scope: member("product:read", "", "nul \0"),
  unknown: value,
}, { requiredKeys: [] });

Deno.test("parseClientMetadata answers any JSON with an OAuthError or with metadata that holds", () => {
  let accepted = 0;
  fc.assert(fc.property(fc.oneof({ weight: 5, arbitrary: metadata }, fc.jsonValue()), (body) => {
    let parsed;
    try {
      parsed = parseClientMetadata(body, GRANT_TYPES);
    } catch (error) {
      assert.ok(error instanceof OAuthError, String(error));
      assert.ok(["invalid_redirect_uri", "invalid_client_metadata"].includes(error.code));
      return;
    }
    accepted++;
    assert.ok(parsed.redirect_uris.length >= 1 && parsed.redirect_uris.length <= 20);
    assert.ok(parsed.redirect_uris.every(isRegistrableRedirectUri));
    assert.ok(parsed.client_name.length <= 200 && !/\p{Cc}/u.test(parsed.client_name));
    assert.ok((parsed.scope ?? "").length <= 2000 && !/\p{Cc}/u.test(parsed.scope ?? ""));
    assert.ok(parsed.client_uri === undefined || /^https?:$/.test(new URL(parsed.client_uri).protocol));
    assert.ok(["web", "native"].includes(parsed.application_type));
    assert.ok(AUTH_METHODS.includes(parsed.token_endpoint_auth_method));
    assert.ok(parsed.grant_types.includes("authorization_code"));
    assert.ok(parsed.grant_types.every((type) => GRANT_TYPES.includes(type)));
    assert.equal(new Set(parsed.grant_types).size, parsed.grant_types.length);
    assert.deepEqual(parsed.response_types, ["code"]);
    // Nulls count as left out: what is echoed has none.
    assert.ok(Object.values(parsed).every((each) => each !== null));
    assert.deepEqual(parseClientMetadata(JSON.parse(JSON.stringify(parsed)), GRANT_TYPES), parsed);
  }));
  assert.ok(accepted > 50, `only ${accepted} were accepted`);
});
