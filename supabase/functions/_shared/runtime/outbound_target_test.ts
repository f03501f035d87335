import assert from "node:assert/strict";
import fc from "fast-check";
import { OutboundError, type OutboundReason } from "./outbound_error.ts";
import { readTarget } from "./outbound_target.ts";

const refusedFor = (url: string, allowLoopback = false): OutboundReason | null => {
  try {
    readTarget(url, allowLoopback);
    return null;
  } catch (error) {
    assert.ok(error instanceof OutboundError);
    return error.reason;
  }
};

Deno.test("readTarget takes a URL apart", () => {
  assert.deepEqual(readTarget("https://client.example:8443/a/b?c=d", false), {
    secure: true,
    host: "client.example",
    port: 8443,
    addresses: null,
    authority: "client.example:8443",
    path: "/a/b?c=d",
  });
  const { port, authority, path } = readTarget("https://client.example:443", false);
  assert.deepEqual({ port, authority, path }, { port: 443, authority: "client.example", path: "/" });
  assert.equal(readTarget("https://xn--mnchen-3ya.example/", false).host, "xn--mnchen-3ya.example");
});

Deno.test("readTarget: a literal public address needs no lookup", () => {
  assert.deepEqual(readTarget("https://93.184.215.14/", false).addresses, ["93.184.215.14"]);
  const v6 = readTarget("https://[2606:4700:4700::1111]/", false);
  assert.deepEqual([v6.host, v6.addresses], ["2606:4700:4700::1111", ["2606:4700:4700::1111"]]);
  assert.equal(v6.authority, "[2606:4700:4700::1111]");
});

Deno.test("readTarget refuses what is not the address of something public", () => {
  const table: Readonly<Record<string, OutboundReason>> = {
    "http://client.example/": "not_https",
    "http://127.0.0.1/": "not_https",
    "ftp://client.example/": "not_https",
    "HTTPS://client.example/": "not_https",
    "file:///etc/passwd": "not_https",
    "data:application/json,{}": "not_https",
    "//client.example/": "not_https",
    "https:client.example": "not_https",
    "https:/client.example": "not_https",
    "": "malformed",
    " https://client.example/": "malformed",
    "https://client.example/\n": "malformed",
    "https://client.example/\r\nX: y": "malformed",
    "https://client.example/a b": "malformed",
    "https://client.exa\tmple/": "malformed",
    "https://client.example/é": "malformed",
    "https://クライアント.example/": "malformed",
    "https://client。example/": "malformed",
    "https://①②⑦.0.0.1/": "malformed",
    "https://client.example#x": "malformed",
    "https://client.example/#": "malformed",
    "https://client.example\\@evil.example/": "malformed",
    "https://a@client.example/": "malformed",
    "https://a:b@client.example/": "malformed",
    "https://@client.example/": "malformed",
    [`https://client.example/${"a".repeat(2048)}`]: "malformed",
    "https://": "host_not_allowed",
    "https:///client.example": "host_not_allowed",
    "https://client.example:": "host_not_allowed",
    "https://client.example:0/": "host_not_allowed",
    "https://client.example:0443/": "host_not_allowed",
    "https://client.example:65536/": "host_not_allowed",
    "https://client.example:a/": "host_not_allowed",
    "https://client.example:1:2/": "host_not_allowed",
    "https://Client.example/": "host_not_allowed",
    "https://client.example./": "host_not_allowed",
    "https://client..example/": "host_not_allowed",
    "https://.example/": "host_not_allowed",
    "https://-a.example/": "host_not_allowed",
    "https://a_b.example/": "host_not_allowed",
    "https://%63lient.example/": "host_not_allowed",
    "https://127.0.0.1%2f.example/": "host_not_allowed",
    "https://xn--a.example/": "host_not_allowed",
    [`https://${"a".repeat(64)}.example/`]: "host_not_allowed",
    [`https://${"a.".repeat(124)}example/`]: "host_not_allowed",
    "https://localhost/": "host_not_allowed",
    "https://localhost./": "host_not_allowed",
    "https://metadata/": "host_not_allowed",
    "https://127.1/": "host_not_allowed",
    "https://0x7f.1/": "host_not_allowed",
    "https://0x7f000001/": "host_not_allowed",
    "https://2130706433/": "host_not_allowed",
    "https://0177.0.0.1/": "host_not_allowed",
    "https://127.0.0.1./": "host_not_allowed",
    "https://93.184.215.014/": "host_not_allowed",
    "https://256.1.1.1/": "host_not_allowed",
    "https://[::ffff:127.0.0.1]/": "host_not_allowed",
    "https://[::ffff:8.8.8.8]/": "host_not_allowed",
    "https://[0:0:0:0:0:0:0:1]/": "host_not_allowed",
    "https://[2606:4700:0::1]/": "host_not_allowed",
    "https://[2606:4700::00FF]/": "host_not_allowed",
    "https://[fe80::1%25eth0]/": "host_not_allowed",
    "https://[fe80::1%eth0]/": "host_not_allowed",
    "https://[client.example]/": "host_not_allowed",
    "https://[]/": "host_not_allowed",
    "https://2606:4700::1/": "host_not_allowed",
    "https://127.0.0.1/": "address_not_public",
    "https://169.254.169.254/latest/meta-data": "address_not_public",
    "https://0.0.0.0/": "address_not_public",
    "https://10.0.0.1:8443/": "address_not_public",
    "https://[::]/": "address_not_public",
    "https://[::1]/": "address_not_public",
    "https://[::ffff:7f00:1]/": "address_not_public",
    "https://[64:ff9b::7f00:1]/": "address_not_public",
    "https://[fd00::1]/": "address_not_public",
  };
  for (const [url, reason] of Object.entries(table)) {
    assert.equal(refusedFor(url), reason, JSON.stringify(url));
  }
});

Deno.test("readTarget allows exactly three names of this computer where that is allowed", () => {
  assert.deepEqual(readTarget("http://localhost:3000/c", true).addresses, ["127.0.0.1", "::1"]);
  assert.deepEqual(readTarget("https://127.0.0.1:3000/c", true).addresses, ["127.0.0.1"]);
  const v6 = readTarget("http://[::1]/", true);
  assert.deepEqual([v6.addresses, v6.host, v6.port, v6.secure], [["::1"], "::1", 80, false]);
  const others: Readonly<Record<string, OutboundReason>> = {
    "http://client.example/": "not_https",
    "http://127.0.0.2/": "not_https",
    "http://10.0.0.1/": "not_https",
    "http://localhost.example/": "not_https",
    "http://a.localhost/": "not_https",
    "http://LOCALHOST/": "host_not_allowed",
    "http://localhost./": "not_https",
    "http://127.1/": "host_not_allowed",
    "https://127.0.0.2/": "address_not_public",
    "https://10.0.0.1/": "address_not_public",
    "https://[::ffff:7f00:1]/": "address_not_public",
    "https://[fe80::1]/": "address_not_public",
    "https://0.0.0.0/": "address_not_public",
  };
  for (const [url, reason] of Object.entries(others)) assert.equal(refusedFor(url, true), reason, url);
});

Deno.test("readTarget never lets through a private address, however it is written", () => {
  const octet = (value: number) =>
    fc.constantFrom(`${value}`, `0${value.toString(8)}`, `0x${value.toString(16)}`);
  const forms = fc.tuple(fc.constantFrom(127, 10, 0), fc.nat(255), fc.nat(255), fc.nat(255)).chain(
    ([a, b, c, d]) => {
      const whole = ((a * 256 + b) * 256 + c) * 256 + d;
      return fc.oneof(
        octet(whole),
        fc.tuple(octet(a), octet(whole % 2 ** 24)).map((parts) => parts.join(".")),
        fc.tuple(octet(a), octet(b), octet(whole % 2 ** 16)).map((parts) => parts.join(".")),
        fc.tuple(octet(a), octet(b), octet(c), octet(d)).map((parts) => parts.join(".")),
      );
    },
  );
  fc.assert(fc.property(forms, fc.constantFrom("", "."), (host, dot) => {
    const reason = refusedFor(`https://${host}${dot}/`);
    return reason === "host_not_allowed" || reason === "address_not_public";
  }));
});

Deno.test("readTarget only throws OutboundError, and puts nothing of the URL into a request line", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.webUrl(), (tail, url) => {
    for (const text of [tail, `https://${tail}`, `https://client.example/${tail}`, url + tail]) {
      if (refusedFor(text) !== null) continue;
      const { host, authority, path } = readTarget(text, false);
      assert.match(path, /^[/?][\x21-\x7e]*$/);
      assert.match(authority, /^[a-z0-9.:[\]-]+$/);
      assert.match(host, /^[a-z0-9.:-]+$/);
    }
  }));
});
