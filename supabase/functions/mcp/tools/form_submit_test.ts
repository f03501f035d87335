/** `form_submit`: answers as JSON, and every answer of `shop.submit_form` is told. */
import assert from "node:assert/strict";
import { assertRefusals, ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { formSubmit } from "./form_submit.ts";

const response = { id: OTHER_ID, form_id: ID, created_at: "2026-11-21T12:00:00+00:00" };

Deno.test("form_submit passes the answers as one JSON object", async () => {
  const answers = { name: "A guest", guests: 2, sweets: ["Yokan"], come_again: true, remarks: null };
  const { output, values } = await runTool(formSubmit, { form_id: ID, answers }, [
    { answer: { outcome: "submitted", response } },
  ]);
  assert.deepEqual(output, response);
  assert.deepEqual([values[0], JSON.parse(String(values[1]))], [ID, answers]);
});

Deno.test("form_submit takes no answer that is an object and none that cannot be stored", async () => {
  for (const answer of [{ nested: 1 }, [1], "a\0", "\ud800", Infinity, ["a\0"]]) {
    const input = { form_id: ID, answers: { field: answer } } as never;
    await assert.rejects(runTool(formSubmit, input, []), { name: "ZodError" });
  }
  await assert.rejects(runTool(formSubmit, { form_id: ID, answers: { "a\0": 1 } }, []), { name: "ZodError" });
});

Deno.test("form_submit tells every refusal, field by field", () =>
  assertRefusals(formSubmit, { form_id: ID, answers: {} }, [
    [{ outcome: "not_granted" }, /form:write/],
    [{ outcome: "answers_invalid" }, /64 KiB/],
    [{ outcome: "form_unknown" }, /form_list/],
    [{ outcome: "form_closed" }, /closed/],
    [
      {
        outcome: "answers_wrong",
        problems: [
          { field: "name", problem: "required" },
          { field: "day", problem: "wrong_type" },
          { field: "sweets", problem: "not_a_choice" },
          { field: "more", problem: "repeated_choice" },
          { field: "guests", problem: "too_small" },
          { field: "stars", problem: "too_large" },
          { problem: "unknown_field" },
        ],
      },
      /form_list.*: name must be answered; day is of another type; .*; a field that the form does not have\.$/,
    ],
  ]));
