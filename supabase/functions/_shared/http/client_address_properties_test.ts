/** What holds of every address and of everything that is none. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { addressPrefix, requestOrigin, UNKNOWN_ADDRESS } from "./client_address.ts";

const v4 = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }).map((bytes) => bytes.join("."));
const groups = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
  // The range of mapped IPv4 is another property.
  .filter(([first = 0, second = 0]) => first !== 0 || second !== 0);
const port = fc.nat(65_535);
const hex = (values: readonly number[], pad: boolean, upper: boolean) =>
  values.map((value) => value.toString(16).padStart(pad ? 4 : 1, "0")).map((text) =>
    upper ? text.toUpperCase() : text
  )
    .join(":");

Deno.test("addressPrefix: every spelling of an IPv6 address is one prefix, shared by its /64 and by no other", () => {
  fc.assert(
    fc.property(groups, groups, fc.boolean(), fc.boolean(), port, (one, other, pad, upper, port) => {
      const prefix = addressPrefix(hex(one, false, false));
      assert.notEqual(prefix, UNKNOWN_ADDRESS);
      const text = hex(one, pad, upper);
      for (
        const spelling of [
          text,
          `[${text}]`,
          `[${text}]:${port}`,
          `${text}%eth0`,
          `[${text}%1]:${port}`,
          ` ${text} `,
        ]
      ) {
        assert.equal(addressPrefix(spelling), prefix, spelling);
      }
      const neighbour = [...one.slice(0, 4), ...other.slice(4)];
      assert.equal(addressPrefix(hex(neighbour, pad, upper)), prefix);
      const same = one.slice(0, 4).join() === other.slice(0, 4).join();
      assert.equal(addressPrefix(hex(other, pad, upper)) === prefix, same);
    }),
  );
});

Deno.test("addressPrefix: an IPv4 address is itself, also with a port and mapped into IPv6", () => {
  fc.assert(
    fc.property(v4, port, fc.boolean(), (address, port, upper) => {
      const bytes = address.split(".").map(Number);
      const low = hex([bytes[0]! << 8 | bytes[1]!, bytes[2]! << 8 | bytes[3]!], false, upper);
      for (
        const spelling of [
          address,
          `${address}:${port}`,
          `::ffff:${address}`,
          `::FFFF:${low}`,
          `0:0:0:0:0:ffff:${low}`,
          `[::ffff:${address}]:${port}`,
          `::ffff:${address}%eth0`,
        ]
      ) assert.equal(addressPrefix(spelling), address, spelling);
    }),
  );
});

Deno.test("addressPrefix: of anything whatever it makes an address, a /64 or unknown, and the same of that again", () => {
  const almost = fc.string({ unit: fc.constantFrom(..."0123456789abcdefF:.[]%, /"), maxLength: 60 });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), almost), (text) => {
      const prefix = addressPrefix(text);
      assert.match(prefix, /^(unknown|(\d{1,3}\.){3}\d{1,3}|([0-9a-f]{1,4}:){4}:\/64)$/);
      assert.equal(addressPrefix(prefix.replace("/64", "")), prefix);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("requestOrigin: nothing that a client writes before the trusted hops changes what it is", () => {
  const entry = fc.string({ unit: fc.constantFrom(..."0123456789abcdef:.[]%, x"), maxLength: 30 });
  fc.assert(
    fc.property(fc.array(entry), fc.array(v4, { minLength: 1, maxLength: 4 }), (spoofed, hops) => {
      const source = { header: "x-forwarded-for", trustedHops: hops.length };
      const headers = { "X-Forwarded-For": [...spoofed, ...hops].join(", ") };
      const request = new Request("https://auth.example/", { headers });
      assert.equal(requestOrigin(request, undefined, source), hops[0]);
    }),
  );
});
