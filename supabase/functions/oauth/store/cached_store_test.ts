import assert from "node:assert/strict";
import type { AuthenticatedClient, OAuthStore } from "../deps.ts";
import { createTestDeps } from "../testing/test_deps.ts";
import { addClient, CHALLENGE, LOOPBACK } from "../testing/test_server.ts";
import { sha256 } from "../../_shared/encoding.ts";
import { cacheStore } from "./cached_store.ts";

/** A cached memory store that counts what reaches the store behind it. */
function setUp() {
  const deps = createTestDeps();
  const server = { deps, request: () => Promise.reject(new Error("not here")) };
  const asked: string[] = [];
  const counted = new Proxy(deps.store, {
    get(store, name: keyof OAuthStore) {
      // deno-lint-ignore no-explicit-any
      return (...values: any[]) => {
        asked.push(name);
        // deno-lint-ignore no-explicit-any
        return (store[name] as any)(...values);
      };
    },
  });
  // A spread does not see through a proxy.
  const behind = Object.fromEntries(
    Object.keys(deps.store).map((
      name,
    ) => [name, counted[name as keyof OAuthStore]]),
  ) as unknown as OAuthStore;
  const store = cacheStore(behind, deps.now);
  const count = (name: keyof OAuthStore) => asked.filter((each) => each === name).length;
  return { deps, server, store, count };
}

Deno.test("cacheStore asks for a client once in ten seconds", async () => {
  const { deps, server, store, count } = setUp();
  const id = addClient(server);
  for (let ask = 0; ask < 3; ask++) {
    assert.equal((await store.findClient(id))?.id, id);
  }
  assert.equal(count("findClient"), 1);
  deps.clock.elapse(9.999);
  await store.findClient(id);
  assert.equal(count("findClient"), 1);
  deps.memory.changeClient(id, { blocked: true });
  deps.clock.elapse(0.001);
  assert.equal(await store.findClient(id), null);
  assert.equal(count("findClient"), 2);
});

Deno.test("cacheStore remembers no client that is missing", async () => {
  const { server, store, count } = setUp();
  assert.equal(await store.findClient("client_public"), null);
  addClient(server);
  assert.equal((await store.findClient("client_public"))?.id, "client_public");
  assert.equal(count("findClient"), 2);
});

Deno.test("cacheStore keeps clients apart", async () => {
  const { server, store } = setUp();
  addClient(server, { id: "one" });
  addClient(server, { id: "two" });
  assert.equal((await store.findClient("one"))?.id, "one");
  assert.equal((await store.findClient("two"))?.id, "two");
});

Deno.test("cacheStore remembers for all requests alike", async () => {
  const { deps, server, store, count } = setUp();
  const id = addClient(server);
  const one = store.forRequest({ requestId: "one", address: null });
  const two = one.forRequest({ requestId: "two", address: null });
  await one.findClient(id);
  deps.memory.changeClient(id, { blocked: true });
  assert.notEqual(await two.findClient(id), null);
  assert.notEqual(await store.findClient(id), null);
  assert.equal(count("findClient"), 1);
  await two.recordClientKeys({ id, jwksUri: "https://client.example/keys", jwks: [], freshSeconds: 1 });
  assert.equal(await one.findClient(id), null, "and forgets for all");
});

Deno.test("cacheStore holds a thousand clients and lets the oldest go", async () => {
  const { server, store, count } = setUp();
  for (let index = 0; index <= 1000; index++) {
    await store.findClient(addClient(server, { id: `client_${index}` }));
  }
  assert.equal(count("findClient"), 1001);
  await store.findClient("client_1000");
  await store.findClient("client_1");
  assert.equal(count("findClient"), 1001);
  await store.findClient("client_0");
  assert.equal(count("findClient"), 1002);
});

Deno.test("cacheStore forgets a client as soon as a database function says that it changed", async () => {
  const rotation = (
    client: AuthenticatedClient,
    hash: Awaited<ReturnType<typeof sha256>>,
  ) => ({
    client,
    tokenHash: hash,
    resource: null,
    scope: null,
    successorHash: hash,
    sealedSuccessor: "",
    replaySeconds: 0,
    perHour: 0,
    jti: "j".repeat(22),
    accessTokenSeconds: 900,
    refreshTokenSeconds: 900,
  });
  const hash = await sha256("x");
  const operations: ((
    store: OAuthStore,
    client: AuthenticatedClient,
  ) => Promise<{ outcome: string }>)[] = [
    (store, { client }) =>
      store.createAuthorizationRequest({
        idHash: hash,
        browserHash: hash,
        clientId: client.id,
        redirectUri: LOOPBACK,
        registeredRedirectUri: "http://127.0.0.1/callback",
        resource: "https://auth.example/mcp",
        scope: ["product:read"],
        authorizationDetails: [],
        state: null,
        codeChallenge: CHALLENGE,
        lifetimeSeconds: 600,
      }),
    (store, client) =>
      store.redeemAuthorizationCode({
        ...rotation(client, hash),
        codeHash: hash,
        redirectUri: null,
        codeChallenge: CHALLENGE,
        refreshTokenHash: hash,
      }),
    (store, client) => store.rotateRefreshToken(rotation(client, hash)),
  ];
  for (const operation of operations) {
    const { deps, server, store, count } = setUp();
    const client = await store.findClient(addClient(server));
    assert.ok(client !== null);
    const authenticated = { client, secretHash: null, assertion: null };
    deps.memory.changeClient(client.id, { blocked: true });
    assert.notEqual(await store.findClient(client.id), null);
    assert.equal(
      (await operation(store, authenticated)).outcome,
      "client_changed",
    );
    assert.equal(await store.findClient(client.id), null);
    assert.equal(count("findClient"), 2);
  }
});

const SIGNING_KEY = {
  kid: "one",
  publicJwk: { kty: "EC" },
  sealedPrivateKey: "x",
  secretId: "test",
  days: 90,
};

Deno.test("cacheStore asks for resources and signing keys once in ten seconds, and again when none signs", async () => {
  const { deps, store, count } = setUp();
  for (let ask = 0; ask < 3; ask++) {
    assert.equal((await store.listResources()).length, 1);
  }
  assert.equal(count("listResources"), 1);
  deps.clock.elapse(10);
  await store.listResources();
  assert.equal(count("listResources"), 2);

  for (let ask = 0; ask < 2; ask++) {
    assert.deepEqual(await store.listSigningKeys(), { keys: [], missing: "active" });
  }
  assert.equal(count("listSigningKeys"), 2);
  assert.equal(await store.createSigningKey(SIGNING_KEY), "created");
  for (let ask = 0; ask < 2; ask++) {
    assert.equal((await store.listSigningKeys()).keys.length, 1);
  }
  assert.equal(count("listSigningKeys"), 3);
  deps.memory.revokeSigningKey("one");
  deps.clock.elapse(10);
  assert.deepEqual(await store.listSigningKeys(), { keys: [], missing: "active" });
});

Deno.test("cacheStore forgets signing keys when a token is recorded for another, or for none", async () => {
  const { deps, server, store, count } = setUp();
  const id = addClient(server, { grantTypes: ["client_credentials"] });
  deps.memory.changeClient(id, { serviceScope: ["product:read"] });
  const client = await store.findClient(id);
  assert.ok(client !== null);
  const issue = () =>
    store.issueServiceToken({
      client: { client, secretHash: null, assertion: null },
      resource: null,
      scope: null,
      jti: crypto.randomUUID().slice(0, 22),
      perHour: 0,
      accessTokenSeconds: 900,
      refreshTokenSeconds: 900,
    });
  await store.createSigningKey(SIGNING_KEY);
  await store.listSigningKeys();
  const asked = count("listSigningKeys");
  assert.equal((await issue()).outcome, "issued");
  await store.listSigningKeys();
  assert.equal(count("listSigningKeys"), asked, "the key is known");

  deps.memory.revokeSigningKey("one");
  await assert.rejects(issue());
  await store.listSigningKeys();
  assert.equal(count("listSigningKeys"), asked + 1, "none signs");

  await deps.store.createSigningKey({ ...SIGNING_KEY, kid: "two" });
  await store.listSigningKeys();
  deps.memory.revokeSigningKey("two");
  await deps.store.createSigningKey({ ...SIGNING_KEY, kid: "three" });
  assert.equal((await issue()).outcome, "issued");
  assert.equal((await store.listSigningKeys()).keys[0]?.kid, "three");
});
