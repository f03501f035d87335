import assert from "node:assert/strict";
import { OAuthError } from "./oauth_error.ts";
import { formatScope, parseScope, splitScope } from "./scope.ts";

function refusal(reason: string) {
  return (error: unknown) =>
    error instanceof OAuthError && error.code === "invalid_scope" &&
    error.reason === reason;
}

Deno.test("parseScope answers names in their order, each once", () => {
  assert.deepEqual(parseScope("b:read a:read b:read"), ["b:read", "a:read"]);
  assert.deepEqual(parseScope("  a:read   b:read "), ["a:read", "b:read"]);
  assert.deepEqual(parseScope(""), []);
});

Deno.test("parseScope drops offline_access and nothing that looks like it", () => {
  assert.deepEqual(parseScope("offline_access"), []);
  assert.deepEqual(parseScope("offline_access a:read offline_accesses"), [
    "a:read",
    "offline_accesses",
  ]);
});

Deno.test("parseScope refuses everything outside RFC 6749 §3.3", () => {
  for (
    const bad of [
      "a\tb",
      "a\nb",
      'a"b',
      "a\\b",
      "a\0b",
      "読む",
      "a\u00a0b",
      "a\u007f",
    ]
  ) {
    assert.throws(
      () => parseScope(`ok:read ${bad}`),
      refusal("scope_malformed"),
      JSON.stringify(bad),
    );
  }
  assert.deepEqual(parseScope("<b> !#[]~"), ["<b>", "!#[]~"]);
});

Deno.test("parseScope refuses by length before it looks at anything", () => {
  assert.equal(parseScope("a".repeat(2000)).length, 1);
  assert.throws(() => parseScope("a".repeat(2001)), refusal("scope_too_long"));
  assert.throws(
    () => parseScope(" ".repeat(50_000)),
    refusal("scope_too_long"),
  );
});

Deno.test("formatScope is undone by splitScope and parseScope", () => {
  assert.equal(formatScope([]), "");
  assert.equal(formatScope(["a:read", "b:write"]), "a:read b:write");
  assert.deepEqual(splitScope(formatScope(["a:read", "b:write"])), [
    "a:read",
    "b:write",
  ]);
  assert.deepEqual(parseScope(formatScope(["a:read", "b:write"])), [
    "a:read",
    "b:write",
  ]);
});
