import assert from "node:assert/strict";
import { isPlainText } from "./plain_text.ts";

Deno.test("isPlainText refuses control characters and halves of characters only", () => {
  const bad = ["\0", "a\nb", "\r", "\t", "\x7f", "\x85", "\ud83d", "a\ude00", "\ude00\ud83d"];
  for (const text of bad) assert.equal(isPlainText(text), false, JSON.stringify(text));
  for (const text of ["", "a b", "名前", "<b>", "\u202e", "😀", "\ufffd"]) {
    assert.equal(isPlainText(text), true);
  }
});
