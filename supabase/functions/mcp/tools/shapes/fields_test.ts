/** What tools take: as much as Postgres can store, and no more. */
import assert from "node:assert/strict";
import { z } from "zod";
import { givenInstant, instant, text, toUtc } from "./fields.ts";

Deno.test("text counts characters as Postgres does and takes only what it can store", () => {
  const name = text(3);
  for (const good of ["a", "abc", "🫖🫖🫖"]) assert.ok(name.safeParse(good).success, good);
  for (const bad of ["", "abcd", "🫖🫖🫖🫖", "a\0", "a\ud800"]) assert.ok(!name.safeParse(bad).success);
  assert.deepEqual(z.toJSONSchema(name), {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "string",
    minLength: 1,
    maxLength: 3,
  });
});

Deno.test("givenInstant takes RFC 3339 with an offset, in years that can be written", () => {
  for (
    const good of [
      "2026-11-21T12:00:00Z",
      "2026-11-21T21:00:00+09:00",
      "2024-02-29T00:00:00.123456-15:30",
      "2026-11-21T12:00:00+23:59",
    ]
  ) {
    assert.ok(givenInstant.safeParse(good).success, good);
    assert.match(toUtc(good), /^\d{4}-.*Z$/);
  }
  for (
    const bad of [
      "2026-11-21",
      "2026-11-21T12:00:00",
      "2026-02-29T00:00:00Z",
      "2026-11-21T24:00:00Z",
      "2026-11-21 12:00:00Z",
      "0000-01-01T00:00:00Z",
      "1969-12-31T23:59:59Z",
      "9999-12-31T23:59:59-23:59",
      "infinity",
      "now",
      "",
    ]
  ) {
    assert.ok(!givenInstant.safeParse(bad).success, bad);
  }
  assert.equal(z.toJSONSchema(instant)["format"], "date-time");
  assert.equal(z.toJSONSchema(instant)["pattern"], undefined);
});
