/** `authorization_details`: from the query to the token, and every element that is refused (RFC 9396 §5). */
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { assertReason } from "../testing/assert_refused.ts";
import {
  addClient,
  authorizePath,
  begin,
  type Changes,
  createTestServer,
  locationOf,
  postDecision,
  postToken,
  showInteraction,
  type TestServer,
  VERIFIER,
} from "../testing/test_server.ts";

const TICKET = { type: "ticket", actions: ["reserve", "cancel"], maxAmount: 10_000, currency: "JPY" };

async function setUp(): Promise<TestServer> {
  const server = createTestServer();
  addClient(server);
  const [resource] = await server.deps.store.listResources();
  assert.ok(resource !== undefined);
  const scopes = resource.scopes.map((scope) =>
    scope.name === "product:write" ? { ...scope, detail: TICKET } : scope
  );
  server.deps.memory.recordResource({ ...resource, scopes });
  return server;
}

const asking = (...details: unknown[]): Changes => ({
  scope: "product:read",
  authorization_details: JSON.stringify(details),
});

const completed: readonly [what: string, asked: Record<string, unknown>, shown: Record<string, unknown>][] = [
  ["nothing but the type", { type: "ticket" }, TICKET],
  ["everything", { ...TICKET, maxAmount: 50_000 }, { ...TICKET, maxAmount: 50_000 }],
  ["an amount", { type: "ticket", maxAmount: 0 }, { ...TICKET, maxAmount: 0 }],
  ["a currency with its amount", { type: "ticket", maxAmount: 5, currency: "EUR" }, {
    ...TICKET,
    maxAmount: 5,
    currency: "EUR",
  }],
  ["one action, twice", { type: "ticket", actions: ["cancel", "cancel"] }, {
    ...TICKET,
    actions: ["cancel"],
  }],
  ["this resource as its place", { type: "ticket", locations: ["https://AUTH.example/mcp/"] }, TICKET],
];
for (const [what, asked, shown] of completed) {
  Deno.test(`authorization_details: ${what} is completed, and brings its scope`, async () => {
    const server = await setUp();
    const { id } = await begin(server, asking(asked));
    const interaction = await (await showInteraction(server, id)).json();
    assert.deepEqual(interaction.authorization_details, [shown]);
    const limits = interaction.scopes.map((
      scope: { name: string; limited_by: string | null },
    ) => [scope.name, scope.limited_by]);
    assert.deepEqual(limits, [["product:read", null], ["product:write", "ticket"]]);
  });
}

const refused: readonly [what: string, sent: string, reason: string][] = [
  ["no JSON", "ticket", "details_malformed"],
  ["no list", JSON.stringify(TICKET), "details_malformed"],
  ["an empty list", "[]", "details_malformed"],
  ["no object", '["ticket"]', "details_malformed"],
  ["no type", "[{}]", "details_malformed"],
  [
    "a member that would be ignored",
    JSON.stringify([{ ...TICKET, datatypes: ["all"] }]),
    "details_malformed",
  ],
  ["a negative amount", JSON.stringify([{ ...TICKET, maxAmount: -1 }]), "details_malformed"],
  ["half a yen", JSON.stringify([{ ...TICKET, maxAmount: 0.5 }]), "details_malformed"],
  ["an amount beyond numbers", '[{"type":"ticket","maxAmount":1e300}]', "details_malformed"],
  ["an amount as a text", JSON.stringify([{ ...TICKET, maxAmount: "1" }]), "details_malformed"],
  ["a currency that is none", JSON.stringify([{ ...TICKET, currency: "yen" }]), "details_malformed"],
  ["no action", JSON.stringify([{ ...TICKET, actions: [] }]), "details_malformed"],
  ["eleven elements", JSON.stringify(Array(11).fill(TICKET)), "details_malformed"],
  ["a type twice", JSON.stringify([TICKET, TICKET]), "details_type_repeated"],
  ["an unknown type", JSON.stringify([{ type: "payment" }]), "details_type_unknown"],
  ["an unknown action", JSON.stringify([{ ...TICKET, actions: ["resell"] }]), "details_action_unknown"],
  ["another place", JSON.stringify([{ ...TICKET, locations: ["https://evil.example"] }]), "details_location"],
  ["another currency without an amount", '[{"type":"ticket","currency":"USD"}]', "details_amount_missing"],
  ["4001 characters", `[${" ".repeat(3999)}]`, "details_too_long"],
];
for (const [what, authorization_details, reason] of refused) {
  Deno.test(`authorization_details: ${what} is refused, at the client`, async () => {
    const server = await setUp();
    const response = await server.request(authorizePath({ authorization_details }));
    assert.equal(locationOf(response).searchParams.get("error"), "invalid_authorization_details");
    assertReason(server, reason);
  });
}

Deno.test("authorization_details: what the person narrowed is what the tokens say, and never more", async () => {
  const server = await setUp();
  const { id, cookie } = await begin(server, asking({ ...TICKET, maxAmount: 50_000 }));
  const scopes = ["product:read", "product:write"];
  const decide = (detail: unknown) =>
    postDecision(server, id, { decision: "approve", scopes, authorization_details: [detail] });
  for (
    const more of [{ ...TICKET, maxAmount: 50_001 }, { ...TICKET, currency: "USD" }, {
      ...TICKET,
      type: "other",
    }]
  ) {
    const response = await decide(more);
    assert.deepEqual([response.status, (await response.json()).error], [
      400,
      "invalid_authorization_details",
    ]);
  }
  for (
    const malformed of [{ type: "ticket" }, { ...TICKET, more: 1 }, { ...TICKET, type: "a\u0000" }, "ticket"]
  ) {
    const response = await decide(malformed);
    assert.deepEqual([response.status, (await response.json()).error], [400, "invalid_request"]);
  }
  const granted = { ...TICKET, maxAmount: 700 };
  const { continue_to } = await (await decide(granted)).json();
  const continued = await server.request(new URL(continue_to).pathname, { headers: { Cookie: cookie } });
  const code = locationOf(continued).searchParams.get("code") ?? "";
  const client_id = "client_public";
  const redemption = { grant_type: "authorization_code", client_id, code, code_verifier: VERIFIER };
  const tokens = await (await postToken(server, redemption)).json();
  assert.deepEqual(tokens.authorization_details, [granted]);
  assert.deepEqual(decodeJwt(tokens.access_token)["authorization_details"], [granted]);
  const refreshing = { grant_type: "refresh_token", client_id, refresh_token: tokens.refresh_token };
  const refreshed = await (await postToken(server, refreshing)).json();
  assert.deepEqual(refreshed.authorization_details, [granted]);
});

Deno.test("metadata lists the types of authorization details that there are (RFC 9396 §10)", async () => {
  const types = async (server: TestServer) =>
    (await (await server.request("/oauth/.well-known/oauth-authorization-server")).json())
      .authorization_details_types_supported;
  assert.equal(await types(createTestServer()), undefined);
  assert.deepEqual(await types(await setUp()), ["ticket"]);
});
