/** `form_submit`: answers a form. `shop.submit_form` checks the answers against the fields. */
import { z } from "zod";
import { defineTool, ToolError } from "./define_tool.ts";
import { notGranted, readAnswer, refusals } from "./shapes/answer.ts";
import { id, instant } from "./shapes/fields.ts";
import { givenAnswers } from "./shapes/form_answers.ts";

const response = z.object({ id, form_id: id, created_at: instant });

const problem = z.enum([
  "required",
  "wrong_type",
  "not_a_choice",
  "repeated_choice",
  "too_small",
  "too_large",
  "unknown_field",
]);

const PROBLEMS: Readonly<Record<z.infer<typeof problem>, string>> = {
  required: "must be answered",
  wrong_type: "is of another type",
  not_a_choice: "takes only its choices",
  repeated_choice: "takes each choice once",
  too_small: "is below at_least",
  too_large: "is above at_most",
  unknown_field: "a field that the form does not have",
};

const answer = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("submitted"), response }),
  z.object({
    outcome: z.literal("answers_wrong"),
    problems: z.array(z.object({ field: z.string().optional(), problem })),
  }),
  refusals("not_granted", "answers_invalid", "form_unknown", "form_closed"),
]);

export const formSubmit = defineTool({
  name: "form_submit",
  title: "Answer a form",
  description:
    "Answers one of the person's forms. form_list tells its fields. Each call is a response of its own, " +
    "which cannot be changed.",
  scope: "form:write",
  needsPerson: true,
  input: z.object({
    form_id: id.describe("As form_list answers it."),
    answers: givenAnswers.describe("By name of the field. What is not required may be left out."),
  }),
  output: response,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },

  async run({ form_id, answers }, context) {
    const rows = await context.query<{ answer: unknown }>(
      "select shop.submit_form(p_form_id => $1::uuid, p_answers => $2::jsonb) as answer",
      [form_id, JSON.stringify(answers)],
    );
    const answered = readAnswer(rows, answer);
    switch (answered.outcome) {
      case "submitted":
        return answered.response;
      case "not_granted":
        throw notGranted("form:write");
      case "answers_invalid":
        throw new ToolError("The answers are too long: at most 64 KiB together.");
      case "form_unknown":
        throw new ToolError("There is no such form. Use an id from form_list.");
      case "form_closed":
        throw new ToolError("The form is closed: it takes no answers any more.");
      case "answers_wrong": {
        const problems = answered.problems.map(({ field, problem }) =>
          field === undefined ? PROBLEMS[problem] : `${field} ${PROBLEMS[problem]}`
        );
        throw new ToolError(
          `Nothing was sent. Correct the answers (form_list tells the fields): ${problems.join("; ")}.`,
        );
      }
    }
  },
});
