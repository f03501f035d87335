import assert from "node:assert/strict";
import { isLoopback, originOf, publicUrls } from "./public_urls.ts";

Deno.test("publicUrls of an own domain: the issuer is the bare origin", () => {
  assert.deepEqual(publicUrls("https://auth.example"), {
    issuer: "https://auth.example",
    resource: "https://auth.example/mcp",
    resourceMetadata: "https://auth.example/.well-known/oauth-protected-resource/mcp",
    authorize: "https://auth.example/oauth/authorize",
    token: "https://auth.example/oauth/token",
    register: "https://auth.example/oauth/register",
    revoke: "https://auth.example/oauth/revoke",
    introspect: "https://auth.example/oauth/introspect",
    jwks: "https://auth.example/oauth/jwks",
    continue: "https://auth.example/oauth/continue/",
    bareHost: false,
  });
});

Deno.test("publicUrls of a bare host: the issuer lies below the path", () => {
  assert.deepEqual(publicUrls("https://ref.supabase.example/functions/v1"), {
    issuer: "https://ref.supabase.example/functions/v1/oauth",
    resource: "https://ref.supabase.example/functions/v1/mcp",
    resourceMetadata: "https://ref.supabase.example/functions/v1/mcp/.well-known/oauth-protected-resource",
    authorize: "https://ref.supabase.example/functions/v1/oauth/authorize",
    token: "https://ref.supabase.example/functions/v1/oauth/token",
    register: "https://ref.supabase.example/functions/v1/oauth/register",
    revoke: "https://ref.supabase.example/functions/v1/oauth/revoke",
    introspect: "https://ref.supabase.example/functions/v1/oauth/introspect",
    jwks: "https://ref.supabase.example/functions/v1/oauth/jwks",
    continue: "https://ref.supabase.example/functions/v1/oauth/continue/",
    bareHost: true,
  });
});

Deno.test("publicUrls keeps port and loopback as written and never adds a slash", () => {
  const urls = publicUrls("http://localhost:54321");
  assert.equal(urls.issuer, "http://localhost:54321");
  assert.equal(urls.bareHost, false);
});

Deno.test("originOf answers scheme and authority as written, or nothing", () => {
  assert.equal(
    originOf("https://a.example:8443/path?query#fragment"),
    "https://a.example:8443",
  );
  assert.equal(originOf("https://a.example?x"), "https://a.example");
  assert.equal(originOf("http://[::1]:1/"), "http://[::1]:1");
  for (
    const other of [
      "null",
      "",
      "ftp://a.example",
      "javascript:alert(1)",
      " https://a.example",
      "https://",
    ]
  ) {
    assert.equal(originOf(other), "", other);
  }
});

Deno.test("isLoopback is true for this computer over http only", () => {
  for (
    const here of [
      "http://localhost",
      "http://localhost:1/x",
      "http://127.0.0.1/",
      "http://127.0.0.1:65535?x",
      "http://[::1]",
      "http://[::1]:8080#f",
    ]
  ) assert.equal(isLoopback(here), true, here);
  for (
    const elsewhere of [
      "https://localhost",
      "http://localhost.evil.example",
      "http://localhost@evil.example",
      "http://localhost:1@evil.example",
      "http://localhost:123456",
      "http://127.0.0.2",
      "http://127.1",
      "http://0x7f.1",
      "http://[::ffff:127.0.0.1]",
      "http://LOCALHOST",
      "http://localhost\\.evil.example",
      "cursor://localhost",
    ]
  ) assert.equal(isLoopback(elsewhere), false, elsewhere);
});
