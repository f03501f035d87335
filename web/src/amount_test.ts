import assert from "node:assert/strict";
import { fractionDigits, toMinor, toWritten } from "./amount.ts";

Deno.test("fractionDigits knows currencies without minor units, and takes two for one that it does not know", () => {
  assert.deepEqual(["JPY", "EUR", "KWD", "XXY"].map(fractionDigits), [0, 2, 3, 2]);
});

Deno.test("toWritten and toMinor are each other's inverse", () => {
  for (
    const [minor, digits, written] of [[10_000, 0, "10000"], [12_345, 2, "123.45"], [5, 3, "0.005"]] as const
  ) {
    assert.equal(toWritten(minor, digits), written);
    assert.equal(toMinor(written, digits, minor), minor);
  }
});

Deno.test("toMinor takes no amount that is more than was asked, negative, too fine or none", () => {
  for (const written of ["10001", "-1", "0.5", "", " ", "1e3", "ten", "1,000", "9".repeat(13)]) {
    assert.equal(toMinor(written, 0, 10_000), null, written);
  }
  assert.equal(toMinor(" 0 ", 0, 10_000), 0);
  assert.equal(toMinor("19.99", 2, 2000), 1999);
  assert.equal(toMinor("19.999", 2, 2000), null);
});
