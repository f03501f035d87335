/** Answers of SQL functions that say an outcome (ADR 0004): read, and told apart. */
import { z } from "zod";
import { ToolError } from "../define_tool.ts";

/** The outcomes with nothing but a name. */
export function refusals<const Outcomes extends readonly [string, ...string[]]>(...outcomes: Outcomes) {
  return z.object({ outcome: z.enum(outcomes) });
}

/** The `answer` of the only row. */
export function readAnswer<Answer>(
  rows: readonly { readonly answer: unknown }[],
  answer: z.ZodType<Answer>,
): Answer {
  return answer.parse(rows[0]?.answer);
}

/** The database did not find in the token what the protocol had found there. */
export function notGranted(scope: string): ToolError {
  return new ToolError(`The token does not allow this. Ask the person to allow ${scope} and sign in again.`);
}

/** `line 2` or `lines 2, 3`. */
export function nameLines(lines: readonly number[]): string {
  return `${lines.length === 1 ? "line" : "lines"} ${lines.join(", ")}`;
}
