/** Store contract: clients with keys (RFC 7523), and assertions that are used once. */
import assert from "node:assert/strict";
import type { JWK } from "jose";
import type { Bytes } from "../_shared/encoding.ts";
import type { AuthenticatedClient, RecordedClientDocument } from "../oauth/deps.ts";
import {
  addClient,
  newHash,
  newJti,
  newRedemption,
  newRotation,
  obtainCode,
  REDIRECT_URI,
  setStage,
} from "./store_contract_stage.ts";
import type { Scenario, World } from "./store_contract_world.ts";

const KEY: JWK = { kty: "OKP", crv: "Ed25519", x: "x".repeat(43), kid: "1" };
const OTHER_KEY: JWK = { ...KEY, kid: "2" };
const KEYS_URI = "https://client.example/keys.json";
const SIGNS = { tokenEndpointAuthMethod: "private_key_jwt" as const };

const found = async ({ store }: World, id: string) => {
  const client = await store.findClient(id);
  assert.ok(client !== null);
  return client;
};

/** This client with a new assertion under this key. */
const asserting = async (
  { client }: AuthenticatedClient,
  key = KEY,
  expiresAt = new Date("2100-01-01"),
): Promise<AuthenticatedClient> => ({
  client,
  secretHash: null,
  assertion: { key, jtiHash: await newHash(), expiresAt },
});

const DOCUMENT: RecordedClientDocument = {
  id: "https://app.example/client.json",
  name: "An app",
  ...SIGNS,
  jwks: [KEY],
  jwksUri: null,
  redirectUris: [REDIRECT_URI],
  grantTypes: ["authorization_code", "refresh_token"],
  freshSeconds: 600,
};

export const clientKeyScenarios: readonly Scenario[] = [
  {
    name: "createClient keeps the keys that a client brings, and they are always good",
    async run(world) {
      const { client } = await addClient(world, { ...SIGNS, jwks: [KEY, OTHER_KEY] });
      const good = { uri: null, isFresh: true, isUsable: true, mayBeAskedFor: false };
      assert.deepEqual(client.keys, { list: [KEY, OTHER_KEY], ...good });
      assert.equal(
        await world.store.recordClientKeys({
          id: client.id,
          jwksUri: KEYS_URI,
          jwks: [KEY],
          freshSeconds: 60,
        }),
        "client_changed",
      );
    },
  },
  {
    name:
      "recordClientKeys keeps what is at the client's URL, fresh as told, usable for a day, asked for by the minute",
    async run(world) {
      const { client } = await addClient(world, { ...SIGNS, jwksUri: KEYS_URI });
      const state = async () => {
        const { isFresh, isUsable, mayBeAskedFor } = (await found(world, client.id)).keys ?? {};
        return { isFresh, isUsable, mayBeAskedFor };
      };
      assert.deepEqual(client.keys?.list, []);
      assert.deepEqual(await state(), { isFresh: false, isUsable: false, mayBeAskedFor: true });
      const keys = { id: client.id, jwksUri: KEYS_URI, jwks: [KEY], freshSeconds: 600 };
      assert.equal(await world.store.recordClientKeys(keys), "recorded");
      assert.deepEqual((await found(world, client.id)).keys?.list, [KEY]);
      assert.deepEqual(await state(), { isFresh: true, isUsable: true, mayBeAskedFor: false });
      await world.elapse(61);
      assert.deepEqual(await state(), { isFresh: true, isUsable: true, mayBeAskedFor: true });
      await world.elapse(600);
      assert.deepEqual(await state(), { isFresh: false, isUsable: true, mayBeAskedFor: true });
      await world.elapse(86_400);
      assert.deepEqual(await state(), { isFresh: false, isUsable: false, mayBeAskedFor: true });
    },
  },
  {
    name:
      "recordUnreadClientKeys leaves the client's URL alone for ten seconds, and what was read there as it is",
    async run(world) {
      const { client: { id } } = await addClient(world, { ...SIGNS, jwksUri: KEYS_URI });
      const keys = async () => (await found(world, id)).keys;
      const unread = { list: [], uri: KEYS_URI, isFresh: false, isUsable: false };
      await world.store.recordUnreadClientKeys({ id, jwksUri: `${KEYS_URI}?2` });
      assert.deepEqual(await keys(), { ...unread, mayBeAskedFor: true });
      await world.store.recordUnreadClientKeys({ id, jwksUri: KEYS_URI });
      assert.deepEqual(await keys(), { ...unread, mayBeAskedFor: false });
      await world.elapse(11);
      assert.deepEqual(await keys(), { ...unread, mayBeAskedFor: true });
      await world.store.recordClientKeys({ id, jwksUri: KEYS_URI, jwks: [KEY], freshSeconds: 600 });
      await world.elapse(601);
      await world.store.recordUnreadClientKeys({ id, jwksUri: KEYS_URI });
      const kept = { list: [KEY], uri: KEYS_URI, isFresh: false, isUsable: true };
      assert.deepEqual(await keys(), { ...kept, mayBeAskedFor: false });
    },
  },
  {
    name: "recordClientDocument: another proof is drift, another key in the same place is not",
    async run(world) {
      const record = (changes: Partial<RecordedClientDocument>) =>
        world.store.recordClientDocument({ ...DOCUMENT, ...changes });
      const elsewhere = { jwks: null, jwksUri: KEYS_URI };
      assert.equal(await record({}), "created");
      assert.equal(await record({ jwks: [OTHER_KEY] }), "unchanged");
      assert.deepEqual((await found(world, DOCUMENT.id)).keys?.list, [OTHER_KEY]);
      assert.equal(await record(elsewhere), "drifted");
      await world.store.recordClientKeys({
        id: DOCUMENT.id,
        jwksUri: KEYS_URI,
        jwks: [KEY],
        freshSeconds: 60,
      });
      assert.equal(await record(elsewhere), "unchanged");
      assert.deepEqual((await found(world, DOCUMENT.id)).keys?.list, [KEY], "what was read there stays");
      assert.equal(await record({ ...elsewhere, jwksUri: `${KEYS_URI}?2` }), "drifted");
      assert.deepEqual((await found(world, DOCUMENT.id)).keys?.list, [], "what was read elsewhere does not");
      assert.equal(await record({ tokenEndpointAuthMethod: "none", jwks: null }), "drifted");
      assert.equal((await found(world, DOCUMENT.id)).keys, null);
    },
  },
  {
    name: "redeemAuthorizationCode, rotateRefreshToken and issueServiceToken use an assertion once, together",
    async run(world) {
      const stage = await setStage(world, { ...SIGNS, jwks: [KEY] });
      const client = await asserting(stage.client);
      const code = await obtainCode(stage);
      assert.equal(
        (await world.store.redeemAuthorizationCode(
          await newRedemption(stage, code, { client: stage.client }),
        )).outcome,
        "client_changed",
      );
      const redeemed = await newRedemption(stage, code, { client });
      assert.equal((await world.store.redeemAuthorizationCode(redeemed)).outcome, "redeemed");
      const rotate = async (using: AuthenticatedClient) =>
        (await world.store.rotateRefreshToken(
          await newRotation(stage, redeemed.refreshTokenHash, { client: using }),
        )).outcome;
      assert.equal(await rotate(client), "assertion_replayed");
      const service = {
        client,
        jti: newJti(),
        resource: null,
        scope: null,
        accessTokenSeconds: 900,
        refreshTokenSeconds: 900,
        perHour: 0,
      };
      assert.equal((await world.store.issueServiceToken(service)).outcome, "assertion_replayed");
      assert.equal(
        await rotate(await asserting(stage.client, OTHER_KEY)),
        "client_changed",
        "a key that it does not have",
      );
      assert.equal(
        await rotate(await asserting(stage.client, KEY, new Date(0))),
        "assertion_replayed",
        "one that may have been forgotten",
      );
      assert.equal(
        await rotate(await asserting(stage.client)),
        "rotated",
        "and none of it consumed anything",
      );
    },
  },
  {
    name: "redeemAuthorizationCode: of simultaneous uses of one assertion one gets through",
    async run(world) {
      const stage = await setStage(world, { ...SIGNS, jwks: [KEY] });
      const client = await asserting(stage.client);
      const codes = await Promise.all(Array.from({ length: 8 }, () => obtainCode(stage)));
      const attempts = await Promise.all(codes.map((code) => newRedemption(stage, code, { client })));
      const outcomes = await world.simultaneously(
        attempts.map((attempt) => async () => (await world.store.redeemAuthorizationCode(attempt)).outcome),
      );
      assert.deepEqual(outcomes.sort(), [...Array(7).fill("assertion_replayed"), "redeemed"]);
    },
  },
  {
    name: "rotateRefreshToken: a family that a key began, or once refreshed, is refreshed by nothing less",
    async run(world) {
      await world.store.recordClientDocument(DOCUMENT);
      const stage = await setStage(world);
      const signing = {
        ...stage,
        client: { client: await found(world, DOCUMENT.id), secretHash: null, assertion: null },
      };
      const become = (proof: Partial<RecordedClientDocument>) =>
        world.store.recordClientDocument({ ...DOCUMENT, ...proof });
      const none = { tokenEndpointAuthMethod: "none" as const, jwks: null };
      const begin = async (client: AuthenticatedClient) => {
        const attempt = await newRedemption(signing, await obtainCode(signing), { client });
        assert.equal((await world.store.redeemAuthorizationCode(attempt)).outcome, "redeemed");
        return attempt.refreshTokenHash;
      };
      const rotate = async (hash: Bytes, client: AuthenticatedClient) => {
        const attempt = await newRotation(signing, hash, { client });
        return {
          outcome: (await world.store.rotateRefreshToken(attempt)).outcome,
          next: attempt.successorHash,
        };
      };

      const byKey = await begin(await asserting(signing.client));
      await become(none);
      assert.equal((await rotate(byKey, signing.client)).outcome, "key_required");
      const byNothing = await rotate(await begin(signing.client), signing.client);
      assert.equal(byNothing.outcome, "rotated");
      await become({});
      assert.equal((await rotate(byKey, await asserting(signing.client))).outcome, "rotated");
      const moved = await rotate(byNothing.next, await asserting(signing.client));
      assert.equal(moved.outcome, "rotated");
      await become(none);
      assert.equal((await rotate(moved.next, signing.client)).outcome, "key_required");
    },
  },
];
