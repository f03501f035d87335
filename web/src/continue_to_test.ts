/** Tests of `isContinueTo`: where the consent page may send the browser. */
import assert from "node:assert/strict";
import { isContinueTo } from "./continue_to.ts";

Deno.test("isContinueTo accepts an absolute address on the authorization server, with or without a path", () => {
  assert.equal(isContinueTo("https://a.example/oauth/continue/x", "https://a.example"), true);
  assert.equal(
    isContinueTo("https://x.supabase.co/functions/v1/oauth/continue/x", "https://x.supabase.co/functions/v1"),
    true,
  );
});

Deno.test("isContinueTo refuses everything else", () => {
  for (
    const value of [
      "https://a.example",
      "https://a.example.attacker.example/x",
      "https://a.example@attacker.example/x",
      "http://a.example/x",
      "javascript:alert(1)",
      "//a.example/x",
      "/oauth/continue/x",
      " https://a.example/x",
      "",
      undefined,
      null,
      7,
    ]
  ) {
    assert.equal(isContinueTo(value, "https://a.example"), false, String(value));
  }
  assert.equal(isContinueTo("/x", ""), false);
});
