/** How often the database is asked about a token, and what is never believed for longer than ten seconds. */
import assert from "node:assert/strict";
import type { JWK } from "jose";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { sha256, toBase64Url } from "../../_shared/encoding.ts";
import type { Credential, KeyHolder, LeaseRequest, McpStore } from "../deps.ts";
import { createCallLeases } from "./call_leases.ts";

const KEY: JWK = { kty: "EC", kid: "1" };

const token = (jti: string): Credential => ({ kind: "access_token", jti });

function nameOf(credential: Credential): string {
  return credential.kind === "api_key" ? toBase64Url(credential.keyHash) : credential.jti;
}

/** A database that counts, on a clock that a test moves. */
function scene({ limit = 1000, most = 10 } = {}) {
  const world = {
    now: 0,
    keys: [KEY] as readonly JWK[],
    dead: new Set<string>(),
    taken: 0,
    most,
    lost: false,
  };
  const asked: LeaseRequest[] = [];
  const store: Pick<McpStore, "leaseCalls"> = {
    // deno-lint-ignore require-await
    async leaseCalls(request) {
      asked.push(request);
      if (world.lost) throw new Error("lost");
      const { keys } = world;
      if (world.dead.has(nameOf(request.credential))) return { outcome: "dead", keys };
      world.taken -= request.returned;
      const leased = Math.min(request.wanted, world.most, limit - world.taken);
      if (leased <= 0) return { outcome: "limited", retryAfterSeconds: 60, keys };
      world.taken += leased;
      return { outcome: "leased", leased, minute: Math.floor(world.now / 60_000), keys, holder: null };
    },
  };
  const leases = createCallLeases(store, () => new Date(world.now), limit);
  const spend = async (calls: number, jti = "a") => {
    for (let call = 0; call < calls; call++) await leases.spend(token(jti), "r");
  };
  return { world, asked, leases, spend };
}

const refusal = (code: string, retryAfterSeconds?: number) => (error: unknown) => {
  assert.ok(error instanceof OAuthError);
  assert.deepEqual([error.code, error.retryAfterSeconds], [code, retryAfterSeconds]);
  return true;
};

Deno.test("CallLeases.spend asks for twice as many calls each time, ten at the most", async () => {
  const { asked, spend } = scene();
  await spend(1 + 2 + 4 + 8 + 10 + 1);
  assert.deepEqual(asked.map(({ wanted }) => wanted), [1, 2, 4, 8, 10, 10]);
});

Deno.test("CallLeases.spend believes a lease for ten seconds, gives back what is left and asks for what was used", async () => {
  const { world, asked, spend } = scene();
  await spend(1 + 2 + 4 + 8 + 3);
  world.now = 9_999;
  await spend(1);
  assert.equal(asked.length, 5);
  world.now = 10_000;
  await spend(1);
  const { wanted, returned, returnedMinute } = asked[5] ?? {};
  assert.deepEqual([wanted, returned, returnedMinute], [4, 6, 0]);
  assert.equal(world.taken, 1 + 2 + 4 + 8 + 4 + 4);
});

Deno.test("CallLeases.spend refuses a token that died within ten seconds, and never remembers that it did", async () => {
  const { world, spend } = scene();
  await spend(1 + 1);
  world.dead.add("a");
  await spend(1);
  world.now = 10_000;
  await assert.rejects(spend(1), refusal("invalid_token"));
  await assert.rejects(spend(1), refusal("invalid_token"));
  world.dead.clear();
  await spend(1);
});

Deno.test("CallLeases.spend never passes the limit, and says when to try again without asking", async () => {
  const { world, asked, spend } = scene({ limit: 20 });
  await spend(20);
  await assert.rejects(spend(1), refusal("too_many_requests", 60));
  const before = asked.length;
  world.now = 4_001;
  await assert.rejects(spend(1), refusal("too_many_requests", 56));
  assert.equal(asked.length, before);
  world.now = 10_000;
  world.taken = 0;
  await spend(1);
});

Deno.test("CallLeases.spend: simultaneous callers of a token wait for one lease", async () => {
  const { world, asked, leases } = scene();
  await Promise.all(Array.from({ length: 15 }, () => leases.spend(token("a"), "r")));
  assert.deepEqual(asked.map(({ wanted }) => wanted), [1, 2, 4, 8]);
  assert.equal(world.taken, 15);
});

Deno.test("CallLeases keeps tokens apart and lets the oldest of ten thousand go", async () => {
  const { asked, spend } = scene({ limit: 1_000_000 });
  await spend(1, "first");
  for (let token = 0; token < 10_000; token++) await spend(1, `token ${token}`);
  await spend(1, "token 9999");
  assert.equal(asked.at(-1)?.wanted, 2);
  await spend(1, "first");
  assert.equal(asked.at(-1)?.wanted, 1);
});

Deno.test("CallLeases.spend gives back once, also when the answer to that is lost", async () => {
  const { world, asked, spend } = scene();
  await spend(1 + 2 + 4 + 1);
  world.now = 10_000;
  world.lost = true;
  await assert.rejects(spend(1), /lost/);
  world.lost = false;
  await spend(1);
  assert.deepEqual(asked.slice(-2).map(({ returned }) => returned), [7, 0]);
});

Deno.test("CallLeases.forget asks at the next call", async () => {
  const { asked, leases, spend } = scene();
  await spend(1 + 1);
  leases.forget(token("a"));
  await spend(1);
  assert.equal(asked.length, 3);
});

Deno.test("CallLeases.verificationKeys come with a lease, live ten seconds, and an empty list not at all", async () => {
  const { world, asked, leases, spend } = scene();
  world.keys = [];
  await leases.verificationKeys("a", "r");
  world.keys = [KEY];
  assert.deepEqual(await leases.verificationKeys("a", "r"), [KEY]);
  assert.equal(asked.length, 2);
  await spend(1);
  assert.equal(asked.length, 2, "its lease came with them");
  world.now = 9_999;
  world.keys = [{ ...KEY, kid: "2" }];
  assert.deepEqual(await leases.verificationKeys("a", "r"), [KEY]);
  world.now = 10_000;
  assert.deepEqual(await leases.verificationKeys("a", "r"), world.keys);
  assert.equal(asked.length, 3);
});

Deno.test("CallLeases.verificationKeys: what is asked for a dead token is remembered too", async () => {
  const { world, asked, leases } = scene();
  world.dead.add("forged");
  await assert.rejects(leases.verificationKeys("forged", "r"), refusal("invalid_token"));
  assert.deepEqual(await leases.verificationKeys("other", "r"), [KEY]);
  assert.equal(asked.length, 1);
});

Deno.test("CallLeases.spend answers who holds an API key, which is not the token of that name", async () => {
  const holder: KeyHolder = { keyId: "key_a", personId: "p", scope: ["product:read"], expiresAt: 1 };
  const asked: Credential[] = [];
  const leases = createCallLeases(
    {
      leaseCalls({ credential }) {
        asked.push(credential);
        const held = credential.kind === "api_key" ? holder : null;
        return Promise.resolve({ outcome: "leased", leased: 5, minute: 0, keys: [KEY], holder: held });
      },
    },
    () => new Date(0),
    1000,
  );
  const keyHash = await sha256("a key");
  const key: Credential = { kind: "api_key", keyHash };
  assert.equal(await leases.spend(key, "r"), holder);
  assert.equal(await leases.spend(key, "r"), holder, "also from what is remembered");
  assert.equal(await leases.spend(token(toBase64Url(keyHash)), "r"), null);
  assert.deepEqual(asked.map(({ kind }) => kind), ["api_key", "access_token"]);
});
