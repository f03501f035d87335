import assert from "node:assert/strict";
import { toBase64Url } from "../encoding.ts";
import { SEAL_IV_BYTES } from "../sealed_text.ts";
import { parseKeyRing } from "./keys.ts";

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const newKey = () => toBase64Url(random(32));
const [one, two, three] = [newKey(), newKey(), newKey()];
const place = {
  table: "oauth.signing_keys",
  column: "sealed_private_key",
  row: "kid",
};
const iv = () => random(SEAL_IV_BYTES);

Deno.test("parseKeyRing: the first key writes, all read", async () => {
  const old = parseKeyRing(`old:${one}`);
  const rotated = parseKeyRing(`new:${two},old:${one}`);
  const before = await old.seal("a secret", place, iv());
  const after = await rotated.seal("a secret", place, iv());
  assert.equal(before.secretId, "old");
  assert.equal(after.secretId, "new");
  assert.ok(after.sealed.startsWith("new."));
  assert.equal(await rotated.open(before.sealed, place), "a secret");
  assert.equal(await rotated.open(after.sealed, place), "a secret");
  // The old ring knows nothing of the new key.
  await assert.rejects(old.open(after.sealed, place), /not in the ring/);
});

Deno.test("KeyRing.open refuses another key under the same id", async () => {
  const { sealed } = await parseKeyRing(`id:${one}`).seal(
    "a secret",
    place,
    iv(),
  );
  await assert.rejects(parseKeyRing(`id:${two}`).open(sealed, place));
});

Deno.test("KeyRing.open refuses a value moved to another table, column or row", async () => {
  const ring = parseKeyRing(`id:${one}`);
  const { sealed } = await ring.seal("a secret", place, iv());
  for (const other of [{ table: "t" }, { column: "c" }, { row: "other" }]) {
    await assert.rejects(ring.open(sealed, { ...place, ...other }));
  }
  // The three parts cannot be shifted into each other.
  const shifted = {
    ...place,
    table: `${place.table}\0${place.column}`,
    column: place.row,
    row: "",
  };
  await assert.rejects(ring.open(sealed, shifted));
});

Deno.test("KeyRing.open refuses what is no sealed value", async () => {
  const ring = parseKeyRing(`id:${one}`);
  for (const text of ["", "id", "id.", "id.AAAA", "other.AAAA", ".", "id.!"]) {
    await assert.rejects(ring.open(text, place), JSON.stringify(text));
  }
});

Deno.test("KeyRing.checks has one value per key, the same every time, and no key in it", async () => {
  const ring = parseKeyRing(`a:${one},b:${two}`);
  const checks = await ring.checks();
  assert.deepEqual(checks.map((check) => check.id), ["a", "b"]);
  assert.deepEqual(await parseKeyRing(`a:${one},b:${two}`).checks(), checks);
  const texts = checks.map((check) => toBase64Url(check.value));
  assert.equal(new Set([...texts, one, two]).size, 4);
});

Deno.test("KeyRing.password depends on the first key and the purpose only", async () => {
  const ring = parseKeyRing(`a:${one},b:${two}`);
  assert.equal(
    await ring.password("x"),
    await parseKeyRing(`z:${one}`).password("x"),
  );
  assert.notEqual(await ring.password("x"), await ring.password("y"));
  assert.notEqual(
    await ring.password("x"),
    await parseKeyRing(`b:${two},a:${one}`).password("x"),
  );
  assert.match(await ring.password("x"), /^[A-Za-z0-9_-]{43}$/);
});

Deno.test("parseKeyRing refuses malformed text by rule and never by value", () => {
  for (
    const [text, rule] of [
      ["", /must be id:key/],
      [one, /must be id:key/],
      [`id:${one},`, /must be id:key/],
      [`id:${one}A`, /must be id:key/],
      [`id:${one.slice(1)}`, /must be id:key/],
      [`id:${one.slice(1)}=`, /must be id:key/],
      [`i d:${one}`, /must be id:key/],
      [`${"i".repeat(33)}:${one}`, /must be id:key/],
      [`id:${one};id2:${two}`, /must be id:key/],
      [`id:${one},id:${three}`, /names a key id twice/],
    ] as const
  ) {
    assert.throws(() => parseKeyRing(text), (error: Error) => {
      assert.match(error.message, rule);
      assert.ok(!error.message.includes(one.slice(1, 20)));
      return true;
    }, text);
  }
});

Deno.test("parseKeyRing allows spaces between entries", () => {
  parseKeyRing(` a:${one} , b:${two} `);
});
