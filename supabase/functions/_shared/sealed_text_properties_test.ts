/** Sealed texts under random input: every text comes back, and nothing that was touched opens. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Bytes, fromBase64Url, toBase64Url } from "./encoding.ts";
import { openText, SEAL_IV_BYTES, type SealingKey, sealText } from "./sealed_text.ts";

fc.configureGlobal({ seed: 20261121, numRuns: 150 });

/** Any text at all; half a surrogate pair becomes U+FFFD. (fast-check's own "binary" unit takes a second to set up.) */
const anyText = (minLength = 0, maxLength = 30) =>
  fc.array(fc.nat(0x10ffff), { minLength, maxLength }).map((codes) =>
    String.fromCodePoint(...codes).toWellFormed()
  );

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((each) => each as Bytes);
const plain = fc.oneof(
  anyText(0, 60),
  fc.string({ maxLength: 5 }).map((text) => `\ufeff${text}`),
);
const key: fc.Arbitrary<SealingKey> = fc.record({
  secret: bytes(32),
  purpose: fc.constantFrom("signing key", "refresh token successor"),
  associated: fc.string({ maxLength: 10 }),
});

Deno.test("openText answers every sealed text as it was", async () => {
  await fc.assert(fc.asyncProperty(plain, key, bytes(SEAL_IV_BYTES), async (text, key, iv) => {
    assert.equal(await openText(await sealText(text, key, iv), key), text);
  }));
});

Deno.test("openText refuses a sealed text with any bit flipped and any end cut off", async () => {
  await fc.assert(fc.asyncProperty(plain, key, bytes(SEAL_IV_BYTES), fc.nat(), async (text, key, iv, at) => {
    const sealed = fromBase64Url(await sealText(text, key, iv));
    assert.ok(sealed !== null);
    const bit = at % (sealed.length * 8);
    const flipped = sealed.map((byte, index) => index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte);
    await assert.rejects(openText(toBase64Url(flipped), key));
    await assert.rejects(openText(toBase64Url(sealed.slice(0, at % sealed.length)), key));
  }));
});

Deno.test("openText refuses another secret, another purpose and another place", async () => {
  await fc.assert(
    fc.asyncProperty(plain, key, bytes(SEAL_IV_BYTES), fc.nat(255), async (text, key, iv, at) => {
      const sealed = await sealText(text, key, iv);
      const secret = key.secret.map((byte, index) => index === at >> 3 ? byte ^ (1 << (at & 7)) : byte);
      await assert.rejects(openText(sealed, { ...key, secret }));
      await assert.rejects(openText(sealed, { ...key, purpose: `${key.purpose}s` }));
      await assert.rejects(openText(sealed, { ...key, associated: `${key.associated}s` }));
    }),
  );
});

Deno.test("openText rejects any text that nobody sealed", async () => {
  await fc.assert(fc.asyncProperty(fc.string(), key, async (text, key) => {
    await assert.rejects(openText(text, key));
  }));
});
