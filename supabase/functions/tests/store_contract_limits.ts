/**
 * Store contract: limits (ADR 0021). Exact however many come at once; each subject and each kind of request by itself; and
 * a token that is dead or stolen is told so although its family has asked enough.
 */
import assert from "node:assert/strict";
import type { Bytes } from "../_shared/encoding.ts";
import type { AddressLimit, AuthenticatedClient } from "../oauth/deps.ts";
import {
  begin,
  newClient,
  newHash,
  newJti,
  newRequest,
  newRotation,
  obtainTokens,
  setStage,
} from "./store_contract_stage.ts";
import type { Scenario, World } from "./store_contract_world.ts";

const HOUR = 3600;
const HERE: AddressLimit = { address: "192.0.2.1", perHour: 2 };
const ELSEWHERE: AddressLimit = { address: "2001:db8:0:1::/64", perHour: 2 };

/** Until about an hour has passed. */
function assertLimited(answer: { outcome: string; retryAfterSeconds?: number }, least = HOUR - 60): void {
  assert.equal(answer.outcome, "limited");
  const { retryAfterSeconds = 0 } = answer;
  assert.ok(retryAfterSeconds >= least && retryAfterSeconds <= HOUR + 60, String(retryAfterSeconds));
}

async function register({ store }: World, limit: AddressLimit) {
  const client = newClient();
  return { client, answer: await store.createClient(client, null, limit) };
}

export const limitScenarios: readonly Scenario[] = [
  {
    name: "createClient records so many from an address in an hour, and nothing of the rest",
    async run(world) {
      for (let count = 0; count < 2; count++) {
        assert.equal((await register(world, HERE)).answer.outcome, "created");
      }
      const { client, answer } = await register(world, HERE);
      assertLimited(answer);
      assert.equal(await world.store.findClient(client.id), null);
      assert.equal((await register(world, ELSEWHERE)).answer.outcome, "created");
      assert.equal((await register(world, { ...HERE, perHour: 0 })).answer.outcome, "created");
      await world.elapse(HOUR - 120);
      assertLimited((await register(world, HERE)).answer, 60);
      await world.elapse(180);
      assert.equal((await register(world, HERE)).answer.outcome, "created");
    },
  },
  {
    name: "createClient counts no client that a flow has completed",
    async run(world) {
      const stage = await setStage(world);
      const first = await register(world, HERE);
      await register(world, HERE);
      assertLimited((await register(world, HERE)).answer);
      const found = await world.store.findClient(first.client.id);
      assert.ok(found !== null);
      const client: AuthenticatedClient = { client: found, secretHash: null, assertion: null };
      await obtainTokens({ ...stage, client });
      assert.equal((await register(world, HERE)).answer.outcome, "created");
      assertLimited((await register(world, HERE)).answer);
    },
  },
  {
    name: "createClient lets no more of many simultaneous registrations through than the limit allows",
    async run(world) {
      const limit = { ...HERE, perHour: 3 };
      const answers = await world.simultaneously(
        Array.from({ length: 8 }, () => () => register(world, limit)),
      );
      assert.equal(answers.filter(({ answer }) => answer.outcome === "created").length, 3);
      const found = await Promise.all(answers.map(({ client }) => world.store.findClient(client.id)));
      assert.equal(found.filter((client) => client !== null).length, 3);
    },
  },
  {
    name: "createClient: a registration token has a bound of its own, and the address has none",
    async run(world) {
      const token = await world.createRegistrationToken("three", HOUR, 3);
      for (let count = 0; count < 3; count++) {
        assert.equal((await world.store.createClient(newClient(), token, HERE)).outcome, "created");
      }
      assert.equal((await world.store.createClient(newClient(), token, HERE)).outcome, "token_used_up");
      assert.equal((await register(world, HERE)).answer.outcome, "created");
    },
  },
  {
    name: "createAuthorizationRequest records so many from an address in an hour",
    async run(world) {
      const stage = await setStage(world);
      const ask = async (limit: AddressLimit) =>
        await world.store.createAuthorizationRequest(await newRequest(stage), limit);
      assert.deepEqual(await ask(HERE), { outcome: "created" });
      assert.deepEqual(await ask(HERE), { outcome: "created" });
      assertLimited(await ask(HERE));
      assert.deepEqual(await ask(ELSEWHERE), { outcome: "created" });
      assert.deepEqual(await ask({ ...HERE, perHour: 0 }), { outcome: "created" });
      await begin(stage);
      await world.elapse(HOUR + 60);
      assert.deepEqual(await ask(HERE), { outcome: "created" });
    },
  },
  {
    name: "rotateRefreshToken refreshes a family so often in an hour, however many families its client has",
    async run(world) {
      const stage = await setStage(world);
      const one = await obtainTokens(stage);
      const other = await obtainTokens(stage);
      let { tokenHash } = one;
      for (let count = 0; count < 2; count++) {
        const rotation = await newRotation(stage, tokenHash, { perHour: 2 });
        assert.equal((await world.store.rotateRefreshToken(rotation)).outcome, "rotated");
        tokenHash = rotation.successorHash;
      }
      const before = await world.findRefreshToken(tokenHash);
      assertLimited(
        await world.store.rotateRefreshToken(await newRotation(stage, tokenHash, { perHour: 2 })),
      );
      assert.deepEqual(await world.findRefreshToken(tokenHash), before, "consumes nothing");
      const elsewhere = await newRotation(stage, other.tokenHash, { perHour: 2 });
      assert.equal((await world.store.rotateRefreshToken(elsewhere)).outcome, "rotated");
      await world.elapse(HOUR + 60);
      const later = await newRotation(stage, tokenHash, { perHour: 2 });
      assert.equal((await world.store.rotateRefreshToken(later)).outcome, "rotated");
    },
  },
  {
    name: "rotateRefreshToken answers no more of many simultaneous refreshes than the limit allows",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      const rotations = await Promise.all(
        Array.from({ length: 8 }, () => newRotation(stage, tokenHash, { perHour: 3 })),
      );
      const answers = await world.simultaneously(
        rotations.map((rotation) => () => world.store.rotateRefreshToken(rotation)),
      );
      const outcomes = answers.map(({ outcome }) => outcome).sort();
      assert.deepEqual(outcomes, [...Array(5).fill("limited"), "replayed", "replayed", "rotated"]);
    },
  },
  {
    name:
      "rotateRefreshToken tells a stolen, a revoked and an expired token apart from a limit, and ends the family",
    async run(world) {
      const stage = await setStage(world);
      const perHour = 2;
      const { tokenHash } = await obtainTokens(stage);
      const first = await newRotation(stage, tokenHash, { perHour });
      await world.store.rotateRefreshToken(first);
      const second = await newRotation(stage, first.successorHash, { perHour });
      await world.store.rotateRefreshToken(second);
      const ask = async (hash: Bytes) =>
        await world.store.rotateRefreshToken(await newRotation(stage, hash, { perHour }));
      assertLimited(await ask(second.successorHash));
      assert.deepEqual(await ask(await newHash()), { outcome: "not_found" });
      assert.deepEqual(await ask(tokenHash), { outcome: "reused" });
      assert.equal(
        (await world.findRefreshToken(second.successorHash))?.revokedBecause,
        "refresh token reused",
      );
      assert.deepEqual(await ask(second.successorHash), { outcome: "revoked" });
    },
  },
  {
    name: "issueServiceToken issues so many to a client in an hour",
    async run(world) {
      const stage = await setStage(world);
      const lifetimes = { accessTokenSeconds: 900, refreshTokenSeconds: 900 };
      const allow = { serviceScope: ["product:read"] };
      await world.changeClient(stage.client.client.id, allow);
      const ask = (client: AuthenticatedClient, perHour: number) =>
        world.store.issueServiceToken({
          client,
          jti: newJti(),
          resource: null,
          scope: null,
          perHour,
          ...lifetimes,
        });
      assert.equal((await ask(stage.client, 2)).outcome, "issued");
      assert.equal((await ask(stage.client, 2)).outcome, "issued");
      const { accessTokens } = await world.countRows();
      assertLimited(await ask(stage.client, 2));
      assert.equal((await world.countRows()).accessTokens, accessTokens);
      assert.equal((await ask(stage.client, 0)).outcome, "issued");
      const other = await setStage(world);
      await world.changeClient(other.client.client.id, allow);
      assert.equal((await ask(other.client, 2)).outcome, "issued");
    },
  },
  {
    name: "introspectToken tells a subject so often in an hour",
    async run(world) {
      const stage = await setStage(world);
      const { tokenHash } = await obtainTokens(stage);
      const token = { kind: "refresh_token", tokenHash } as const;
      const ask = (subject: string) =>
        world.store.introspectToken(stage.client, token, { subject, perHour: 2 });
      assert.equal((await ask("a")).outcome, "active");
      assert.equal((await ask("a")).outcome, "active");
      assertLimited(await ask("a"));
      assert.equal((await ask("b")).outcome, "active");
      assert.equal((await world.store.introspectToken(stage.client, token)).outcome, "active");
    },
  },
  {
    name: "leaseRefusal counts by kind, client and address; clients that do not exist share one count",
    async run(world) {
      const { client: { client } } = await setStage(world);
      const ask = (clientId: string | null, address = HERE.address, kind = "refresh_token") =>
        world.store.leaseRefusal({ kind, clientId, address, perHour: 2 });
      assert.deepEqual(await ask("made up"), { outcome: "counted" });
      assert.deepEqual(await ask(client.id), { outcome: "counted" });
      assert.deepEqual(await ask(client.id), { outcome: "counted" });
      assertLimited(await ask(client.id));
      assert.deepEqual(await ask(null), { outcome: "counted" });
      assertLimited(await ask("made up as well"));
      assert.deepEqual(await ask(client.id, ELSEWHERE.address), { outcome: "counted" });
      assert.deepEqual(await ask(client.id, HERE.address, "authorization_code"), { outcome: "counted" });
      assert.deepEqual(await ask("made up", ELSEWHERE.address), { outcome: "counted" });
      await world.elapse(HOUR + 60);
      assert.deepEqual(await ask(client.id), { outcome: "counted" });
    },
  },
  {
    name: "leaseRefusal counts no more of many simultaneous refusals than the limit allows",
    async run(world) {
      const refusal = { kind: "token", clientId: null, address: HERE.address, perHour: 3 };
      // The row is there, so that all of them meet at its lock.
      await world.store.leaseRefusal(refusal);
      const answers = await world.simultaneously(
        Array.from({ length: 8 }, () => () => world.store.leaseRefusal(refusal)),
      );
      assert.equal(answers.filter(({ outcome }) => outcome === "counted").length, 2);
    },
  },
  {
    name: "leaseDocument counts by address, whatever the document",
    async run(world) {
      const ask = (at: AddressLimit, path: number) =>
        world.store.leaseDocument({ clientId: `https://app.example/${path}`, ...at });
      assert.deepEqual(await ask(HERE, 1), { outcome: "counted" });
      assert.deepEqual(await ask(HERE, 2), { outcome: "counted" });
      assertLimited(await ask(HERE, 3));
      assert.deepEqual(await ask(ELSEWHERE, 3), { outcome: "counted" });
      await world.elapse(HOUR + 60);
      assert.deepEqual(await ask(HERE, 3), { outcome: "counted" });
    },
  },
];
