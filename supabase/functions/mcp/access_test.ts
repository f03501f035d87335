/** The gate of the `mcp` function: every token that is not ours, alive and for this resource is refused. */
import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { createApp } from "./app.ts";
import { createTestDeps, NOW, PUBLIC_URL, type TestDeps } from "./testing/test_deps.ts";

/** The same signature under other claims. */
function altered(token: string): string {
  const [header, payload = "", signature] = token.split(".");
  return [
    header,
    btoa(atob(payload).replace("product:read", "product:own!")).replaceAll(
      "=",
      "",
    ),
    signature,
  ].join(".");
}

type Forge = (deps: TestDeps) => string | Promise<string>;
const seconds = NOW.getTime() / 1000;
const otherJti = "dead-token-0000000000a";

const refused: readonly [what: string, forge: Forge, reason: string][] = [
  [
    "another audience",
    (deps) => deps.token({ aud: "http://localhost:54321/other" }),
    "err_jwt_claim_validation_failed",
  ],
  [
    "two audiences",
    (deps) => deps.token({ aud: [`${PUBLIC_URL}/mcp`, "https://other.example"] }),
    "claims_malformed",
  ],
  [
    "one audience in a list",
    (deps) => deps.token({ aud: [`${PUBLIC_URL}/mcp`] }),
    "claims_malformed",
  ],
  [
    "another issuer",
    (deps) => deps.token({ iss: `${PUBLIC_URL}/` }),
    "err_jwt_claim_validation_failed",
  ],
  [
    "a token of another type",
    (deps) => deps.token({}, { typ: "JWT" }),
    "err_jwt_claim_validation_failed",
  ],
  [
    "an expired token",
    (deps) => deps.token({ exp: seconds - 1 }),
    "err_jwt_expired",
  ],
  [
    "a token without expiry",
    (deps) => deps.token({ exp: undefined }),
    "err_jwt_claim_validation_failed",
  ],
  ["an unknown jti", (deps) => deps.token({ jti: otherJti }), "token_dead"],
  [
    "an unknown key",
    (deps) => deps.token({}, { kid: "k2" }),
    "err_jwks_no_matching_key",
  ],
  [
    "an altered token",
    async (deps) => altered(await deps.token()),
    "err_jws_signature_verification_failed",
  ],
  [
    "a truncated token",
    async (deps) => (await deps.token()).slice(0, -4),
    "err_jws_signature_verification_failed",
  ],
  [
    "a token signed with a public key as a secret",
    async (deps) => {
      const jwk = deps.publicJwk;
      return await new SignJWT({ jti: "live-token-0000000000a" }).setProtectedHeader({
        alg: "HS256",
        typ: "at+jwt",
        kid: "k1",
      })
        .sign(new TextEncoder().encode(JSON.stringify(jwk)));
    },
    "err_jose_alg_not_allowed",
  ],
  [
    "a token without signature",
    () => `${btoa('{"alg":"none","typ":"at+jwt"}').replaceAll("=", "")}.e30.`,
    "",
  ],
  ["no JWT at all", () => "x", "token_malformed"],
  ["a jti that is none of ours", (deps) => deps.token({ jti: "x" }), "token_malformed"],
];

for (const [what, forge, reason] of refused) {
  Deno.test(`/mcp refuses ${what} with 401 and a challenge`, async () => {
    const deps = await createTestDeps();
    const response = await createApp(deps).request("/mcp", {
      method: "POST",
      headers: { Authorization: `Bearer ${await forge(deps)}`, "Content-Type": "application/json" },
      body: "{}",
    });
    assert.equal(response.status, 401);
    assert.match(
      response.headers.get("WWW-Authenticate") ?? "",
      /^Bearer realm="mcp", error="invalid_token"/,
    );
    assert.equal((await response.json()).error, "invalid_token");
    if (reason !== "") assert.equal(deps.logged.at(-1)?.["reason"], reason);
  });
}

Deno.test("a client in its own name may call what needs no person, and is told so by the rest", async () => {
  const deps = await createTestDeps();
  const token = await deps.token({ sub: "client_a", client_id: "client_a" });
  const call = async (name: string) => {
    const response = await createApp(deps).request("/mcp", {
      method: "POST",
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": "2025-06-18",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } }),
    });
    return await response.text();
  };
  assert.match(await call("get_time"), /"time_zone/);
  assert.match(await call("product_list"), /This tool works for a person/);
  assert.equal(deps.queries.length, 0);
});
