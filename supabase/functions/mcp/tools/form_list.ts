/** `form_list`: what is asked, field by field. */
import { z } from "zod";
import { defineTool, LOOKS_ONLY } from "./define_tool.ts";
import { id, instant } from "./shapes/fields.ts";
import { definePages, nextCursor, pageInput } from "./shapes/page.ts";

const pages = definePages("form_list", "name");

const form = z.object({
  id: id.describe("What form_submit and form_responses take as form_id."),
  title: z.string(),
  closes_at: instant.nullable().describe("Until when it can be answered; null for ever."),
  fields: z.array(z.object({
    name: z.string().describe("The key of this field in the answers of form_submit."),
    label: z.string().describe("The question."),
    type: z.enum(["text", "integer", "number", "boolean", "date", "choice", "choices"]).describe(
      "date: a text such as 2030-01-31. choice: one of the choices. choices: a list of them.",
    ),
    is_required: z.boolean(),
    choices: z.array(z.string()).nullable(),
    at_least: z.number().nullable().describe(
      "Of the length of a text, the value of a number, the count of choices.",
    ),
    at_most: z.number().nullable().describe(
      "Of the length of a text, the value of a number, the count of choices.",
    ),
  })),
});

export const formList = defineTool({
  name: "form_list",
  title: "List forms",
  description: "The person's forms with their fields, ordered by title.",
  scope: "form:read",
  needsPerson: true,
  input: z.object(pageInput),
  output: z.object({ forms: z.array(form), next_cursor: nextCursor }),
  annotations: LOOKS_ONLY,

  async run({ limit, cursor }, context) {
    const rows = await context.query<{ form: z.infer<typeof form> }>(
      `select jsonb_build_object(
        'id', id, 'title', title, 'closes_at', closes_at, 'fields', (
          select coalesce(
            jsonb_agg(
              jsonb_build_object(
                'name', name, 'label', label, 'type', type, 'is_required', is_required, 'choices', choices,
                'at_least', at_least, 'at_most', at_most
              )
              order by place
            ),
            '[]'
          )
          from shop.form_fields
          where form_id = forms.id
        )
      ) as form
      from shop.forms
      where $1::text is null or (title, id) > ($1::text, $2::uuid)
      order by title, id
      limit $3::integer + 1`,
      [...pages.after(cursor), limit],
    );
    const page = pages.cut(rows.map((row) => row.form), limit, ({ title }) => title);
    return { forms: page.rows, next_cursor: page.next_cursor };
  },
});
