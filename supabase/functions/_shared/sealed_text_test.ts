import assert from "node:assert/strict";
import { fromBase64Url, toBase64Url, utf8 } from "./encoding.ts";
import { openText, SEAL_IV_BYTES, type SealingKey, sealText } from "./sealed_text.ts";

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const key: SealingKey = {
  secret: random(32),
  purpose: "test",
  associated: "here",
};
const seal = (plain: string, by = key) => sealText(plain, by, random(SEAL_IV_BYTES));

Deno.test("sealText is undone by openText for texts of many kinds", async () => {
  for (const plain of ["", "a", "秘密 🔑", "\0\n", "x".repeat(5000)]) {
    assert.equal(await openText(await seal(plain), key), plain);
  }
});

Deno.test("sealText shows nothing of the text and starts with the nonce", async () => {
  const iv = random(SEAL_IV_BYTES);
  const bytes = fromBase64Url(await sealText("the plain text", key, iv));
  assert.ok(bytes !== null);
  assert.deepEqual([...bytes.slice(0, SEAL_IV_BYTES)], [...iv]);
  assert.ok(!new TextDecoder().decode(bytes).includes("plain"));
  assert.equal(bytes.length, SEAL_IV_BYTES + "the plain text".length + 16);
});

Deno.test("openText refuses another secret, purpose or place", async () => {
  const sealed = await seal("secret");
  await assert.rejects(openText(sealed, { ...key, secret: random(32) }));
  await assert.rejects(openText(sealed, { ...key, purpose: "other" }));
  await assert.rejects(openText(sealed, { ...key, associated: "there" }));
  await assert.rejects(
    openText(sealed, { secret: key.secret, purpose: key.purpose }),
  );
});

Deno.test("openText refuses every altered byte, a truncated text and no text at all", async () => {
  const bytes = fromBase64Url(await seal("secret")) ?? new Uint8Array();
  for (let index = 0; index < bytes.length; index++) {
    const altered = bytes.slice();
    altered[index] = (altered[index] ?? 0) ^ 1;
    await assert.rejects(openText(toBase64Url(altered), key));
  }
  for (const length of [0, 5, SEAL_IV_BYTES, bytes.length - 1]) {
    await assert.rejects(openText(toBase64Url(bytes.slice(0, length)), key));
  }
  await assert.rejects(openText("not base64url!", key));
});

Deno.test("sealText accepts a secret of any length: HKDF makes the key", async () => {
  const short: SealingKey = { secret: utf8("short"), purpose: "test" };
  assert.equal(await openText(await seal("x", short), short), "x");
});
