import assert from "node:assert/strict";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { parseClientMetadata } from "./client_metadata.ts";

const GRANTS = ["authorization_code", "refresh_token"];
const LEAST = { redirect_uris: ["https://client.example/callback"] };
const parse = (body: unknown) => parseClientMetadata(body, GRANTS);

function assertRefused(body: unknown, code: string, reason: string): void {
  assert.throws(() => parse(body), (error) => {
    assert.ok(error instanceof OAuthError);
    assert.deepEqual([error.code, error.reason], [code, reason]);
    assert.ok(!error.description.includes("canary"));
    return true;
  }, JSON.stringify(body)?.slice(0, 200));
}

Deno.test("parseClientMetadata fills in every default", () => {
  assert.deepEqual(parse(LEAST), {
    redirect_uris: ["https://client.example/callback"],
    client_name: "Unnamed client",
    application_type: "web",
    token_endpoint_auth_method: "client_secret_basic",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  });
});

Deno.test("parseClientMetadata keeps what is given", () => {
  const given = {
    redirect_uris: ["http://localhost:1/", "cursor://callback"],
    client_name: "名前 <b>",
    client_uri: "https://client.example/about",
    application_type: "native",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code"],
    response_types: ["code"],
    scope: "product:read",
  };
  assert.deepEqual(parse(given), given);
});

Deno.test("parseClientMetadata takes null for absent and ignores unknown members", () => {
  const body = {
    ...LEAST,
    client_uri: null,
    scope: null,
    grant_types: null,
    logo_uri: "javascript:alert(1)",
    jwks: 3,
    contacts: "x",
    client_id: "chosen",
    client_secret: "chosen",
    verified: true,
  };
  assert.deepEqual(parse(body), parse(LEAST));
});

Deno.test("parseClientMetadata keeps the grants that exist, each once, and needs authorization_code", () => {
  const kept = (grant_types: unknown) => parse({ ...LEAST, grant_types }).grant_types;
  assert.deepEqual(
    kept(["refresh_token", "authorization_code", "refresh_token"]),
    [
      "refresh_token",
      "authorization_code",
    ],
  );
  assert.deepEqual(
    kept(["authorization_code", "client_credentials", "implicit"]),
    ["authorization_code"],
  );
  for (
    const bad of [[], ["refresh_token"], ["implicit"], "authorization_code", [
      1,
    ], Array(21).fill("authorization_code")]
  ) {
    assertRefused(
      { ...LEAST, grant_types: bad },
      "invalid_client_metadata",
      "metadata_grant_types",
    );
  }
});

Deno.test("parseClientMetadata keeps the one response type that exists", () => {
  assert.deepEqual(
    parse({ ...LEAST, response_types: ["token", "code"] }).response_types,
    ["code"],
  );
  for (const bad of [[], ["token"], "code", ["code token"]]) {
    assertRefused(
      { ...LEAST, response_types: bad },
      "invalid_client_metadata",
      "metadata_response_types",
    );
  }
});

Deno.test("parseClientMetadata refuses redirect URIs as a whole when one cannot be registered", () => {
  const good = "https://client.example/";
  for (
    const redirect_uris of [
      undefined,
      null,
      [],
      good,
      [1],
      [null],
      ["javascript:canary"],
      [good, "JaVaScRiPt:canary"],
      [good, "http://canary.example/"],
      [good, "https://canary.example/#"],
      [good, " https://canary.example/"],
      Array(21).fill(good),
    ]
  ) {
    assertRefused(
      { redirect_uris },
      "invalid_redirect_uri",
      "metadata_redirect_uris",
    );
  }
  assert.equal(
    parse({ redirect_uris: Array(20).fill(good) }).redirect_uris.length,
    20,
  );
});

Deno.test("parseClientMetadata refuses every other member that is malformed", () => {
  const cases: Record<string, unknown[]> = {
    client_name: [
      1,
      {},
      "a".repeat(201),
      "canary\0",
      "canary\n",
      "canary\u0085",
    ],
    client_uri: [
      1,
      "canary",
      "javascript:canary",
      "ftp://canary.example",
      "https://",
      "https://a.example/\n",
    ],
    application_type: ["canary", "Web", 1, ""],
    token_endpoint_auth_method: [
      "canary",
      "client_secret_jwt",
      "",
      1,
    ],
    scope: [1, ["product:read"], "a".repeat(2001), "a\0", "a\ud800"],
  };
  for (const [member, values] of Object.entries(cases)) {
    for (const value of values) {
      assertRefused(
        { ...LEAST, [member]: value },
        "invalid_client_metadata",
        `metadata_${member}`,
      );
    }
  }
});

Deno.test("parseClientMetadata keeps the keys of a client that signs, and of no other", () => {
  const key = { kty: "OKP", crv: "Ed25519", x: "x".repeat(43), kid: "1" };
  const signs = { ...LEAST, token_endpoint_auth_method: "private_key_jwt" };
  assert.deepEqual(parse({ ...signs, jwks: { keys: [{ ...key, x5c: ["x"] }] } }).jwks, { keys: [key] });
  assert.equal(parse({ ...signs, jwks_uri: "https://a.example/keys" }).jwks_uri, "https://a.example/keys");
  const other = parse({ ...LEAST, jwks: { keys: [key] }, jwks_uri: "canary" });
  assert.deepEqual([other.jwks, other.jwks_uri], [undefined, undefined]);
  const jwks = { keys: [key] };
  for (
    const keys of [
      {},
      { jwks: { keys: [] } },
      { jwks: { keys: [{ ...key, d: "canary" }] } },
      { jwks_uri: "http://a.example/canary" },
      { jwks, jwks_uri: "https://a.example/keys" },
    ]
  ) {
    assertRefused({ ...signs, ...keys }, "invalid_client_metadata", "metadata_jwks");
  }
});

Deno.test("parseClientMetadata refuses a body that is no object", () => {
  for (const body of [null, undefined, [], [LEAST], "canary", 1, true]) {
    assertRefused(body, "invalid_client_metadata", "metadata_not_an_object");
  }
});
