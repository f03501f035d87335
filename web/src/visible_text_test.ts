/** Tests of `visibleText`: what a stranger's name may look like on the consent page. */
import assert from "node:assert/strict";
import { visibleText } from "./visible_text.ts";

Deno.test("visibleText leaves an ordinary name alone, in any script", () => {
  for (const name of ["Claude", "Zed — the editor", "関所アプリ", "Ünïcödé", "تطبيق", "🦊 Fox"]) {
    assert.equal(visibleText(name), name);
  }
});

Deno.test("visibleText names a direction override instead of obeying it", () => {
  assert.equal(visibleText("Claude\u202Egpj"), "Claude[U+202E]gpj");
  assert.equal(visibleText("\u2066a\u2069"), "[U+2066]a[U+2069]");
});

Deno.test("visibleText names controls, line breaks and characters drawn as nothing", () => {
  assert.equal(visibleText("a\u0000\n\u007F"), "a[U+0000][U+000A][U+007F]");
  assert.equal(visibleText("Cl\u200Baude\uFEFF\u00AD"), "Cl[U+200B]aude[U+FEFF][U+00AD]");
  assert.equal(visibleText("a\u2028b\u3164\u2800\u{E0041}"), "a[U+2028]b[U+3164][U+2800][U+E0041]");
  assert.equal(visibleText("a\uD800b"), "a[U+D800]b");
});

Deno.test("visibleText cuts after 60 characters, never inside one", () => {
  assert.equal(visibleText("x".repeat(60)), "x".repeat(60));
  assert.equal(visibleText("x".repeat(61)), "x".repeat(60) + "…");
  assert.equal(visibleText("🦊".repeat(10_000)), "🦊".repeat(60) + "…");
  assert.equal(visibleText("abc", 2), "ab…");
});

Deno.test("visibleText leaves markup as the text it is", () => {
  const name = "<img src=x onerror=alert(1)>";
  assert.equal(visibleText(name), name);
});
