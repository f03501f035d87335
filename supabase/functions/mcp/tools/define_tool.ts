/**
 * What a tool is. Its scope is a field, not code: the protocol challenges for it, `tools/list` shows it, consent explains
 * it, and the row policies check it again in the database.
 */
import type { ToolAnnotations } from "@modelcontextprotocol/server";
import type { z } from "zod";
import type { Access } from "../deps.ts";

/** What a tool may touch: this and nothing else. */
export interface ToolContext {
  /**
   * One statement as the person, in a transaction of its own, under row policies. The text is constant; values only as
   * parameters.
   */
  query<Row extends object>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
  now(): Date;
  /** Whose token it is, and what that token allows. */
  readonly caller: Pick<Access, "personId" | "clientId" | "scope" | "resource">;
}

/** Every hint is said: what clients assume of a missing one differs (MCP tools, "Tool Annotations"). */
export type Hints = Required<Omit<ToolAnnotations, "title">>;

/** Hints of a tool that looks and changes nothing. */
export const LOOKS_ONLY: Hints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

export interface Tool<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  /** `<noun>_<verb>`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The scope it needs, or null for any valid token. */
  readonly scope: string | null;
  /** Whether it works on what belongs to a person: a client in its own name is then refused. */
  readonly needsPerson: boolean;
  readonly input: Input;
  readonly output: Output;
  readonly annotations: Hints;
  run(input: z.infer<Input>, context: ToolContext): Promise<z.infer<Output>>;
}

/**
 * A failure that the model can act on: its message is shown to the model, so it says what to do and quotes no value.
 * Everything else that is thrown is hidden.
 */
export class ToolError extends Error {
  override readonly name = "ToolError";
}

/** Declares a tool: ties `run` to its schemas at compile time. */
export function defineTool<
  Input extends z.ZodObject,
  Output extends z.ZodObject,
>(
  tool: Tool<Input, Output>,
): Tool<Input, Output> {
  return tool;
}
