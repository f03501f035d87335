/** Cursors: a position of one tool's list, and nothing else. */
import assert from "node:assert/strict";
import { toBase64Url, utf8 } from "../../../_shared/encoding.ts";
import { ID } from "../../testing/tool_context.ts";
import { ToolError } from "../define_tool.ts";
import { definePages } from "./page.ts";

const names = definePages("product_list", "name");
const instants = definePages("order_list", "instant");
const cursor = (position: unknown) => toBase64Url(utf8(JSON.stringify(position)));
const row = (name: string) => ({ id: ID, name });

Deno.test("definePages: a cursor leads to the row that it was made of, whatever its name", () => {
  for (const name of ["Teapot", "急須 🫖", '"', "a\nb", "x".repeat(200), "🫖".repeat(200)]) {
    const { next_cursor } = names.cut([row(name), row("next")], 1, (one) => one.name);
    assert.match(next_cursor ?? "", /^[A-Za-z0-9_-]+$/);
    assert.deepEqual(names.after(next_cursor ?? undefined), [name, ID]);
  }
});

Deno.test("definePages: an instant keeps its microseconds", () => {
  const at = "2026-11-21T12:00:00.123456+00:00";
  const { next_cursor } = instants.cut([{ id: ID, at }, { id: ID, at }], 1, (one) => one.at);
  assert.deepEqual(instants.after(next_cursor ?? undefined), [at, ID]);
});

Deno.test("definePages: no cursor is the beginning, and the last page has none", () => {
  assert.deepEqual(names.after(undefined), [null, null]);
  assert.deepEqual(names.cut([row("a")], 1, (one) => one.name), { rows: [row("a")], next_cursor: null });
  assert.deepEqual(names.cut([], 1, () => ""), { rows: [], next_cursor: null });
});

Deno.test("definePages refuses what is not its own, with a sentence that quotes nothing", () => {
  const wrong = [
    "",
    "canary",
    "=",
    "ÿ",
    toBase64Url(Uint8Array.of(0xff, 0xfe)),
    cursor(null),
    cursor({}),
    cursor(["product_list", "canary"]),
    cursor(["product_list", "canary", ID, "more"]),
    cursor(["product_list", 1, ID]),
    cursor(["product_list", "canary", "not an id"]),
    cursor(["room_list", "canary", ID]),
    cursor(["product_list", "a\0b", ID]),
    cursor(["product_list", "x".repeat(401), ID]),
  ];
  for (const text of wrong) {
    assert.throws(() => names.after(text), (error) => {
      assert.ok(error instanceof ToolError, text);
      assert.doesNotMatch(error.message, /canary/);
      return true;
    });
  }
  for (
    const at of [
      "yesterday",
      "infinity",
      "0000-01-01T00:00:00Z",
      "2026-11-21T12:00:00+23:59",
      "2026-11-21",
      `2026-11-21T12:00:00.${"1".repeat(200)}Z`,
    ]
  ) {
    assert.throws(() => instants.after(cursor(["order_list", at, ID])), ToolError, at);
  }
});
