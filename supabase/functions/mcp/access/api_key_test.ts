/** API keys at the gate: over both faces, alone, from the header only unless the operator says otherwise. */
import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import { API_KEY, createTestDeps, type TestDeps, withLease } from "../testing/test_deps.ts";

const DEAD = `sekisho_${"d".repeat(43)}`;

async function ask(deps: TestDeps, headers: Record<string, string>, query = "", tool = "/product/list") {
  const response = await createApp(deps).request(`/mcp/tools${tool}${query}`, { method: "POST", headers });
  const text = await response.text();
  assert.ok(!text.includes(API_KEY) && !text.includes(DEAD), text);
  assert.ok(!JSON.stringify(deps.logged).includes("sekisho_"), "a key in the log");
  const body = JSON.parse(text);
  return { status: response.status, error: body.error, headers: response.headers, body };
}

Deno.test("an API key calls tools of its scopes as its person, and no others", async () => {
  const deps = await createTestDeps();
  assert.equal((await ask(deps, { "X-API-Key": API_KEY })).status, 200);
  assert.equal(deps.queries.length, 1);
  const who = await ask(deps, { "X-API-Key": API_KEY }, "", "/whoami");
  assert.deepEqual([who.body.client_id, who.body.scopes], ["key_a", ["product:read"]]);
  const refused = await ask(deps, { "X-API-Key": API_KEY }, "", "/booking/create");
  assert.deepEqual([refused.status, refused.error], [403, "insufficient_scope"]);
  assert.equal(deps.queries.length, 1);
});

Deno.test("an API key speaks MCP too", async () => {
  const deps = await createTestDeps();
  const response = await createApp(deps).request("/mcp", {
    method: "POST",
    headers: {
      "X-API-Key": API_KEY,
      Accept: "application/json, text/event-stream",
      "Content-Type": "application/json",
      "MCP-Protocol-Version": "2025-06-18",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "whoami", arguments: {} },
    }),
  });
  assert.equal(response.status, 200);
  assert.match(await response.text(), /key_a/);
});

Deno.test("an API key that is unknown, malformed or one of two is refused", async () => {
  const deps = await createTestDeps();
  const token = `Bearer ${await deps.token()}`;
  for (
    const [headers, status, error] of [
      [{ "X-API-Key": DEAD }, 401, "invalid_token"],
      [{ "X-API-Key": "" }, 401, "invalid_token"],
      [{ "X-API-Key": `${API_KEY}x` }, 401, "invalid_token"],
      [{ "X-API-Key": `${API_KEY}, ${API_KEY}` }, 401, "invalid_token"],
      [{ "X-API-Key": await deps.token() }, 401, "invalid_token"],
      [{ "X-API-Key": API_KEY, Authorization: token }, 400, "invalid_request"],
      [{ "X-API-Key": DEAD, Authorization: token }, 400, "invalid_request"],
      [{ "X-API-Key": API_KEY, Authorization: `Bearer ${API_KEY}` }, 400, "invalid_request"],
      [{ Authorization: `Bearer ${API_KEY}` }, 401, "invalid_token"],
    ] as const
  ) {
    const refused = await ask(deps, headers);
    assert.deepEqual([refused.status, refused.error], [status, error], JSON.stringify(Object.keys(headers)));
    if (status === 401) assert.match(refused.headers.get("WWW-Authenticate") ?? "", /^Bearer /);
  }
  assert.deepEqual(deps.queries, []);
});

Deno.test("an API key in the query is none, unless the operator turned that on", async () => {
  const deps = await createTestDeps();
  const query = `?api-key=${API_KEY}`;
  assert.deepEqual((await ask(deps, {}, query)).status, 401);
  const on = { ...deps, apiKeyInQuery: true };
  assert.equal((await ask(on, {}, query)).status, 200);
  assert.equal((await ask(on, {}, `?api-key=${DEAD}`)).status, 401);
  for (
    const [headers, both] of [
      [{ "X-API-Key": API_KEY }, query],
      [{ Authorization: `Bearer ${await deps.token()}` }, query],
      [{}, `${query}&api-key=${API_KEY}`],
    ] as const
  ) assert.deepEqual((await ask(on, headers, both)).error, "invalid_request");
});

Deno.test("an API key that a query finds dead is 401", async () => {
  const deps = await createTestDeps();
  deps.live.clear();
  const refused = await ask(withLease(deps), { "X-API-Key": API_KEY });
  assert.deepEqual([refused.status, refused.error], [401, "invalid_token"]);
});
