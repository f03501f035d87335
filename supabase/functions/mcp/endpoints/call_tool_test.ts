/** The plain HTTP face through the app: what it refuses, how, and that nothing of the input comes back. */
import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import { toolPath } from "../protocol/tool_paths.ts";
import { createTestDeps, PUBLIC_URL, type TestDeps, withLease } from "../testing/test_deps.ts";
import { ID } from "../testing/tool_context.ts";
import { TOOLS } from "../tools/index.ts";

const CANARY = "c4nary";
const RESOURCE_METADATA = `${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp`;

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
}

async function ask(deps: TestDeps, path: string, { method = "POST", headers = {}, body }: Asked = {}) {
  const authorization = { Authorization: `Bearer ${await deps.token()}` };
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  const init = { method, headers: { ...authorization, ...type, ...headers }, ...(body ? { body } : {}) };
  const response = await createApp(deps).request(`/mcp${path}`, init);
  const text = await response.text();
  assert.ok(!text.includes(CANARY), text);
  return { status: response.status, headers: response.headers, body: JSON.parse(text) };
}

Deno.test("POST /mcp/tools/<noun>/<verb> answers a tool's output, after one query under the token", async () => {
  const deps = await createTestDeps();
  deps.rows = [{ product: { id: ID, name: "Tea", price_minor: 500, currency: "JPY", stock: 3 } }];
  const { status, headers, body } = await ask(deps, "/tools/product/get", {
    body: JSON.stringify({ product_id: ID, unknown: CANARY }),
  });
  assert.deepEqual([status, body.name], [200, "Tea"]);
  assert.equal(headers.get("Content-Type"), "application/json");
  assert.equal(headers.get("Cache-Control"), "no-store");
  assert.deepEqual(deps.queries.map(({ jti, values }) => [jti, values]), [["live-token-0000000000a", [ID]]]);
});

Deno.test("a tool without a noun is at /mcp/tools/<name>, and a tool without input needs no body", async () => {
  const deps = await createTestDeps();
  assert.equal((await ask(deps, "/tools/get_time")).status, 200);
  assert.equal((await ask(deps, "/tools/whoami", { body: "{}" })).body.client_id, "client_a");
});

Deno.test("every tool has a path of its own", () => {
  const paths = TOOLS.map(toolPath);
  assert.equal(new Set(paths).size, TOOLS.length);
  for (const path of paths) assert.match(path, /^\/tools\/[a-z_]+(\/[a-z_]+)?$/);
});

Deno.test("POST /mcp/tools/<noun>/<verb> refuses what is no input with problem details, and says where it is wrong", async () => {
  const deps = await createTestDeps();
  const get = (body: BodyInit, headers = {}) => ask(deps, "/tools/product/get", { body, headers });
  for (
    const [body, headers, status, error] of [
      ["{", {}, 400, "invalid_request"],
      [`"${CANARY}"`, {}, 400, "invalid_request"],
      ["[]", {}, 400, "invalid_request"],
      ["null", {}, 400, "invalid_request"],
      [Uint8Array.of(0x7b, 0xff, 0x7d), {}, 400, "invalid_request"],
      ["{}", { "Content-Type": "text/plain" }, 415, "unsupported_media_type"],
      ["{}", { "Content-Type": "application/x-www-form-urlencoded" }, 415, "unsupported_media_type"],
      [`"${"x".repeat(1024 * 1024)}"`, {}, 413, "payload_too_large"],
    ] as const
  ) {
    const refused = await get(body, headers);
    assert.deepEqual([refused.status, refused.body.error, refused.body.status], [status, error, status]);
    assert.equal(refused.headers.get("Content-Type"), "application/problem+json");
  }
  const places = async (path: string, input: unknown) =>
    (await ask(deps, path, {
      body: JSON.stringify(input),
      headers: { Authorization: `Bearer ${await deps.token({ scope: "product:read order:write" })}` },
    }))
      .body.errors?.map(({ pointer }: { pointer: string }) => pointer);
  assert.deepEqual(await places("/tools/product/get", {}), ["/product_id"]);
  assert.deepEqual(await places("/tools/product/get", { product_id: CANARY }), ["/product_id"]);
  assert.deepEqual(await places("/tools/order/create", { items: [{ product_id: ID, quantity: CANARY }] }), [
    "/idempotency_key",
    "/items/0",
  ]);
  assert.deepEqual(await places("/tools/product/get", []), [""]);
  assert.deepEqual(deps.queries, []);
});

Deno.test("POST /mcp/tools/<noun>/<verb> tells without the scope which one to ask for, before it reads the body", async () => {
  const deps = await createTestDeps();
  const { status, headers, body } = await ask(deps, "/tools/booking/create", { body: "{" });
  assert.deepEqual([status, body.error], [403, "insufficient_scope"]);
  assert.equal(body.detail, "This tool needs the scope booking:write.");
  assert.equal(
    headers.get("WWW-Authenticate"),
    `Bearer realm="mcp", error="insufficient_scope", error_description="This tool needs another scope.", ` +
      `scope="booking:write product:read", resource_metadata="${RESOURCE_METADATA}"`,
  );
});

Deno.test("POST /mcp/tools/<noun>/<verb> challenges without a token, with a bad one and when the query finds it dead", async () => {
  const deps = await createTestDeps();
  for (
    const [authorization, error] of [
      ["", /^Bearer realm="mcp", scope="product:read"/],
      [`Bearer ${CANARY}`, /error="invalid_token"/],
      [`Basic ${CANARY}`, /error="invalid_token"/],
    ] as const
  ) {
    const headers: Record<string, string> = authorization === "" ? {} : { Authorization: authorization };
    const response = await createApp(deps).request("/mcp/tools/product/list", { method: "POST", headers });
    assert.equal(response.status, 401);
    assert.match(response.headers.get("WWW-Authenticate") ?? "", error);
    assert.ok(!(await response.text()).includes(CANARY));
  }
  deps.live.clear();
  const { status, headers, body } = await ask(withLease(deps), "/tools/product/list");
  assert.deepEqual([status, body.error], [401, "invalid_token"]);
  assert.match(headers.get("WWW-Authenticate") ?? "", /error="invalid_token"/);
});

Deno.test("what a tool cannot do is 422 in its own words", async () => {
  const deps = await createTestDeps();
  const { status, body } = await ask(deps, "/tools/product/get", {
    body: JSON.stringify({ product_id: ID }),
  });
  assert.deepEqual([status, body.error], [422, "tool_refused"]);
  assert.match(body.detail, /no such product/);
});

Deno.test("a tool that throws is 500, hides why from the caller and says it to the log", async () => {
  const deps = await createTestDeps();
  deps.rows = [{ id: CANARY }];
  const { status, body } = await ask(deps, "/tools/product/list");
  assert.deepEqual([status, body.error, body.detail], [500, "server_error", "The tool failed."]);
  assert.deepEqual(deps.logged.map(({ event, tool }) => [event, tool]), [["tool failed", "product_list"]]);
});

Deno.test("the plain face refuses other methods, other paths and pages of other origins", async () => {
  const deps = await createTestDeps();
  const get = await ask(deps, "/tools/product/get", { method: "GET" });
  assert.deepEqual([get.status, get.headers.get("Allow")], [405, "POST"]);
  for (const path of ["/tools", "/openapi.json"]) {
    for (const method of ["POST", "PUT", "DELETE"]) {
      const { status, headers, body } = await ask(deps, path, { method });
      assert.deepEqual([status, headers.get("Allow"), body.error], [405, "GET", "method_not_allowed"], path);
    }
  }
  for (const path of ["/tools/nothing", "/tools/product", "/tools/product/get/", "/tools/product_get"]) {
    const { status, body } = await ask(deps, path);
    assert.deepEqual([status, body.error], [404, "not_found"], path);
  }
  const foreign = await ask(deps, "/tools/get_time", { headers: { Origin: "https://evil.example" } });
  assert.deepEqual([foreign.status, foreign.body.error], [403, "origin_not_allowed"]);
  assert.equal(foreign.headers.get("Access-Control-Allow-Origin"), null);
});

Deno.test("the plain face answers preflights of its own origins, and lets every page read what there is", async () => {
  const app = createApp(await createTestDeps());
  const preflight = (path: string, origin: string) =>
    app.request(path, {
      method: "OPTIONS",
      headers: { Origin: origin, "Access-Control-Request-Headers": "authorization" },
    });
  const own = await preflight("/mcp/tools/get_time", PUBLIC_URL);
  assert.deepEqual([own.status, own.headers.get("Access-Control-Allow-Headers")], [204, "authorization"]);
  assert.equal((await preflight("/mcp/tools/get_time", "https://evil.example")).status, 403);
  for (const path of ["/mcp/tools", "/mcp/openapi.json"]) {
    const response = await app.request(path, { headers: { Origin: "https://any.example" } });
    assert.deepEqual([response.status, response.headers.get("Access-Control-Allow-Origin")], [200, "*"]);
    await response.body?.cancel();
  }
});

Deno.test("GET /mcp/tools lists every tool with its scope and where it is", async () => {
  const response = await createApp(await createTestDeps()).request("/mcp/tools");
  const { tools } = await response.json();
  assert.deepEqual(
    tools.map(({ name, scope, url }: Record<string, unknown>) => [name, scope, url]),
    TOOLS.map((tool) => [tool.name, tool.scope, `${PUBLIC_URL}/mcp${toolPath(tool)}`]),
  );
});
