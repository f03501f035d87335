/** Store contract: what scopes stand for where something is recorded or issued. Wildcards go in, names come out. */
import assert from "node:assert/strict";
import type { Scenario, World } from "./store_contract_world.ts";
import {
  addClient,
  beginSigning,
  newJti,
  newRequest,
  newRotation,
  obtainTokens,
  OTHER_RESOURCE,
  RESOURCE,
  setStage,
  type Stage,
} from "./store_contract_stage.ts";

/** Neither a name that exists nor a wildcard over one. */
const NOTHING = [
  "*",
  ":*",
  "**",
  "prod*",
  "product",
  "product:",
  "product:**",
  "product:*:x",
  "PRODUCT:*",
  "order:*",
];

/** The scope of a recorded request, or why there is none. */
async function recorded(stage: Stage, scope: readonly string[], resource = RESOURCE.identifier) {
  const request = await newRequest(stage, { scope, resource });
  const { outcome } = await stage.world.store.createAuthorizationRequest(request);
  if (outcome !== "created") return outcome;
  const found = await stage.world.store.findAuthorizationRequest(request.idHash, stage.personId);
  assert.ok(found.outcome === "found");
  return found.scope;
}

/** The scope of a refreshed token, in the answer and in its row, or why there is none. */
async function refreshed(stage: Stage, scope: readonly string[]) {
  const rotation = await newRotation(stage, (await obtainTokens(stage)).tokenHash, { scope });
  const answer = await stage.world.store.rotateRefreshToken(rotation);
  if (answer.outcome !== "rotated") return answer.outcome;
  assert.deepEqual(await stage.world.findAccessTokenScope(rotation.jti), answer.issued.scope);
  return answer.issued.scope;
}

/** The scope of a service token, in the answer and in its row, or why there is none. */
async function issued(world: World, serviceScope: readonly string[], scope: readonly string[] | null) {
  await beginSigning(world);
  await world.recordResource(RESOURCE);
  const client = await addClient(world);
  await world.changeClient(client.client.id, { serviceScope });
  const lifetimes = { accessTokenSeconds: 900, refreshTokenSeconds: 86_400 };
  const request = { client, jti: newJti(), resource: null, scope, perHour: 0, ...lifetimes };
  const answer = await world.store.issueServiceToken(request);
  if (answer.outcome !== "issued") return answer.outcome;
  assert.deepEqual(await world.findAccessTokenScope(request.jti), answer.issued.scope);
  return answer.issued.scope;
}

export const scopeScenarios: readonly Scenario[] = [
  {
    name: "createAuthorizationRequest keeps what exists, once, in the order asked; none asked is the default",
    async run(world) {
      const stage = await setStage(world);
      assert.deepEqual(await recorded(stage, []), ["product:read"]);
      assert.deepEqual(
        await recorded(stage, ["admin", "booking:read", "product:read", "booking:read", ""]),
        ["booking:read", "product:read"],
      );
      assert.equal(await recorded(stage, ["admin", "PRODUCT:READ"]), "scope_unknown");
    },
  },
  {
    name: "createAuthorizationRequest records the names that a wildcard stands for, at this resource only",
    async run(world) {
      const stage = await setStage(world);
      assert.deepEqual(await recorded(stage, ["product:*"]), ["product:read", "product:write"]);
      assert.deepEqual(
        await recorded(stage, ["booking:*", "product:write", "product:*"]),
        ["booking:read", "product:write", "product:read"],
      );
      const [first] = OTHER_RESOURCE.scopes;
      assert.ok(first !== undefined);
      await world.recordResource({
        ...OTHER_RESOURCE,
        scopes: [first],
        defaultScope: ["product:*", "gone:read"],
      });
      assert.deepEqual(await recorded(stage, ["product:*"], OTHER_RESOURCE.identifier), ["product:read"]);
      assert.equal(await recorded(stage, ["booking:*"], OTHER_RESOURCE.identifier), "scope_unknown");
      assert.deepEqual(await recorded(stage, [], OTHER_RESOURCE.identifier), ["product:read"]);
      await world.recordResource({ ...OTHER_RESOURCE, scopes: [] });
      assert.equal(await recorded(stage, [], OTHER_RESOURCE.identifier), "scope_unknown");
    },
  },
  {
    name: "createAuthorizationRequest takes what only looks like a wildcard for nothing",
    async run(world) {
      const stage = await setStage(world);
      for (const name of NOTHING) {
        assert.equal(await recorded(stage, [name]), "scope_unknown", name);
        assert.deepEqual(await recorded(stage, [name, "booking:read"]), ["booking:read"], name);
      }
    },
  },
  {
    name: "rotateRefreshToken gives a wildcard what the family has of it, not what exists",
    async run(world) {
      const stage = await setStage(world);
      assert.deepEqual(await refreshed(stage, ["product:*"]), ["product:read"]);
      assert.deepEqual(
        await refreshed(stage, ["booking:*", "order:*", "product:read", "product:*"]),
        ["booking:read", "product:read"],
      );
    },
  },
  {
    name: "rotateRefreshToken answers scope_exceeded for a name beyond the family, and when nothing is left",
    async run(world) {
      const stage = await setStage(world);
      for (const name of NOTHING) assert.equal(await refreshed(stage, [name]), "scope_exceeded", name);
      assert.equal(await refreshed(stage, ["product:*", "product:write"]), "scope_exceeded");
      assert.equal(await refreshed(stage, ["product:read", "*"]), "scope_exceeded");
      assert.equal(await refreshed(stage, []), "scope_exceeded");
    },
  },
  {
    name: "issueServiceToken expands the ceiling to what exists, and the request to what the ceiling allows",
    async run(world) {
      const all = ["booking:read", "product:read", "product:write"];
      const ceiling = ["booking:*", "product:*", "gone:*", "*"];
      assert.deepEqual(await issued(world, ceiling, null), all);
      assert.deepEqual(await issued(world, ceiling, ["product:write", "gone:read"]), ["product:write"]);
      assert.deepEqual(await issued(world, ["product:read"], ["product:*", "booking:*"]), ["product:read"]);
      assert.equal(await issued(world, ["booking:*"], ["product:*"]), "scope_exceeded");
      assert.equal(await issued(world, ["gone:*"], null), "scope_exceeded");
      for (const name of NOTHING) {
        assert.equal(await issued(world, ceiling, [name]), "scope_exceeded", name);
        assert.equal(await issued(world, [name], null), "scope_exceeded", name);
      }
    },
  },
];
