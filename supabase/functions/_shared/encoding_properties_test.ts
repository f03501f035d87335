/** Base64url and digest comparison under random bytes, against Node's own encoder. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { equalDigests, fromBase64Url, toBase64Url, utf8 } from "./encoding.ts";

fc.configureGlobal({ seed: 20261121, numRuns: 1000 });

/** Any text at all; half a surrogate pair becomes U+FFFD. (fast-check's own "binary" unit takes a second to set up.) */
const anyText = (minLength = 0, maxLength = 30) =>
  fc.array(fc.nat(0x10ffff), { minLength, maxLength }).map((codes) =>
    String.fromCodePoint(...codes).toWellFormed()
  );

Deno.test("toBase64Url writes what Node writes, and fromBase64Url reads it back", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    const text = toBase64Url(bytes);
    assert.equal(text, Buffer.from(bytes).toString("base64url"));
    assert.deepEqual(fromBase64Url(text), Uint8Array.from(bytes));
  }));
});

Deno.test("fromBase64Url answers any text with null or with the bytes that Node reads", () => {
  const near = fc.string({ unit: fc.constantFrom("A", "z", "0", "-", "_", "+", "/", "=", " ", "\n", "é") });
  fc.assert(fc.property(fc.oneof(near, anyText()), (text) => {
    const bytes = fromBase64Url(text);
    const isBase64Url = [...text].every((character) => /[A-Za-z0-9_-]/.test(character)) &&
      text.length % 4 !== 1;
    assert.equal(bytes !== null, isBase64Url);
    if (bytes !== null) assert.deepEqual(bytes, Uint8Array.from(Buffer.from(text, "base64url")));
  }));
});

Deno.test("equalDigests is equality of bytes", () => {
  const digest = fc.uint8Array({ maxLength: 4, max: 2 });
  fc.assert(fc.property(digest, digest, (left, right) => {
    assert.equal(equalDigests(left, right), left.join() === right.join());
    assert.ok(equalDigests(left, left.slice()));
  }));
});

Deno.test("utf8 is undone by a decoder that keeps everything", () => {
  fc.assert(fc.property(anyText(), (text) => {
    assert.equal(new TextDecoder("utf-8", { ignoreBOM: true }).decode(utf8(text)), text);
  }));
});
