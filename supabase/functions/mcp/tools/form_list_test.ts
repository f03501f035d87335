/** `form_list` over rows in memory. */
import assert from "node:assert/strict";
import { assertPages, ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { formList } from "./form_list.ts";

const field = { label: "?", is_required: false, choices: null, at_least: null, at_most: null };
const form = {
  id: ID,
  title: "A form",
  closes_at: null,
  fields: [
    { ...field, name: "guests", type: "integer", is_required: true, at_least: 1, at_most: 8 },
    { ...field, name: "sweets", type: "choices", choices: ["Yokan", "Manju"] },
  ],
};

Deno.test("form_list answers forms with what each field takes", async () => {
  const { output, values } = await runTool(formList, {}, [{ form }]);
  assert.deepEqual(output, { forms: [form], next_cursor: null });
  assert.deepEqual(values, [null, null, 50]);
});

Deno.test("form_list goes on behind its last form", () =>
  assertPages(formList, {}, [{ form }, { form: { ...form, id: OTHER_ID } }], {
    after: ["A form", ID],
    at: 0,
  }));
