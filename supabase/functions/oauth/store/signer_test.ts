import assert from "node:assert/strict";
import { decodeProtectedHeader } from "jose";
import { verifyAccessToken } from "../../_shared/access_token.ts";
import { toBase64Url } from "../../_shared/encoding.ts";
import { parseKeyRing } from "../../_shared/runtime/keys.ts";
import type { AccessTokenInput } from "../deps.ts";
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
  lifetimeSeconds: 900,
};

function setUp(sealer = TEST_KEY_RING) {
  const { store, memory } = createTestDeps();
  const random = countedRandom();
  const signer = () => createSigner({ issuer: ISSUER, store, sealer, random });
  return { store, memory, random, signer };
}

Deno.test("Signer.sign makes a token that verifies with the published key (RFC 9068 §2)", async () => {
  const { signer } = setUp();
  const token = await signer().sign(INPUT);
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
    kid: keys.keys[0]?.kid,
  });
});

Deno.test("Signer.publicKeys shows no private part and the stored key is sealed", async () => {
  const { memory, signer } = setUp();
  const [key] = await signer().publicKeys();
  assert.deepEqual(Object.keys(key ?? {}).sort(), [
    "alg",
    "crv",
    "kid",
    "kty",
    "use",
    "x",
    "y",
  ]);
  const [stored] = memory.tables.signingKeys;
  assert.match(stored?.sealedPrivateKey ?? "", /^test\.[A-Za-z0-9_-]+$/);
});

Deno.test("Signer makes one first key, however many isolates begin at once", async () => {
  const { memory, signer } = setUp();
  const tokens = await Promise.all(
    Array.from({ length: 8 }, () => signer().sign(INPUT)),
  );
  assert.equal(memory.tables.signingKeys.length, 1);
  const kids = tokens.map((token) => decodeProtectedHeader(token).kid);
  assert.deepEqual([...new Set(kids)], [memory.tables.signingKeys[0]?.kid]);
});

Deno.test("Signer.sign uses the youngest key; older ones stay published", async () => {
  const { memory, signer } = setUp();
  await signer().sign(INPUT);
  const [old] = memory.tables.signingKeys;
  const other = setUp();
  await other.signer().sign(INPUT);
  const [young] = other.memory.tables.signingKeys;
  assert.ok(old !== undefined && young !== undefined);
  // Both are the same kid by counted randomness: the young one is sealed anew for a kid of its own.
  const place = (row: string) => ({
    table: "oauth.signing_keys",
    column: "sealed_private_key",
    row,
  });
  const plain = await TEST_KEY_RING.open(
    young.sealedPrivateKey,
    place(young.kid),
  );
  const { sealed } = await TEST_KEY_RING.seal(
    plain,
    place("young"),
    crypto.getRandomValues(new Uint8Array(12)),
  );
  const publicJwk = { ...young.publicJwk, kid: "young" };
  memory.recordSigningKey({
    kid: "young",
    publicJwk,
    sealedPrivateKey: sealed,
  });
  assert.equal(decodeProtectedHeader(await signer().sign(INPUT)).kid, "young");
  assert.deepEqual((await signer().publicKeys()).map((key) => key.kid), [
    "young",
    old.kid,
  ]);
});

Deno.test("Signer.sign fails under a wrong secret, and works again once the right one is there", async () => {
  const { store, random, signer } = setUp();
  await signer().sign(INPUT);
  const wrong = parseKeyRing(`test:${toBase64Url(new Uint8Array(32).fill(7))}`);
  await assert.rejects(
    createSigner({ issuer: ISSUER, store, sealer: wrong, random }).sign(INPUT),
  );

  let fails = true;
  const sealer = {
    ...TEST_KEY_RING,
    open: (...values: Parameters<typeof TEST_KEY_RING.open>) =>
      fails ? Promise.reject(new Error("not now")) : TEST_KEY_RING.open(...values),
  };
  const recovering = createSigner({ issuer: ISSUER, store, sealer, random });
  await assert.rejects(recovering.sign(INPUT), /not now/);
  fails = false;
  await recovering.sign(INPUT);
});

Deno.test("Signer opens a private key once", async () => {
  const { store, random, signer } = setUp();
  await signer().sign(INPUT);
  let opened = 0;
  const sealer = {
    ...TEST_KEY_RING,
    open: (...values: Parameters<typeof TEST_KEY_RING.open>) => {
      opened += 1;
      return TEST_KEY_RING.open(...values);
    },
  };
  const counting = createSigner({ issuer: ISSUER, store, sealer, random });
  await Promise.all([counting.sign(INPUT), counting.sign(INPUT)]);
  await counting.sign(INPUT);
  assert.ok(opened <= 2, `opened ${opened} times`);
});

Deno.test("Signer makes no first key under a secret that the database does not know as such", async () => {
  for (const outcome of ["differs", "missing"] as const) {
    const { store, memory, random } = setUp();
    const checked = { ...store, checkSecrets: () => Promise.resolve(outcome) };
    const signer = createSigner({ issuer: ISSUER, store: checked, sealer: TEST_KEY_RING, random });
    await assert.rejects(signer.sign(INPUT), new RegExp(`SEKISHO_SECRET: ${outcome}`));
    assert.equal(memory.tables.signingKeys.length, 0);
  }
});
