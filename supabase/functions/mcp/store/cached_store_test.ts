/** What the `mcp` function remembers, and for how long. */
import assert from "node:assert/strict";
import type { JWK } from "jose";
import type { McpStore } from "../deps.ts";
import { cacheStore } from "./cached_store.ts";

const access = {
  jti: "a",
  resource: "r",
  clientId: "c",
  personId: null,
  scope: [],
  expiresAt: 0,
};

function scene() {
  const world = {
    now: 0,
    keys: [{ kty: "EC" }] as JWK[],
    live: true,
    asked: 0,
    listed: 0,
  };
  const store: McpStore = {
    listVerificationKeys: () => Promise.resolve((world.listed++, world.keys)),
    accessTokenIsLive: () => Promise.resolve((world.asked++, world.live)),
    queryAsPerson: () => Promise.reject(new Error("query")),
  };
  return { world, store: cacheStore(store, () => new Date(world.now)) };
}

Deno.test("cacheStore() asks for a live token once in ten seconds, and notices its death then", async () => {
  const { world, store } = scene();
  assert.equal(await store.accessTokenIsLive("a", "r"), true);
  world.live = false;
  world.now = 9_999;
  assert.equal(await store.accessTokenIsLive("a", "r"), true);
  world.now = 10_000;
  assert.equal(await store.accessTokenIsLive("a", "r"), false);
  assert.equal(world.asked, 2);
});

Deno.test("cacheStore() never remembers that a token is dead", async () => {
  const { world, store } = scene();
  world.live = false;
  await store.accessTokenIsLive("a", "r");
  world.live = true;
  assert.equal(await store.accessTokenIsLive("a", "r"), true);
});

Deno.test("cacheStore() forgets a token whose query failed", async () => {
  const { world, store } = scene();
  await store.accessTokenIsLive("a", "r");
  await assert.rejects(store.queryAsPerson(access, "select", []));
  await store.accessTokenIsLive("a", "r");
  assert.equal(world.asked, 2);
});

Deno.test("cacheStore() keeps keys for ten seconds, but no empty list", async () => {
  const { world, store } = scene();
  world.keys = [];
  await store.listVerificationKeys();
  world.keys = [{ kty: "EC" }];
  assert.equal((await store.listVerificationKeys()).length, 1);
  await store.listVerificationKeys();
  assert.equal(world.listed, 2);
  world.now = 10_000;
  await store.listVerificationKeys();
  assert.equal(world.listed, 3);
});
