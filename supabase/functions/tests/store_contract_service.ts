/** Store contract: tokens of a client in its own name. */
import assert from "node:assert/strict";
import type { AuthenticatedClient, ServiceTokenRequest } from "../oauth/deps.ts";
import { addClient, beginSigning, newJti, OTHER_RESOURCE, RESOURCE } from "./store_contract_stage.ts";
import type { Scenario, World } from "./store_contract_world.ts";

const NAMES = RESOURCE.scopes.map((scope) => scope.name);

/** A client that may have everything there is, and a scope that exists nowhere. */
async function serviceClient(world: World): Promise<AuthenticatedClient> {
  await beginSigning(world);
  await world.recordResource(RESOURCE);
  await world.recordResource(OTHER_RESOURCE);
  const client = await addClient(world);
  await world.changeClient(client.client.id, { serviceScope: [...NAMES, "nowhere:read"] });
  return client;
}

function ask(client: AuthenticatedClient, overrides: Partial<ServiceTokenRequest> = {}): ServiceTokenRequest {
  const lifetimes = { accessTokenSeconds: 900, refreshTokenSeconds: 86_400 };
  return { client, perHour: 0, jti: newJti(), resource: null, scope: null, ...lifetimes, ...overrides };
}

export const serviceScenarios: readonly Scenario[] = [
  {
    name: "issueServiceToken issues what the operator allows and the resource offers, for nobody",
    async run(world) {
      const request = ask(await serviceClient(world));
      const outcome = await world.store.issueServiceToken(request);
      assert.ok(outcome.outcome === "issued");
      assert.deepEqual({ ...outcome.issued, issuedAt: 0 }, {
        personId: null,
        resource: RESOURCE.identifier,
        scope: NAMES,
        authorizationDetails: [],
        issuedAt: 0,
        kid: "key",
      });
      assert.equal(await world.accessTokenIsLive(request.jti, RESOURCE.identifier), true);
      const { families, refreshTokens } = await world.countRows();
      assert.deepEqual({ families, refreshTokens }, { families: 0, refreshTokens: 0 });
    },
  },
  {
    name: "issueServiceToken narrows to what was asked and drops what is not allowed",
    async run(world) {
      const client = await serviceClient(world);
      const [first = ""] = NAMES;
      const outcome = await world.store.issueServiceToken(ask(client, { scope: ["other:write", first] }));
      assert.ok(outcome.outcome === "issued");
      assert.deepEqual(outcome.issued.scope, [first]);
    },
  },
  {
    name: "issueServiceToken refuses a scope beyond the ceiling, an unknown resource and a changed client",
    async run(world) {
      const client = await serviceClient(world);
      const refused = async (overrides: Partial<ServiceTokenRequest>, outcome: string) =>
        assert.deepEqual(await world.store.issueServiceToken(ask(client, overrides)), { outcome });
      await refused({ scope: ["other:write"] }, "scope_exceeded");
      await refused({ resource: "https://nowhere.test/mcp" }, "resource_unknown");
      await world.changeClient(client.client.id, { serviceScope: [] });
      await refused({}, "scope_exceeded");
      await world.changeClient(client.client.id, { blocked: true });
      await refused({}, "client_changed");
      assert.equal((await world.countRows()).accessTokens, 0);
    },
  },
];
