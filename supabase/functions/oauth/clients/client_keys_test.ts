/** Which of a stranger's keys are taken, and which may have made a signature. */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "jose";
import { keysForHeader, parseClientKeys, parseKeySource } from "./client_keys.ts";

const EC = { kty: "EC", crv: "P-256", x: "x".repeat(43), y: "y".repeat(43) };
const RSA = { kty: "RSA", n: "n".repeat(342), e: "AQAB" };
const OKP = { kty: "OKP", crv: "Ed25519", x: "x".repeat(43) };

Deno.test("parseClientKeys takes every kind of key that signs here, as jose exports it", async () => {
  for (const algorithm of ["ES256", "RS256", "Ed25519"]) {
    const { publicKey } = await generateKeyPair(algorithm);
    const jwk = { ...await exportJWK(publicKey), kid: "1", alg: algorithm, use: "sig" };
    assert.deepEqual(parseClientKeys({ keys: [jwk] }), [jwk]);
  }
});

Deno.test("parseClientKeys keeps nothing but what a signature needs", () => {
  const published = { ...EC, kid: "1", x5c: ["MII"], x5t: "x", key_ops: ["verify"], "": null };
  assert.deepEqual(parseClientKeys({ keys: [published], other: 1 }), [{ ...EC, kid: "1" }]);
});

Deno.test("parseClientKeys leaves out what cannot sign here", () => {
  const useless = [
    { ...EC, use: "enc" },
    { ...EC, alg: "ES512" },
    { ...EC, crv: "P-384" },
    { ...OKP, crv: "X25519" },
    { ...RSA, n: "n".repeat(171) },
    { ...RSA, n: "n".repeat(1367) },
    { ...RSA, alg: "HS256" },
    { ...EC, kid: "a\u0000b" },
    { ...EC, kid: "a\ud800" },
    { kty: "AKP", pub: "x" },
  ];
  assert.deepEqual(parseClientKeys({ keys: [...useless, EC] }), [EC]);
  for (const key of useless) assert.equal(parseClientKeys({ keys: [key] }), null, JSON.stringify(key));
});

Deno.test("parseClientKeys refuses a set with a private or symmetric key whole", () => {
  assert.equal(parseClientKeys({ keys: [EC, { ...OKP, d: "d".repeat(43) }] }), null);
  assert.equal(parseClientKeys({ keys: [EC, { kty: "oct", k: "secret" }] }), null);
});

Deno.test("parseClientKeys refuses what is no set, an empty and an endless one", () => {
  for (const set of [undefined, null, [], [EC], EC, { keys: {} }, { keys: [] }, { keys: [null] }, "x", 1]) {
    assert.equal(parseClientKeys(set), null, JSON.stringify(set));
  }
  assert.equal(parseClientKeys({ keys: Array.from({ length: 20 }, () => EC) })?.length, 20);
  assert.equal(parseClientKeys({ keys: Array.from({ length: 21 }, () => EC) }), null);
});

Deno.test("parseKeySource takes keys from one place only, and https unless on this computer", () => {
  const jwks = { keys: [EC] };
  assert.deepEqual(parseKeySource({ jwks }), { jwks: [EC], jwksUri: null });
  for (
    const jwks_uri of [
      "https://a.example/keys",
      "https://a.example",
      "https://[::1]/k?x=1",
      "http://127.0.0.1:9/k",
    ]
  ) {
    assert.deepEqual(parseKeySource({ jwks_uri }), { jwks: null, jwksUri: jwks_uri });
  }
  assert.equal(parseKeySource({}), null);
  assert.equal(parseKeySource({ jwks, jwks_uri: "https://a.example/keys" }), null);
  for (
    const jwks_uri of [
      "http://a.example/keys",
      "javascript:alert(1)",
      "https://user@a.example/",
      "https://a.example/k#f",
      "https://a.example/\u0000",
      "",
      1,
      null,
      ["https://a.example/"],
    ]
  ) {
    assert.equal(parseKeySource({ jwks_uri }), null, String(jwks_uri));
  }
});

Deno.test("keysForHeader finds by kid, by algorithm and by kind; a key without kid may always be it", () => {
  const keys = [{ ...EC, kid: "1" }, { ...EC, kid: "2", alg: "ES256" }, RSA, { ...OKP, kid: "1" }];
  assert.deepEqual(keysForHeader(keys, { alg: "ES256" }), [keys[0], keys[1]]);
  assert.deepEqual(keysForHeader(keys, { alg: "ES256", kid: "2" }), [keys[1]]);
  assert.deepEqual(keysForHeader(keys, { alg: "RS256", kid: "2" }), [keys[2]]);
  assert.deepEqual(keysForHeader(keys, { alg: "EdDSA", kid: "1" }), [keys[3]]);
  assert.deepEqual(keysForHeader(keys, { alg: "HS256", kid: "1" }), []);
  assert.deepEqual(keysForHeader(keys, { alg: undefined }), []);
  assert.deepEqual(keysForHeader(keys, { alg: "ES256", kid: 1 }), []);
});
