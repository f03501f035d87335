import assert from "node:assert/strict";
import { addressPrefix, type AddressSource, requestOrigin, UNKNOWN_ADDRESS } from "./client_address.ts";

const PEER = { remoteAddr: { transport: "tcp", hostname: "192.0.2.9", port: 4711 } };

function origin(
  headers: Record<string, string>,
  source: Partial<AddressSource> = {},
  connection: unknown = PEER,
) {
  const request = new Request("https://auth.example/oauth/register", { headers });
  return requestOrigin(request, connection, { header: null, trustedHops: 1, ...source });
}

for (
  const [text, prefix] of [
    ["203.0.113.7", "203.0.113.7"],
    ["203.0.113.7:443", "203.0.113.7"],
    [" 203.0.113.7 ", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:cb00:7107", "203.0.113.7"],
    ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
    ["[::ffff:203.0.113.7]:443", "203.0.113.7"],
    ["::ffff:203.0.113.7%eth0", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::1]", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::1%eth0]:443", "2001:db8:1:2::/64"],
    ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
    ["fe80::1%en0", "fe80:0:0:0::/64"],
    ["fe80::1%25en0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["127.0.0.1", "127.0.0.1"],
  ] as const
) {
  Deno.test(`addressPrefix: ${text} is ${prefix}`, () => assert.equal(addressPrefix(text), prefix));
}

for (
  const text of [
    "",
    " ",
    "unknown",
    "_hidden",
    "localhost",
    "203.0.113",
    "203.0.113.256",
    "203.0.113.07",
    "0xcb.0.113.7",
    "3405803783",
    "203.0.113.7:",
    "203.0.113.7:port",
    "203.0.113.7%eth0",
    "[203.0.113.7]:443",
    "203.0.113.7, 203.0.113.8",
    "2001:db8::1::2",
    "2001:db8:1:2:3:4:5:6:7",
    "[2001:db8::1",
    "2001:db8::1]:443",
    "[[2001:db8::1]]",
    "2001:db8::1%",
    "2001:db8::g",
    "%eth0",
    'for="[2001:db8::1]"',
    "2001:db8::1\u0000",
    "２０３.０.１１３.７",
    `${"0".repeat(200)}::1`,
    "9".repeat(100_000),
  ]
) {
  Deno.test(`addressPrefix: ${JSON.stringify(text.slice(0, 30))} is nobody's address`, () =>
    assert.equal(addressPrefix(text), UNKNOWN_ADDRESS));
}

Deno.test("requestOrigin takes the peer, and no header that nobody named", () => {
  const spoofed = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Real-IP": "203.0.113.7",
    "CF-Connecting-IP": "203.0.113.7",
    "True-Client-IP": "203.0.113.7",
    Forwarded: "for=203.0.113.7",
    Via: "203.0.113.7",
    "Remote-Addr": "203.0.113.7",
  };
  assert.equal(origin(spoofed), "192.0.2.9");
  assert.equal(
    origin(spoofed, { header: "x-client" }),
    UNKNOWN_ADDRESS,
    "nor instead of the one that is named",
  );
});

Deno.test("requestOrigin: a peer that is not told is one for all", () => {
  for (const connection of [null, {}, "192.0.2.9", { remoteAddr: null }, { remoteAddr: {} }]) {
    assert.equal(origin({}, {}, connection), UNKNOWN_ADDRESS);
  }
  assert.equal(origin({}, {}, { remoteAddr: { transport: "unix", path: "/run/socket" } }), UNKNOWN_ADDRESS);
});

Deno.test("requestOrigin believes of a header what the trusted hops wrote, from the end", () => {
  const header = "x-forwarded-for";
  const sent = { "X-Forwarded-For": "spoofed, 203.0.113.1, 203.0.113.2,203.0.113.3" };
  assert.equal(origin(sent, { header }), "203.0.113.3");
  assert.equal(origin(sent, { header, trustedHops: 2 }), "203.0.113.2");
  assert.equal(origin(sent, { header, trustedHops: 3 }), "203.0.113.1");
  for (const trustedHops of [4, 5, 10]) {
    assert.equal(origin(sent, { header, trustedHops }), UNKNOWN_ADDRESS, "never the peer, which is a proxy");
  }
  assert.equal(origin({}, { header }), UNKNOWN_ADDRESS);
  assert.equal(origin({ "X-Forwarded-For": "203.0.113.1," }, { header }), UNKNOWN_ADDRESS);
});

Deno.test("requestOrigin reads a header that was sent twice as one list", () => {
  const headers = new Headers([["X-Forwarded-For", "198.51.100.1"], ["X-Forwarded-For", "203.0.113.1"]]);
  const request = new Request("https://auth.example/", { headers });
  assert.equal(requestOrigin(request, PEER, { header: "x-forwarded-for", trustedHops: 1 }), "203.0.113.1");
});
