/** API keys through the account's app: what makes one, that it is told once, and what is refused. */
import assert from "node:assert/strict";
import type { ApiKeys, MadeApiKey, NewApiKey } from "../../_shared/contract/account.ts";
import { sha256 } from "../../_shared/encoding.ts";
import { createApp } from "../app.ts";
import { createTestDeps, RESOURCE, SESSIONS } from "../testing/test_deps.ts";

const NEW: NewApiKey = { name: "Home automation", scopes: ["product:read"], days: 90 };

function scene() {
  const deps = createTestDeps();
  // Another each time, as randomness is.
  let drawn = 0;
  const app = createApp({ ...deps, random: (length) => new Uint8Array(length).fill(drawn++) });
  const ask = async (method: string, path: string, body?: unknown, session: string = SESSIONS.alice) =>
    await app.request(`/account/keys${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${session}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const list = async (session?: string): Promise<ApiKeys> =>
    await (await ask("GET", "", undefined, session)).json();
  return { deps, ask, list };
}

Deno.test("POST /api/keys makes a key and tells it once", async () => {
  const { deps, ask, list } = scene();
  const response = await ask("POST", "", { ...NEW, scopes: ["product:read", "product:read"] });
  const made: MadeApiKey = await response.json();
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("Cache-Control"), "no-store");
  assert.match(made.key, /^sekisho_[A-Za-z0-9_-]{43}$/);
  assert.match(made.id, /^key_[A-Za-z0-9_-]{22}$/);
  assert.deepEqual(deps.memory.keys.map(({ keyHash }) => keyHash), [await sha256(made.key)]);
  const listed = await list();
  assert.deepEqual(listed.keys, [{
    id: made.id,
    name: "Home automation",
    resource: RESOURCE,
    scopes: ["product:read"],
    created_at: "2026-11-21T12:00:00.000Z",
    expires_at: "2027-02-19T12:00:00.000Z",
    last_used_at: null,
  }]);
  assert.ok(!JSON.stringify([listed, deps.logged]).includes(made.key));
});

Deno.test("GET /api/keys tells what a key may be for", async () => {
  const { list } = scene();
  const { resources } = await list();
  assert.deepEqual(resources.map(({ resource, scopes }) => [resource, scopes.map(({ name }) => name)]), [
    [RESOURCE, ["product:read", "product:write"]],
  ]);
});

Deno.test("POST /api/keys refuses what is no key, with a fixed text", async () => {
  const { deps, ask } = scene();
  const canary = "c4nary";
  for (
    const [body, status, error] of [
      ["{", 400, "invalid_request"],
      [{}, 400, "invalid_request"],
      [{ ...NEW, name: "" }, 400, "invalid_request"],
      [{ ...NEW, name: "  " }, 400, "invalid_request"],
      [{ ...NEW, name: canary.repeat(11) }, 400, "invalid_request"],
      [{ ...NEW, name: `${canary}\n` + "x" }, 400, "invalid_request"],
      [{ ...NEW, scopes: [] }, 400, "invalid_request"],
      [{ ...NEW, scopes: `${canary}` }, 400, "invalid_request"],
      [{ ...NEW, scopes: [`${canary} x`] }, 400, "invalid_request"],
      [{ ...NEW, scopes: [canary] }, 400, "invalid_scope"],
      [{ ...NEW, scopes: ["product:*"] }, 400, "invalid_scope"],
      [{ ...NEW, resource: `https://${canary}.example` }, 400, "invalid_target"],
      [{ ...NEW, days: 0 }, 400, "invalid_request"],
      [{ ...NEW, days: 367 }, 400, "invalid_request"],
      [{ ...NEW, days: 1.5 }, 400, "invalid_request"],
      [`"${"x".repeat(16 * 1024)}"`, 413, "payload_too_large"],
    ] as const
  ) {
    const response = await ask("POST", "", body);
    const text = await response.text();
    assert.deepEqual(
      [response.status, JSON.parse(text).error],
      [status, error],
      JSON.stringify(body).slice(0, 99),
    );
    assert.ok(!text.includes(canary));
  }
  assert.deepEqual(deps.memory.keys, []);
});

Deno.test("POST /api/keys refuses a twenty-first key", async () => {
  const { ask } = scene();
  for (let count = 0; count < 20; count++) assert.equal((await ask("POST", "", NEW)).status, 201);
  const response = await ask("POST", "", NEW);
  assert.deepEqual([response.status, (await response.json()).error], [409, "key_limit_reached"]);
});

Deno.test("DELETE /api/keys/<id> ends the person's own key, and answers the same for any other", async () => {
  const { ask, list } = scene();
  const { id }: MadeApiKey = await (await ask("POST", "", NEW)).json();
  assert.equal((await ask("DELETE", `/${id}`, undefined, SESSIONS.bob)).status, 204);
  assert.equal((await list()).keys.length, 1);
  for (let time = 0; time < 2; time++) assert.equal((await ask("DELETE", `/${id}`)).status, 204);
  assert.deepEqual((await list()).keys, []);
  for (const wrong of ["x", `${id}x`, "key_%00", encodeURIComponent("key_' or true --")]) {
    assert.equal((await ask("DELETE", `/${wrong}`)).status, 400, wrong);
  }
});
