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

Deno.test("visibleText names letters that only look like Latin ones, inside a word and as a whole one", () => {
  for (
    const [name, shown] of [
      ["Сlaude", "[U+0421]laude"],
      ["Cl\u0430ude Code", "Cl[U+0430]ude Code"],
      ["My \u0420\u0430\u0443", "My [U+0420][U+0430][U+0443]"],
      ["\u039f\u03a1\u0395\u039d AI", "[U+039F][U+03A1][U+0395][U+039D] AI"],
      ["Cℓaude \u{1D402}", "C[U+2113]aude [U+1D402]"],
      ["\u13DFlaude", "[U+13DF]laude"],
      ["\uA4DA\uA4E1\uA4EE\uA4F4\uA4D3\uA4F0", "[U+A4DA][U+A4E1][U+A4EE][U+A4F4][U+A4D3][U+A4F0]"],
      ["\u0420\u0430\u04434 360", "[U+0420][U+0430][U+0443]4 360"],
      ["\u0410\u0440\u0440\u04CF\u0435 Я", "[U+0410][U+0440][U+0440][U+04CF][U+0435] Я"],
      ["ひらc\u0435", "ひらc[U+0435]"],
    ] as const
  ) {
    assert.equal(visibleText(name), shown);
  }
});

Deno.test("visibleText leaves names in two languages alone, where each word is what it looks like", () => {
  for (
    const name of [
      ...[
        "Яндекс Music",
        "Ελληνικά App",
        "東京 Metro アプリ",
        "メモapp",
        "Slackの通知",
        "카카오Talk",
        "Ｚｅｎ　アプリ",
        "MCP™ 2",
      ],
      ...[
        "Москва",
        "ЖЖ",
        "Чат с другом",
        "και",
        "Việt Nam",
        "हिन्दी ऐप",
        "עברית",
        "m²",
        "R&D 3.0",
        "カー・ー々",
      ],
    ]
  ) {
    assert.equal(visibleText(name), name);
  }
});

Deno.test("visibleText names marks that would grow over other lines", () => {
  assert.equal(visibleText("e\u0301\u0323\u0302\u0308"), "e\u0301\u0323\u0302\u0308");
  assert.equal(visibleText("a" + "\u0301".repeat(6)), `a${"\u0301".repeat(4)}[U+0301][U+0301]`);
});
