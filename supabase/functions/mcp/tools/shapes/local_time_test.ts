/** Local times are the same instants, also where the offset is odd or changes. */
import assert from "node:assert/strict";
import { toLocalTime } from "./local_time.ts";

Deno.test("toLocalTime writes an instant with the offset of the zone at that instant", () => {
  const written = [
    ["2026-11-21T12:00:00Z", "Asia/Tokyo", "2026-11-21T21:00:00+09:00"],
    ["2026-11-21T15:00:00Z", "Asia/Tokyo", "2026-11-22T00:00:00+09:00"],
    ["2026-11-21T12:00:00Z", "UTC", "2026-11-21T12:00:00+00:00"],
    ["2026-11-21T12:00:00Z", "Asia/Kathmandu", "2026-11-21T17:45:00+05:45"],
    ["2026-01-21T12:00:00Z", "America/St_Johns", "2026-01-21T08:30:00-03:30"],
    // The hour that comes twice is told apart.
    ["2026-11-01T05:30:00Z", "America/New_York", "2026-11-01T01:30:00-04:00"],
    ["2026-11-01T06:30:00Z", "America/New_York", "2026-11-01T01:30:00-05:00"],
  ];
  for (const [at = "", zone = "", local = ""] of written) {
    assert.equal(toLocalTime(new Date(at), zone), local);
    assert.equal(Date.parse(local), Date.parse(at));
  }
  assert.throws(() => toLocalTime(new Date(0), "Canary/Nowhere"), RangeError);
});
