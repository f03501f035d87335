/** The `mcp` function through its app: the gate with its challenge, CORS, origins, both protocol eras. */
import assert from "node:assert/strict";
import { SAFE_HEADERS } from "../_shared/http/respond.ts";
import { OAuthError } from "../_shared/oauth_error.ts";
import { createApp } from "./app.ts";
import { createTestDeps, NOW, PUBLIC_URL, type TestDeps, withLease } from "./testing/test_deps.ts";
import { ID } from "./testing/tool_context.ts";
import { TOOLS } from "./tools/index.ts";

/** Good for every tool: what a tool does not know of, it ignores. */
const ARGUMENTS = {
  product_id: ID,
  room_id: ID,
  booking_id: ID,
  order_id: ID,
  event_id: ID,
  reservation_id: ID,
  form_id: ID,
  title: "A meeting",
  starts_at: "2026-11-22T10:00:00+09:00",
  ends_at: "2026-11-22T11:00:00+09:00",
  idempotency_key: "a key",
  items: [{ product_id: ID, quantity: 1 }],
  seats: 1,
  answers: {},
};
const RESOURCE_METADATA = `${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp`;

/** A request of the 2025-06-18 revision. */
function legacy(
  token: string | null,
  method: string,
  params: unknown,
  headers: Record<string, string> = {},
): RequestInit {
  return {
    method: "POST",
    headers: {
      Accept: "application/json, text/event-stream",
      "Content-Type": "application/json",
      "MCP-Protocol-Version": "2025-06-18",
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  };
}

/** The JSON-RPC message in an answer, whether it came as JSON or as an event. */
async function message(response: Response) {
  const text = await response.text();
  return JSON.parse(text.match(/^data: (.*)$/m)?.[1] ?? text);
}

const call = (deps: TestDeps, init: RequestInit) => createApp(deps).request("/mcp", init);

Deno.test("/mcp without a token answers 401 with the way in and no error code", async () => {
  const response = await call(
    await createTestDeps(),
    legacy(null, "tools/list", {}),
  );
  assert.equal(response.status, 401);
  assert.equal(
    response.headers.get("WWW-Authenticate"),
    `Bearer realm="mcp", scope="product:read", resource_metadata="${RESOURCE_METADATA}"`,
  );
});

Deno.test("/mcp in the bare-host shape announces the metadata below its own path", async () => {
  const deps = await createTestDeps();
  const { publicUrls } = await import("../_shared/public_urls.ts");
  const urls = publicUrls("https://x.supabase.co/functions/v1");
  const response = await call(
    { ...deps, urls },
    legacy(null, "tools/list", {}),
  );
  assert.match(
    response.headers.get("WWW-Authenticate") ?? "",
    /resource_metadata="https:\/\/x\.supabase\.co\/functions\/v1\/mcp\/\.well-known\/oauth-protected-resource"/,
  );
});

Deno.test("/mcp takes no token from the query and none from a second scheme", async () => {
  const deps = await createTestDeps();
  const token = await deps.token();
  const inQuery = await createApp(deps).request(
    `/mcp?access_token=${token}`,
    legacy(null, "tools/list", {}),
  );
  assert.equal(inQuery.status, 401);
  const basic = await call(
    deps,
    legacy(null, "tools/list", {}, { Authorization: `Basic ${token}` }),
  );
  assert.equal(basic.status, 401);
  const twice = await call(
    deps,
    legacy(null, "tools/list", {}, {
      Authorization: `Bearer ${token}, Bearer ${token}`,
    }),
  );
  assert.equal(twice.status, 401);
});

Deno.test("/mcp lists every tool with the scope it needs", async () => {
  const deps = await createTestDeps();
  const { result } = await message(
    await call(deps, legacy(await deps.token(), "tools/list", {})),
  );
  assert.deepEqual(
    result.tools.map((
      tool: { name: string; _meta: Record<string, unknown> },
    ) => [tool.name, tool._meta["sekisho/scope"]]),
    TOOLS.map((tool) => [tool.name, tool.scope]),
  );
});

Deno.test("/mcp answers insufficient_scope with what the tool needs and what the token has", async () => {
  const deps = await createTestDeps();
  const token = await deps.token({ scope: "other:read" });
  const response = await call(
    deps,
    legacy(token, "tools/call", { name: "product_list", arguments: {} }),
  );
  assert.equal(response.status, 403);
  const challenge = response.headers.get("WWW-Authenticate") ?? "";
  assert.match(challenge, /error="insufficient_scope"/);
  assert.match(challenge, /scope="product:read other:read"/);
  assert.ok(challenge.includes(`resource_metadata="${RESOURCE_METADATA}"`));
  assert.equal(deps.queries.length, 0);
});

Deno.test("/mcp answers 401 when a tool's query finds the token dead", async () => {
  const deps = await createTestDeps();
  deps.live.clear();
  const init = legacy(await deps.token(), "tools/call", {
    name: "product_list",
    arguments: {},
  });
  const response = await call(withLease(deps), init);
  assert.equal(response.status, 401);
  assert.match(
    response.headers.get("WWW-Authenticate") ?? "",
    /error="invalid_token"/,
  );
});

Deno.test("a tool's answer comes as structured content and as the same text, after one query under the token", async () => {
  const deps = await createTestDeps();
  const product = { id: ID, name: "Teapot", price_minor: 1200, currency: "JPY", stock: 3 };
  deps.rows = [{ product }];
  const init = legacy(await deps.token(), "tools/call", {
    name: "product_list",
    arguments: { limit: 7 },
  });
  const { result } = await message(await call(deps, init));
  assert.deepEqual(result.structuredContent, { products: [product], next_cursor: null });
  assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
  assert.deepEqual(deps.queries.map(({ jti, values }) => ({ jti, values })), [
    { jti: "live-token-0000000000a", values: [null, null, 7] },
  ]);
});

Deno.test("what a tool cannot do is a result that the model reads, and quotes nothing of its input", async () => {
  const deps = await createTestDeps();
  const ask = async (time_zone: unknown) => {
    const init = legacy(await deps.token(), "tools/call", { name: "get_time", arguments: { time_zone } });
    return (await message(await call(deps, init))).result;
  };
  assert.equal((await ask("Asia/Tokyo")).structuredContent.utc, NOW.toISOString());
  for (const wrong of ["Canary/Nowhere", { canary: "Canary" }, "Canary".repeat(20)]) {
    const refused = await ask(wrong);
    assert.equal(refused.isError, true);
    assert.doesNotMatch(JSON.stringify(refused), /Canary/);
  }
});

Deno.test("whoami answers from the token alone, for a client in its own name too", async () => {
  const deps = await createTestDeps();
  const token = await deps.token({ sub: "client_a", scope: "" });
  const { result } = await message(await call(deps, legacy(token, "tools/call", { name: "whoami" })));
  assert.deepEqual(result.structuredContent, {
    person_id: null,
    client_id: "client_a",
    scopes: [],
    resource: `${PUBLIC_URL}/mcp`,
  });
  assert.deepEqual(deps.queries, []);
});

Deno.test("a tool that works for a person tells a client in its own name so, and asks nothing", async () => {
  const deps = await createTestDeps();
  for (const { name, scope, needsPerson } of TOOLS) {
    if (!needsPerson || scope === null) continue;
    const token = await deps.token({ sub: "client_a", scope });
    const { result } = await message(
      await call(deps, legacy(token, "tools/call", { name, arguments: ARGUMENTS })),
    );
    assert.equal(result.isError, true, name);
    assert.match(result.content[0].text, /Use a token that a person granted/, name);
  }
  assert.deepEqual(deps.queries, []);
});

Deno.test("a tool that may not be repeated never says that nothing was changed, nor to try again at once", async () => {
  const deps = await createTestDeps();
  const down = new OAuthError("temporarily_unavailable", "Try again.", "database");
  for (const failure of [down, new Error("canary")]) {
    const store = { ...deps.store, queryAsPerson: () => Promise.reject(failure) };
    for (const { name, scope, annotations } of TOOLS) {
      if (scope === null) continue;
      const init = legacy(await deps.token({ scope }), "tools/call", { name, arguments: ARGUMENTS });
      const { result } = await message(await call({ ...deps, store }, init));
      assert.equal(result.isError, true, name);
      const mayRepeat = failure === down ? annotations.idempotentHint : annotations.readOnlyHint;
      const said = result.content[0].text;
      assert.equal(/Look before you try again/.test(said), !mayRepeat, `${name}: ${said}`);
      assert.doesNotMatch(said, /canary/);
    }
  }
});

Deno.test("a tool that throws hides why from the caller and says it to the log", async () => {
  const deps = await createTestDeps();
  const store = {
    ...deps.store,
    queryAsPerson: () => Promise.reject(new Error("canary: relation does not exist")),
  };
  const init = legacy(await deps.token(), "tools/call", {
    name: "product_list",
    arguments: {},
  });
  const { result } = await message(await call({ ...deps, store }, init));
  assert.equal(result.isError, true);
  assert.doesNotMatch(JSON.stringify(result), /canary/);
  assert.equal(deps.logged.at(-1)?.["tool"], "product_list");
});

Deno.test("/mcp serves 2026-07-28 beside the older revisions", async () => {
  const deps = await createTestDeps();
  const headers = {
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "server/discover",
  };
  const params = {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  };
  const modern = await message(
    await call(
      deps,
      legacy(await deps.token(), "server/discover", params, headers),
    ),
  );
  assert.ok(modern.result.supportedVersions.includes("2026-07-28"));
  for (const protocolVersion of ["2025-11-25", "2025-06-18", "2025-03-26"]) {
    const init = {
      protocolVersion,
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    };
    const answered = await message(
      await call(deps, legacy(await deps.token(), "initialize", init)),
    );
    assert.equal(answered.result.protocolVersion, protocolVersion);
  }
});

Deno.test("/mcp knows no subscriptions, and says so only of a request for one", async () => {
  const deps = await createTestDeps();
  const params = {
    notifications: { toolsListChanged: true },
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  };
  const headers = { "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen" };
  const ask = async (method: string) => await call(deps, legacy(await deps.token(), method, params, headers));
  const refused = await ask("subscriptions/listen");
  assert.equal(refused.status, 404);
  assert.deepEqual(await message(refused), {
    jsonrpc: "2.0",
    id: 1,
    error: { code: -32601, message: "Method not found" },
  });
  const mismatched = await ask("tools/list");
  assert.equal(mismatched.status, 400);
  assert.equal((await message(mismatched)).error.code, -32020);
});

Deno.test("/mcp answers preflights before the gate, for its own origins only", async () => {
  const app = createApp(await createTestDeps());
  const preflight = (origin: string) =>
    app.request("/mcp", {
      method: "OPTIONS",
      headers: {
        Origin: origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, mcp-param-x",
      },
    });
  const inspector = await preflight("http://localhost:6274");
  assert.equal(inspector.status, 204);
  assert.equal(
    inspector.headers.get("Access-Control-Allow-Origin"),
    "http://localhost:6274",
  );
  assert.equal(
    inspector.headers.get("Access-Control-Allow-Headers"),
    "authorization, mcp-param-x",
  );
  assert.equal(inspector.headers.get("Access-Control-Allow-Credentials"), null);
  assert.equal((await preflight("https://evil.example")).status, 403);
  assert.equal((await preflight("null")).status, 403);
});

Deno.test("/mcp lets an allowed page read its refusals, challenge included", async () => {
  const response = await call(
    await createTestDeps(),
    legacy(null, "tools/list", {}, { Origin: "http://localhost:6274" }),
  );
  assert.equal(response.status, 401);
  assert.equal(
    response.headers.get("Access-Control-Allow-Origin"),
    "http://localhost:6274",
  );
  assert.match(
    response.headers.get("Access-Control-Expose-Headers") ?? "",
    /WWW-Authenticate/,
  );
});

Deno.test("protected resource metadata names the resource, the issuer and the least scope", async () => {
  const app = createApp(await createTestDeps());
  const at = "/mcp/.well-known/oauth-protected-resource";
  const posted = await app.request(at, { method: "POST" });
  assert.deepEqual([posted.status, posted.headers.get("Allow")], [405, "GET"]);
  const response = await app.request(at);
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), {
    resource: `${PUBLIC_URL}/mcp`,
    authorization_servers: [PUBLIC_URL],
    scopes_supported: ["product:read"],
    authorization_details_types_supported: ["ticket-reservation"],
    bearer_methods_supported: ["header"],
    resource_name: "Sekisho MCP server",
  });
});

Deno.test("/mcp gives every answer an id of its own, never the caller's, and logs it", async () => {
  const deps = await createTestDeps();
  const response = await call(deps, legacy(null, "tools/list", {}, { "X-Request-Id": "mine" }));
  const id = response.headers.get("X-Request-Id");
  assert.match(id ?? "", /^[A-Za-z0-9_-]{16}$/);
  assert.equal(deps.logged.at(-1)?.["id"], id);
});

Deno.test("/mcp: no answer is stored, sniffed, framed or referred, whoever wrote it", async () => {
  const deps = await createTestDeps();
  const token = await deps.token();
  const { "Cache-Control": _, ...others } = SAFE_HEADERS;
  const asked: [what: string, init: RequestInit, status: number][] = [
    ["events", legacy(token, "tools/call", { name: "get_time", arguments: {} }), 200],
    ["a missing scope", legacy(token, "tools/call", { name: "order_list", arguments: {} }), 403],
    ["a notification", {
      ...legacy(token, "", {}),
      body: '{"jsonrpc":"2.0","method":"notifications/initialized"}',
    }, 202],
    ["no JSON", { ...legacy(token, "", {}), body: "{" }, 400],
    ["a wrong type", legacy(token, "ping", {}, { "Content-Type": "text/plain" }), 415],
    ["no method of ours", { method: "GET", headers: { Authorization: `Bearer ${token}` } }, 405],
    ["no token", legacy(null, "ping", {}), 401],
  ];
  for (const [what, init, status] of asked) {
    const { headers, body, status: answered } = await call(deps, init);
    await body?.cancel();
    assert.equal(answered, status, what);
    assert.match(headers.get("Cache-Control") ?? "", /no-store/, what);
    for (const [name, value] of Object.entries(others)) assert.equal(headers.get(name), value, what);
  }
});
