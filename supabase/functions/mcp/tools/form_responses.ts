/** `form_responses`: what was answered to a form, the newest first. */
import { z } from "zod";
import { defineTool, LOOKS_ONLY, ToolError } from "./define_tool.ts";
import { id, instant } from "./shapes/fields.ts";
import { formAnswers } from "./shapes/form_answers.ts";
import { definePages, nextCursor, pageInput } from "./shapes/page.ts";

const pages = definePages("form_responses", "instant");

const response = z.object({
  id,
  created_at: instant,
  answers: formAnswers.describe("By name of the field. What was left out is not there."),
});

export const formResponses = defineTool({
  name: "form_responses",
  title: "Show responses to a form",
  description: "What was answered to one of the person's forms, the newest first.",
  scope: "form:read",
  needsPerson: true,
  input: z.object({ form_id: id.describe("As form_list answers it."), ...pageInput }),
  output: z.object({ responses: z.array(response), next_cursor: nextCursor }),
  annotations: LOOKS_ONLY,

  async run({ form_id, limit, cursor }, context) {
    // No row: no such form. A row without a response: nobody has answered it.
    const rows = await context.query<{ response: z.infer<typeof response> | null }>(
      `select response.found as response
      from shop.forms
      left join lateral (
        select created_at, id, jsonb_build_object('id', id, 'created_at', created_at, 'answers', answers) as found
        from shop.form_responses
        where form_id = forms.id and ($2::timestamptz is null or (created_at, id) < ($2::timestamptz, $3::uuid))
        order by created_at desc, id desc
        limit $4::integer + 1
      ) as response on true
      where forms.id = $1::uuid
      order by response.created_at desc, response.id desc`,
      [form_id, ...pages.after(cursor), limit],
    );
    if (rows.length === 0) throw new ToolError("There is no such form. Use an id from form_list.");
    const found = rows.flatMap((row) => row.response ?? []);
    const page = pages.cut(found, limit, ({ created_at }) => created_at);
    return { responses: page.rows, next_cursor: page.next_cursor };
  },
});
