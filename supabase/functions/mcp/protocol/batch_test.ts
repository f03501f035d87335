/** Batches (MCP 2025-03-26): one request, several calls, each of which is counted. */
import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import { createCallLeases } from "../store/call_leases.ts";
import { API_KEY, createTestDeps, NOW } from "../testing/test_deps.ts";

const get_time = (id: number) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name: "get_time", arguments: {} },
});

Deno.test("/mcp counts every tool of a batch, and runs none beyond what is left", async () => {
  const deps = await createTestDeps();
  let left = 3;
  const leases = createCallLeases(
    {
      async leaseCalls(request) {
        const answer = await deps.store.leaseCalls(request);
        if (answer.outcome !== "leased") return answer;
        const leased = Math.min(left, request.wanted);
        left -= leased;
        return leased > 0
          ? { ...answer, leased }
          : { outcome: "limited", keys: answer.keys, retryAfterSeconds: 60 };
      },
    },
    () => NOW,
    1000,
  );
  const response = await createApp({ ...deps, leases }).request("/mcp", {
    method: "POST",
    headers: {
      Accept: "application/json, text/event-stream",
      "Content-Type": "application/json",
      "MCP-Protocol-Version": "2025-03-26",
      "X-API-Key": API_KEY,
    },
    body: JSON.stringify([1, 2, 3, 4, 5].map(get_time)),
  });
  assert.equal(response.status, 200);
  const answers = [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(([, data = ""]) =>
    JSON.parse(data)
  );
  assert.equal(answers.length, 5);
  const refused = answers.filter(({ result }) => result.isError);
  assert.deepEqual(
    refused.map(({ result }) => result.content[0].text),
    Array(2).fill("Too many calls in this hour. Try again later."),
  );
});
