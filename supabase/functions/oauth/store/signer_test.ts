import assert from "node:assert/strict";
import { decodeProtectedHeader } from "jose";
import { verifyAccessToken } from "../../_shared/access_token.ts";
import { toBase64Url } from "../../_shared/encoding.ts";
import { parseKeyRing } from "../../_shared/runtime/keys.ts";
import type { AccessTokenInput } from "../deps.ts";
import { assignSigningKid } from "../testing/memory_keys.ts";
import { countedRandom, createTestDeps, TEST_KEY_RING } from "../testing/test_deps.ts";
import { createSigner } from "./signer.ts";

const ISSUER = "https://auth.example";
const INPUT: AccessTokenInput = {
  subject: "person",
  audience: "https://auth.example/mcp",
  clientId: "client",
  scope: ["product:read", "product:write"],
  authorizationDetails: [],
  jti: "jti",
  issuedAt: 1_795_219_200,
  kid: "",
  lifetimeSeconds: 900,
};

function setUp(sealer = TEST_KEY_RING) {
  const { store, memory, clock, logged, log } = createTestDeps();
  const deps = { issuer: ISSUER, keyDays: 90, store, sealer, log, random: countedRandom() };
  const signer = (overrides: Partial<typeof deps> = {}) => createSigner({ ...deps, ...overrides });
  /** As a grant does: ready, the database names the key, sign. */
  const issue = async (by = signer()) => {
    await by.ready();
    return await by.sign({ ...INPUT, kid: assignSigningKid(memory.tables) });
  };
  const kids = () => [...memory.tables.signingKeys.keys()];
  return { store, memory, clock, logged, signer, issue, kids };
}

const kidOf = (token: string) => decodeProtectedHeader(token).kid;

Deno.test("Signer.sign makes a token that verifies with the published key (RFC 9068 §2)", async () => {
  const { signer, issue, kids } = setUp();
  const token = await issue();
  const keys = { keys: [...await signer().publicKeys()] };
  const now = new Date(INPUT.issuedAt * 1000);
  const claims = await verifyAccessToken(token, {
    issuer: ISSUER,
    resource: INPUT.audience,
    keys,
    now,
  });
  assert.deepEqual(claims, {
    iss: ISSUER,
    sub: "person",
    aud: "https://auth.example/mcp",
    client_id: "client",
    scope: "product:read product:write",
    jti: "jti",
    iat: INPUT.issuedAt,
    exp: INPUT.issuedAt + 900,
  });
  assert.deepEqual(decodeProtectedHeader(token), {
    alg: "ES256",
    typ: "at+jwt",
    kid: kids()[0],
  });
});

Deno.test("Signer.publicKeys shows no private part and the stored key is sealed", async () => {
  const { memory, signer } = setUp();
  await signer().ready();
  const keys = await signer().publicKeys();
  assert.equal(keys.length, 2);
  for (const key of keys) {
    assert.deepEqual(Object.keys(key).sort(), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
  }
  for (const { sealedPrivateKey } of memory.tables.signingKeys.values()) {
    assert.match(sealedPrivateKey, /^test\.[A-Za-z0-9_-]+$/);
  }
});

Deno.test("Signer makes one first key and one next, however many isolates begin at once", async () => {
  const { kids, issue } = setUp();
  const tokens = await Promise.all(Array.from({ length: 8 }, () => issue()));
  assert.equal(kids().length, 2);
  assert.deepEqual([...new Set(tokens.map(kidOf))], [kids()[0]]);
});

Deno.test("Signer publishes the next key first, signs with it when its time comes, and keeps the old one published", async () => {
  const { clock, signer, issue, kids } = setUp();
  const running = signer();
  await issue(running);
  const [old, next] = kids();
  assert.ok(old !== undefined && next !== undefined);
  assert.deepEqual((await running.publicKeys()).map((key) => key.kid), [old, next]);
  clock.elapse(90 * 86_400 - 1);
  assert.equal(kidOf(await issue(running)), old);
  clock.elapse(1);
  assert.equal(kidOf(await issue(running)), next);
  assert.deepEqual((await running.publicKeys()).map((key) => key.kid), [next, kids()[2], old]);
});

Deno.test("Signer signs with the key that the database names, also one that it has not met", async () => {
  const { memory, signer, issue, kids } = setUp();
  const running = signer();
  await issue(running);
  const [first = "", second = ""] = kids();
  memory.revokeSigningKey(first);
  memory.revokeSigningKey(second);
  await signer().ready();
  const [, , made = ""] = kids();
  assert.equal(kidOf(await running.sign({ ...INPUT, kid: made })), made);
  // What was recorded a moment before the revocation is signed: its token is dead, its request is no failure.
  assert.equal(kidOf(await running.sign({ ...INPUT, kid: first })), first);
  await assert.rejects(running.sign({ ...INPUT, kid: "nobody's" }), /not there/);
  await assert.rejects(signer().sign({ ...INPUT, kid: first }), /not there/);
});

Deno.test("Signer signs with the next key when the one that signs was revoked, and makes one when both were", async () => {
  const { memory, issue, kids } = setUp();
  await issue();
  const [first = "", second = ""] = kids();
  memory.revokeSigningKey(first);
  assert.equal(kidOf(await issue()), second);
  const [, , third = ""] = kids();
  memory.revokeSigningKey(third);
  memory.revokeSigningKey(second);
  assert.equal(kidOf(await issue()), kids()[3]);
});

Deno.test("Signer is ready without the next key, and says so", async () => {
  const { store, memory, logged, signer, issue, kids } = setUp();
  await issue();
  memory.revokeSigningKey(kids()[1] ?? "");
  const failing = signer({
    store: { ...store, createSigningKey: () => Promise.reject(new TypeError("canary")) },
  });
  await issue(failing);
  assert.deepEqual(logged, [{
    level: "warn",
    event: "next signing key not made",
    fields: { name: "TypeError" },
  }]);

  await issue();
  logged.length = 0;
  const [, next] = (await store.listSigningKeys()).keys;
  const open: typeof TEST_KEY_RING.open = (sealed, place) =>
    place.row === next?.kid ? Promise.reject(new Error("canary")) : TEST_KEY_RING.open(sealed, place);
  await issue(signer({ sealer: { ...TEST_KEY_RING, open } }));
  assert.deepEqual(logged, [{
    level: "warn",
    event: "next signing key not opened",
    fields: { name: "Error" },
  }]);
});

Deno.test("Signer.ready fails under a wrong secret, and works again once the right one is there", async () => {
  const { signer, issue } = setUp();
  await issue();
  const wrong = parseKeyRing(`test:${toBase64Url(new Uint8Array(32).fill(7))}`);
  await assert.rejects(signer({ sealer: wrong }).ready());

  let fails = true;
  const sealer = {
    ...TEST_KEY_RING,
    open: (...values: Parameters<typeof TEST_KEY_RING.open>) =>
      fails ? Promise.reject(new Error("not now")) : TEST_KEY_RING.open(...values),
  };
  const recovering = signer({ sealer });
  await assert.rejects(recovering.ready(), /not now/);
  fails = false;
  await issue(recovering);
});

Deno.test("Signer opens a private key once", async () => {
  const { signer, issue } = setUp();
  await issue();
  const opened: string[] = [];
  const sealer = {
    ...TEST_KEY_RING,
    open: (...values: Parameters<typeof TEST_KEY_RING.open>) => {
      opened.push(values[1].row);
      return TEST_KEY_RING.open(...values);
    },
  };
  const counting = signer({ sealer });
  await Promise.all([issue(counting), issue(counting)]);
  await issue(counting);
  assert.equal(opened.length, 2);
  assert.equal(new Set(opened).size, 2);
});

Deno.test("Signer makes no key under a secret that the database does not know as such", async () => {
  for (const outcome of ["differs", "missing"] as const) {
    const { store, signer, kids } = setUp();
    const checked = { ...store, checkSecrets: () => Promise.resolve(outcome) };
    await assert.rejects(signer({ store: checked }).ready(), new RegExp(`SEKISHO_SECRET: ${outcome}`));
    assert.deepEqual(kids(), []);
  }
});
