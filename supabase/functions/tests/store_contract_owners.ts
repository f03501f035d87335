/** Store contract: what owners of tokens may ask afterwards. */
import assert from "node:assert/strict";
import type { AuthenticatedClient, PresentedToken } from "../oauth/deps.ts";
import {
  addClient,
  newHash,
  newJti,
  obtainTokens,
  OTHER_RESOURCE,
  RESOURCE,
  rotate,
  setStage,
  type Stage,
} from "./store_contract_stage.ts";
import type { Scenario, World } from "./store_contract_world.ts";

const SCOPE = ["product:read", "booking:read"];

async function tokensOf(stage: Stage) {
  const { jti, tokenHash } = await obtainTokens(stage);
  const access: PresentedToken = { kind: "access_token", jti };
  const refresh: PresentedToken = { kind: "refresh_token", tokenHash };
  return { access, refresh, jti, tokenHash };
}

/** A confidential client that answers for this resource. */
async function resourceServer(world: World, resource: string): Promise<AuthenticatedClient> {
  const client = await addClient(world, {
    tokenEndpointAuthMethod: "client_secret_basic",
    secretHash: await newHash(),
  });
  await world.changeClient(client.client.id, { resource });
  return client;
}

export const ownerScenarios: readonly Scenario[] = [
  {
    name: "revokeToken kills an access token alone, and only for its own client",
    async run(world) {
      const stage = await setStage(world);
      const { access, jti, tokenHash } = await tokensOf(stage);
      const next = await rotate(stage, tokenHash);
      const stranger = await addClient(world);
      assert.deepEqual(await world.store.revokeToken(stranger, access), { outcome: "client_mismatch" });
      assert.equal(await world.accessTokenIsLive(jti, RESOURCE.identifier), true);
      for (const _again of [1, 2]) {
        assert.deepEqual(await world.store.revokeToken(stage.client, access), { outcome: "revoked" });
      }
      assert.equal(await world.accessTokenIsLive(jti, RESOURCE.identifier), false);
      assert.equal(await world.accessTokenIsLive(next.jti, RESOURCE.identifier), true);
      await rotate(stage, next.successorHash);
    },
  },
  {
    name: "revokeToken kills the family of a refresh token, whichever generation is presented",
    async run(world) {
      for (const generation of ["rotated", "latest"] as const) {
        const stage = await setStage(world);
        const { refresh, jti, tokenHash } = await tokensOf(stage);
        const { successorHash } = await rotate(stage, tokenHash);
        const presented = generation === "rotated" ? refresh : { ...refresh, tokenHash: successorHash };
        const stranger = await addClient(world);
        assert.deepEqual(await world.store.revokeToken(stranger, presented), { outcome: "client_mismatch" });
        for (const _again of [1, 2]) {
          assert.deepEqual(await world.store.revokeToken(stage.client, presented), { outcome: "revoked" });
        }
        assert.equal(await world.accessTokenIsLive(jti, RESOURCE.identifier), false);
        assert.equal((await world.findRefreshToken(successorHash))?.revokedBecause, "revoked by the client");
      }
    },
  },
  {
    name:
      "revokeToken and introspectToken know nothing of a token that never was, and refuse a changed client",
    async run(world) {
      const { client } = await setStage(world);
      const unknown: PresentedToken[] = [
        { kind: "access_token", jti: newJti() },
        { kind: "refresh_token", tokenHash: await newHash() },
      ];
      for (const token of unknown) {
        assert.deepEqual(await world.store.revokeToken(client, token), { outcome: "unknown" });
        assert.deepEqual(await world.store.introspectToken(client, token), { outcome: "inactive" });
      }
      await world.changeClient(client.client.id, { blocked: true });
      for (const token of unknown) {
        assert.deepEqual(await world.store.revokeToken(client, token), { outcome: "client_changed" });
        assert.deepEqual(await world.store.introspectToken(client, token), { outcome: "client_changed" });
      }
    },
  },
  {
    name:
      "introspectToken tells of an access token to its client and to a confidential client of its resource",
    async run(world) {
      const stage = await setStage(world);
      const { access, jti } = await tokensOf(stage);
      const server = await resourceServer(world, RESOURCE.identifier);
      for (const client of [stage.client, server]) {
        const answer = await world.store.introspectToken(client, access);
        assert.ok(answer.outcome === "active");
        const { issuedAt, expiresAt, ...token } = answer.token;
        assert.equal(expiresAt - issuedAt, 900);
        assert.deepEqual(token, {
          kind: "access_token",
          jti,
          clientId: stage.client.client.id,
          personId: stage.personId,
          resource: RESOURCE.identifier,
          scope: SCOPE,
          authorizationDetails: [],
        });
      }
      const open = await addClient(world);
      await world.changeClient(open.client.id, { resource: RESOURCE.identifier });
      const others = [await addClient(world), open, await resourceServer(world, OTHER_RESOURCE.identifier)];
      for (const client of others) {
        assert.deepEqual(await world.store.introspectToken(client, access), { outcome: "inactive" });
      }
    },
  },
  {
    name: "introspectToken tells of a refresh token to its client alone, while it can be used",
    async run(world) {
      const stage = await setStage(world);
      const { refresh, tokenHash } = await tokensOf(stage);
      const answer = await world.store.introspectToken(stage.client, refresh);
      assert.ok(answer.outcome === "active");
      const { issuedAt, expiresAt, ...token } = answer.token;
      assert.equal(expiresAt - issuedAt, 86_400);
      const { personId } = stage;
      const about = {
        clientId: stage.client.client.id,
        personId,
        resource: RESOURCE.identifier,
        scope: SCOPE,
        authorizationDetails: [],
      };
      assert.deepEqual(token, { kind: "refresh_token", jti: null, ...about });
      const server = await resourceServer(world, RESOURCE.identifier);
      for (const client of [server, await addClient(world)]) {
        assert.deepEqual(await world.store.introspectToken(client, refresh), { outcome: "inactive" });
      }
      const { successorHash } = await rotate(stage, tokenHash);
      assert.deepEqual(await world.store.introspectToken(stage.client, refresh), { outcome: "inactive" });
      const successor = { kind: "refresh_token", tokenHash: successorHash } as const;
      assert.equal((await world.store.introspectToken(stage.client, successor)).outcome, "active");
      await world.elapse(86_401);
      assert.deepEqual(await world.store.introspectToken(stage.client, successor), { outcome: "inactive" });
    },
  },
  {
    name: "introspectToken: both kinds are dead with their family, their person, their time",
    async run(world) {
      const deaths: ((stage: Stage, refresh: PresentedToken) => Promise<unknown>)[] = [
        ({ client }, refresh) => world.store.revokeToken(client, refresh),
        ({ personId }) => world.banPerson(personId, 3600),
        ({ personId }) => world.deletePerson(personId),
        ({ personId }) => world.erasePerson(personId),
        () => world.elapse(90_000),
      ];
      for (const die of deaths) {
        const stage = await setStage(world);
        const { access, refresh } = await tokensOf(stage);
        await die(stage, refresh);
        for (const token of [access, refresh]) {
          assert.deepEqual(await world.store.introspectToken(stage.client, token), { outcome: "inactive" });
        }
      }
    },
  },
];
