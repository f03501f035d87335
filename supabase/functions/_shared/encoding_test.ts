import assert from "node:assert/strict";
import { equalDigests, fromBase64Url, sha256, toBase64Url, utf8 } from "./encoding.ts";

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

Deno.test("toBase64Url is undone by fromBase64Url for bytes of every length", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = random(length);
    const text = toBase64Url(bytes);
    assert.match(text, /^[A-Za-z0-9_-]*$/);
    assert.equal(text.length, Math.ceil(length * 4 / 3));
    assert.deepEqual([...fromBase64Url(text) ?? []], [...bytes]);
  }
});

Deno.test("toBase64Url uses the URL alphabet without padding (RFC 4648 §5)", () => {
  assert.equal(toBase64Url(Uint8Array.of(0xfb, 0xff, 0xfe)), "-__-");
  assert.equal(toBase64Url(utf8("f")), "Zg");
  assert.equal(toBase64Url(utf8("foobar")), "Zm9vYmFy");
});

Deno.test("fromBase64Url answers null for what is no base64url", () => {
  for (
    const text of [
      "a",
      "aaaaa",
      "Zg==",
      "a+b/",
      "a b c",
      "Zm9v\n",
      "あ",
      "ab.c",
    ]
  ) {
    assert.equal(fromBase64Url(text), null, JSON.stringify(text));
  }
});

Deno.test("sha256 answers the digest of the UTF-8 bytes", async () => {
  // RFC 7636 appendix B.
  const digest = await sha256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  assert.equal(
    toBase64Url(digest),
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  );
  assert.notDeepEqual(await sha256("é"), await sha256("e"));
  assert.equal((await sha256("")).length, 32);
});

Deno.test("equalDigests tells every single changed bit and every other length", () => {
  const digest = random(32);
  assert.equal(equalDigests(digest, digest.slice()), true);
  for (let bit = 0; bit < 256; bit++) {
    const other = digest.slice();
    const index = bit >> 3;
    other[index] = (other[index] ?? 0) ^ (1 << (bit & 7));
    assert.equal(equalDigests(digest, other), false);
  }
  assert.equal(equalDigests(digest, digest.slice(0, 31)), false);
  assert.equal(equalDigests(new Uint8Array(), digest), false);
});
