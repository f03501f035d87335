/** Scope lists under random text: sets with an order, whatever is sent. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { OAuthError } from "./oauth_error.ts";
import { formatScope, parseScope, splitScope } from "./scope.ts";

fc.configureGlobal({ seed: 20261121, numRuns: 1000 });

/** Any text at all; half a surrogate pair becomes U+FFFD. (fast-check's own "binary" unit takes a second to set up.) */
const anyText = (minLength = 0, maxLength = 30) =>
  fc.array(fc.nat(0x10ffff), { minLength, maxLength }).map((codes) =>
    String.fromCodePoint(...codes).toWellFormed()
  );

const name = fc.constantFrom("product:read", "product:write", "a", "!", "~", "offline_access");
const list = fc.array(name, { maxLength: 8 });
const spaces = fc.constantFrom(" ", "  ", "   ");
const text = fc.oneof(
  fc.tuple(list, spaces).map(([names, space]) => names.join(space)),
  anyText(),
  fc.string({ unit: fc.constantFrom("a", "b", " ", '"', "\\", "\t", "\x7f", "é", "!", "~") }),
);

/** RFC 6749 §3.3 character by character. */
function isScopeToken(token: string): boolean {
  return [...token].every((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0x20 && code < 0x7f && character !== '"' && character !== "\\";
  });
}

Deno.test("parseScope answers any text with invalid_scope or with each name once, in order, without offline_access", () => {
  fc.assert(fc.property(text, (sent) => {
    const names = sent.split(" ").filter((token) => token.length > 0);
    if (!names.every(isScopeToken)) {
      assert.throws(
        () => parseScope(sent),
        (error) => error instanceof OAuthError && error.code === "invalid_scope",
      );
      return;
    }
    const expected = names.filter((token, at) => token !== "offline_access" && names.indexOf(token) === at);
    assert.deepEqual(parseScope(sent), expected);
  }));
});

Deno.test("parseScope undoes formatScope and changes nothing the second time; order and repetition add nothing", () => {
  fc.assert(fc.property(list, list, (left, right) => {
    const once = parseScope(formatScope([...left, ...right]));
    assert.deepEqual(parseScope(formatScope(once)), once);
    assert.deepEqual(splitScope(formatScope(once)), once);
    const swapped = parseScope(formatScope([...right, ...left, ...right]));
    assert.deepEqual(new Set(swapped), new Set(once));
    assert.equal(swapped.length, once.length);
  }));
});

Deno.test("parseScope refuses every text over 2000 characters", () => {
  fc.assert(fc.property(fc.integer({ min: 1990, max: 2010 }), (length) => {
    const sent = "a".repeat(length);
    if (length <= 2000) assert.deepEqual(parseScope(sent), [sent]);
    else assert.throws(() => parseScope(sent), OAuthError);
  }));
});
