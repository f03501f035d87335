/** Tools as people read them. */
import assert from "node:assert/strict";
import type { Tool } from "@modelcontextprotocol/client";
import { describeTools } from "./print_result.ts";

Deno.test("describeTools tells what a tool takes, by name and type", () => {
  const tool: Tool = {
    name: "order_create",
    title: "Place an order",
    description: "Orders products.",
    inputSchema: {
      type: "object",
      properties: {
        key: { type: "string" },
        items: { type: "array", items: { type: "object" } },
        state: { type: "string", enum: ["placed", "cancelled"] },
        any: { anyOf: [{ type: "string" }, { type: "number" }] },
        anything: true,
        limit: { type: "integer" },
      },
      required: ["key", "items"],
    },
    _meta: { "sekisho/scope": "order:write" },
  };
  assert.equal(
    describeTools([tool]),
    `order_create  Place an order
    Orders products.
    scope: order:write
    input: key: string, items: object[], state?: "placed" | "cancelled", any?, anything?, limit?: integer`,
  );
});

Deno.test("describeTools tells of a tool that takes nothing no more than its name", () => {
  assert.equal(describeTools([{ name: "ping", inputSchema: { type: "object" } }]), "ping");
  assert.equal(describeTools([]), "This server has no tools.");
});
