/** What must hold of every tool that is in the registry. */
import assert from "node:assert/strict";
import { z } from "zod";
import { SCOPES } from "../protocol/scopes.ts";
import { TOOLS } from "./index.ts";

const scopes = new Map(SCOPES.map((scope) => [scope.name, scope]));

Deno.test("every tool is named once, says what it is, and has its own file with a test beside it", async () => {
  assert.equal(new Set(TOOLS.map((tool) => tool.name)).size, TOOLS.length);
  for (const { name, title, description } of TOOLS) {
    assert.match(name, /^[a-z]+(_[a-z]+)?$/);
    assert.match(title, /^[A-Z]/);
    assert.match(description, /^[A-Z].*\.$/s, name);
    assert.ok((await Deno.stat(new URL(`./${name}.ts`, import.meta.url))).isFile, name);
    assert.ok((await Deno.stat(new URL(`./${name}_test.ts`, import.meta.url))).isFile, name);
  }
});

Deno.test("every tool's scope exists, fits its hints, and needs a person", () => {
  for (const { name, scope, needsPerson, annotations } of TOOLS) {
    if (scope === null) {
      assert.ok(annotations.readOnlyHint && !needsPerson, name);
      continue;
    }
    assert.ok(scopes.has(scope), `${name}: ${scope}`);
    assert.equal(annotations.readOnlyHint, scope.endsWith(":read"), name);
    assert.ok(needsPerson, name);
    if (annotations.readOnlyHint) assert.ok(annotations.idempotentHint && !annotations.destructiveHint, name);
    assert.equal(annotations.openWorldHint, false, name);
  }
});

Deno.test("every scope is used, says what an app can do in both languages, and writing is never a default", () => {
  for (const { name, description, isDefault } of SCOPES) {
    assert.match(name, /^[a-z]+:(read|write)$/);
    assert.ok(TOOLS.some((tool) => tool.scope === name), name);
    assert.match(description.en, /^[A-Z]/);
    assert.match(description.ja, /[぀-ヿ一-鿿]/);
    assert.ok(!isDefault || name.endsWith(":read"), name);
  }
  assert.equal(scopes.size, SCOPES.length);
});

Deno.test("every input and output is a JSON Schema that a model can read", () => {
  for (const { name, input, output } of TOOLS) {
    for (const schema of [z.toJSONSchema(input, { io: "input" }), z.toJSONSchema(output)]) {
      assert.equal(schema.type, "object", name);
      assert.ok(JSON.stringify(schema).length < 4000, name);
    }
    for (const [key, { description }] of Object.entries(input.shape as Record<string, z.ZodType>)) {
      assert.match(key, /^[a-z]+(_[a-z]+)*$/, name);
      if (!["seats", "name", "items", "include_cancelled"].includes(key)) {
        assert.ok(description, `${name}.${key}`);
      }
    }
  }
});
