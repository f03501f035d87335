/** What a tool touches, in memory: rows for its one query, a clock that stands, and a caller. */
import assert from "node:assert/strict";
import type { z } from "zod";
import { type Tool, type ToolContext, ToolError } from "../tools/define_tool.ts";
import { NOW, PUBLIC_URL } from "./test_deps.ts";

export const ID = "00000000-0000-4000-8000-0000000000a1";
export const OTHER_ID = "00000000-0000-4000-8000-0000000000a2";

export interface Asked {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Answers these rows to every query and remembers what was asked. */
export function contextWith(rows: object[]): { context: ToolContext; asked: Asked[] } {
  const asked: Asked[] = [];
  const context: ToolContext = {
    query<Row extends object>(text: string, values: readonly unknown[] = []) {
      asked.push({ text, values });
      return Promise.resolve(rows as Row[]);
    },
    now: () => NOW,
    caller: {
      personId: "00000000-0000-4000-8000-000000000001",
      clientId: "client_a",
      scope: ["product:read"],
      resource: `${PUBLIC_URL}/mcp`,
    },
  };
  return { context, asked };
}

/**
 * Runs a tool once on these rows, with its input parsed and its output checked as the protocol does, and requires that it
 * asked once. Answers what the model gets, and the parameters of the query.
 */
export async function runTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Input, Output>,
  input: z.input<Input>,
  rows: object[],
): Promise<{ output: z.infer<Output>; values: readonly unknown[] }> {
  const { context, asked } = contextWith(rows);
  const output = await tool.run(tool.input.parse(input), context);
  // To the letter: clients refuse members that the schema does not name.
  assert.deepEqual(tool.output.parse(output), output);
  assert.equal(asked.length, 1, "a tool is one statement");
  return { output, values: asked[0]?.values ?? [] };
}

/** Requires that each of these answers of the SQL function becomes a sentence for the model. */
export async function assertRefusals<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Input, Output>,
  input: z.input<Input>,
  refusals: readonly (readonly [answer: { outcome: string; [detail: string]: unknown }, sentence: RegExp])[],
): Promise<void> {
  for (const [answer, sentence] of refusals) {
    await assert.rejects(runTool(tool, input, [{ answer }]), (error) => {
      assert.ok(error instanceof ToolError, `${answer.outcome}: ${error}`);
      assert.match(error.message, sentence, answer.outcome);
      assert.match(error.message, /^[A-Z].*\.$/);
      return true;
    });
  }
  // And no other: an answer that the tool does not know is a bug, not a sentence.
  await assert.rejects(runTool(tool, input, [{ answer: { outcome: "unheard_of" } }]), { name: "ZodError" });
  await assert.rejects(runTool(tool, input, []), { name: "ZodError" });
}

/** Requires that a list is cut where it is full, goes on behind its last row, and takes no cursor of its own making. */
export async function assertPages<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Input, Output>,
  input: z.input<Input>,
  rows: readonly object[],
  key: { readonly after: readonly [string, string]; readonly at: number },
): Promise<void> {
  const first = await runTool(tool, { ...input, limit: rows.length - 1 }, [...rows]);
  const cursor = (first.output as { next_cursor: string | null }).next_cursor;
  assert.ok(cursor);
  assert.deepEqual(first.values.slice(key.at, key.at + 2), [null, null]);
  const next = await runTool(tool, { ...input, cursor }, rows.slice(-1));
  assert.deepEqual(next.values.slice(key.at, key.at + 2), key.after);
  assert.equal((next.output as { next_cursor: string | null }).next_cursor, null);
  for (
    const wrong of ["x", "e30", btoa('["x","y"]').replaceAll("=", ""), `${cursor}AA`, cursor.slice(0, -4)]
  ) {
    await assert.rejects(runTool(tool, { ...input, cursor: wrong }, [...rows]), {
      name: "ToolError",
      message:
        "This cursor is not one of this tool. Send next_cursor unchanged, or leave it out for the first page.",
    });
  }
}
