import assert from "node:assert/strict";
import { sha256 } from "../../_shared/encoding.ts";
import { countedRandom } from "../testing/test_deps.ts";
import { hashPresented, newJti, newSecret } from "./secrets.ts";

Deno.test("newSecret makes 256 bits in base64url with their hash, another each time", async () => {
  const random = countedRandom();
  const values = new Set<string>();
  for (let count = 0; count < 100; count++) {
    const { value, hash } = await newSecret({ random });
    assert.match(value, /^[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(hash, await sha256(value));
    assert.deepEqual(await hashPresented(value), hash);
    values.add(value);
  }
  assert.equal(values.size, 100);
});

Deno.test("hashPresented looks nothing up that cannot be ours", async () => {
  for (
    const value of [
      "",
      "a".repeat(42),
      "a".repeat(44),
      `${"a".repeat(42)}=`,
      `${"a".repeat(42)}+`,
      `${"a".repeat(43)}\n`,
    ]
  ) assert.equal(await hashPresented(value), null, JSON.stringify(value));
});

Deno.test("newJti makes 128 bits in base64url", () => {
  const random = countedRandom();
  assert.match(newJti({ random }), /^[A-Za-z0-9_-]{22}$/);
  assert.notEqual(newJti({ random }), newJti({ random }));
});
