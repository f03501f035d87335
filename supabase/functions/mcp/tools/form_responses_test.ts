/** `form_responses` over rows in memory. */
import assert from "node:assert/strict";
import { assertPages, ID, OTHER_ID, runTool } from "../testing/tool_context.ts";
import { formResponses } from "./form_responses.ts";

const response = {
  id: ID,
  created_at: "2026-11-21T12:00:00.123456+00:00",
  answers: { name: "A guest", guests: 2, sweets: ["Yokan"], come_again: true },
};

Deno.test("form_responses answers what was sent, and nothing when nobody has answered", async () => {
  const { output, values } = await runTool(formResponses, { form_id: ID }, [{ response }]);
  assert.deepEqual(output, { responses: [response], next_cursor: null });
  assert.deepEqual(values, [ID, null, null, 50]);
  const none = await runTool(formResponses, { form_id: ID }, [{ response: null }]);
  assert.deepEqual(none.output, { responses: [], next_cursor: null });
});

Deno.test("form_responses says where ids come from when there is no such form", async () => {
  await assert.rejects(runTool(formResponses, { form_id: ID }, []), {
    name: "ToolError",
    message: "There is no such form. Use an id from form_list.",
  });
});

Deno.test("form_responses goes on behind its last response, to the microsecond", () =>
  assertPages(formResponses, { form_id: ID }, [{ response }, { response: { ...response, id: OTHER_ID } }], {
    after: [response.created_at, ID],
    at: 1,
  }));
