/** `whoami`: the caller, from the token alone. */
import assert from "node:assert/strict";
import { contextWith } from "../testing/tool_context.ts";
import { whoami } from "./whoami.ts";

Deno.test("whoami answers person, client, scopes and resource, without the database", async () => {
  const { context, asked } = contextWith([]);
  assert.deepEqual(await whoami.run({}, context), {
    person_id: "00000000-0000-4000-8000-000000000001",
    client_id: "client_a",
    scopes: ["product:read"],
    resource: "http://localhost:54321/mcp",
  });
  assert.deepEqual(asked, []);
});

Deno.test("whoami answers a client in its own name with no person", async () => {
  const { context } = contextWith([]);
  const output = await whoami.run({}, { ...context, caller: { ...context.caller, personId: null } });
  assert.equal(whoami.output.parse(output).person_id, null);
});
