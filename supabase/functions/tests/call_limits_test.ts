/**
 * What calls of `/mcp` cost and when they end, on the running product: one lease for several calls, one hour's calls for
 * one person however many processes and tokens there are, and nothing for a token that was revoked.
 */
import assert from "node:assert/strict";
import { onStage, type Stage } from "./attacks/testing/attack_stage.ts";
import { callTool, grantCode, redeem, register, signInByPassword } from "./testing/http_flow.ts";

async function obtainToken(url: string, email?: string): Promise<string> {
  const session = await signInByPassword(url, email);
  const { status, body } = await redeem(url, await grantCode(url, await register(url), session));
  assert.equal(status, 200);
  return body.access_token;
}

/** So many calls, a few at a time, over all processes: how often each status was answered. */
async function call(stage: Stage, tokens: readonly string[], calls: number): Promise<Record<number, number>> {
  const counted: Record<number, number> = {};
  let next = 0;
  const work = async () => {
    for (let call = next++; call < calls; call = next++) {
      const process = stage.urls[call % stage.urls.length] ?? stage.url;
      const { status } = await callTool(process, tokens[call % tokens.length] ?? "", "get_time");
      counted[status] = (counted[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return counted;
}

Deno.test("RATE_MCP: two processes and two tokens of one person never pass it, and use nearly all of it", () =>
  onStage(async (stage) => {
    const tokens = [await obtainToken(stage.url), await obtainToken(stage.url)];
    const counted = await call(stage, tokens, 300);
    assert.deepEqual(Object.keys(counted), ["200", "429"]);
    const allowed = counted[200] ?? 0;
    assert.ok(allowed <= 200 && allowed >= 190, `${allowed} calls of 200`);

    const refused = await fetch(`${stage.url}/mcp`, {
      method: "POST",
      headers: { Authorization: `Bearer ${tokens[0]}`, "Content-Type": "application/json" },
      body: "{}",
    });
    assert.equal((await refused.json()).error, "too_many_requests");
    const wait = Number(refused.headers.get("Retry-After"));
    assert.ok(wait > 3000 && wait <= 3660, String(wait));
    assert.equal(refused.headers.get("WWW-Authenticate"), null, "another token would not help");

    const other = await obtainToken(stage.url, "second_user@example.com");
    assert.deepEqual(await call(stage, [other], 4), { 200: 4 });
    // An hour later.
    await stage.rows("update oauth.rate_counts set minute = minute - 61");
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    assert.deepEqual(await call(stage, tokens, 4), { 200: 4 });
  }, { processes: 2, env: { RATE_MCP: "200" } }));

Deno.test("RATE_MCP=0 is no limit", () =>
  onStage(async (stage) => {
    assert.deepEqual(await call(stage, [await obtainToken(stage.url)], 60), { 200: 60 });
    assert.deepEqual(await stage.rows("select from oauth.rate_counts"), []);
  }, { env: { RATE_MCP: "0" } }));

Deno.test("get_time costs nothing but its lease; a revoked token ends at once where a tool queries, and here within ten seconds", () =>
  onStage(async (stage) => {
    const { url, rows } = stage;
    const token = await obtainToken(url);
    const transactions = async () => {
      // A backend reports what it did at the latest when it ends; the pool opens another.
      await rows(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'sekisho mcp'",
      );
      const [row] = await rows<{ count: string }>(
        "select xact_commit + xact_rollback as count from pg_stat_database where datname = current_database()",
      );
      return Number(row?.count);
    };
    await callTool(url, token, "get_time");
    const before = await transactions();
    assert.deepEqual(await call({ ...stage, urls: [url] }, [token], 50), { 200: 50 });
    const spent = await transactions() - before;
    // 2 + 4 + 8 + 10 + 10 + 10 + 10: seven leases, and now and then the purge or this test itself.
    assert.ok(spent >= 7 && spent < 20, `${spent} transactions for 50 calls`);

    await callTool(url, token, "get_time");
    await rows("update oauth.token_families set revoked_at = now(), revoked_because = 'test'");
    assert.equal((await callTool(url, token, "product_list")).status, 401);
    const second = await obtainToken(url);
    assert.equal((await callTool(url, second, "get_time")).status, 200);
    const revokedAt = performance.now();
    await rows(
      "update oauth.token_families set revoked_at = now(), revoked_because = 'test' where revoked_at is null",
    );
    let status = 200;
    while (status === 200 && performance.now() - revokedAt < 11_000) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      status = (await callTool(url, second, "get_time")).status;
    }
    assert.equal(status, 401);
  }));
