/**
 * Runs one tool for one caller: the same behind every face of the server, so that no face forgets a rule. What a caller
 * reads of a failure is the tool's own words or ours, never the cause.
 */
import { OAuthError, toOAuthError } from "../../_shared/oauth_error.ts";
import type { Log } from "../../_shared/http/request_log.ts";
import type { Access, Deps } from "../deps.ts";
import { type Tool, type ToolContext, ToolError } from "../tools/define_tool.ts";

const NEEDS_PERSON = "This tool works for a person. Use a token that a person granted.";
const OUTCOME_UNKNOWN =
  "The tool failed, and it is not known whether it changed anything. Look before you try again.";

export type ToolOutcome =
  | { readonly outcome: "answered"; readonly output: Record<string, unknown> }
  /** The tool says no, and what to do. */
  | { readonly outcome: "refused"; readonly message: string }
  | { readonly outcome: "failed"; readonly message: string; readonly error: OAuthError };

/**
 * Runs it on input that fits its schema. Does not look at the scope: that is answered before, by `missingScope`, and in
 * the database by row policies.
 *
 * @param another Whether the request has run a tool before: the gate took one call for it, this is one more.
 */
export async function runTool(
  tool: Tool,
  input: Record<string, unknown>,
  access: Access,
  deps: Deps,
  another = false,
): Promise<ToolOutcome> {
  try {
    if (another) await deps.leases.spend(access.credential, access.resource);
    if (tool.needsPerson && access.personId === null) throw new ToolError(NEEDS_PERSON);
    const output = tool.output.parse(await tool.run(input, contextOf(access, deps)));
    return { outcome: "answered", output };
  } catch (thrown) {
    if (thrown instanceof ToolError) return { outcome: "refused", message: thrown.message };
    const error = toOAuthError(thrown);
    logFailure(tool, thrown, error, deps.log);
    return { outcome: "failed", message: failureText(tool, error), error };
  }
}

/**
 * The scope to ask for when this tool's is not among those of the caller, otherwise null: what it needs with what the
 * caller already has, so that a client that asks for exactly this loses nothing (MCP authorization "Scope Challenge
 * Handling").
 */
export function missingScope(tool: Tool, access: Access): [string, ...string[]] | null {
  if (tool.scope === null || access.scope.includes(tool.scope)) return null;
  return [tool.scope, ...access.scope];
}

function contextOf(access: Access, deps: Deps): ToolContext {
  return {
    query: (text, values = []) => deps.store.queryAsPerson(access, text, values),
    now: deps.now,
    caller: access,
  };
}

/** Whatever went wrong may have gone wrong after the commit: only a tool that may be repeated is said to be repeated. */
function failureText({ annotations }: Tool, { code, description }: OAuthError): string {
  const { readOnlyHint, idempotentHint } = annotations;
  if (code === "server_error") return readOnlyHint ? "The tool failed." : OUTCOME_UNKNOWN;
  return code === "temporarily_unavailable" && !idempotentHint ? OUTCOME_UNKNOWN : description;
}

function logFailure(tool: Tool, thrown: unknown, { reason }: OAuthError, log: Log): void {
  const known = thrown instanceof OAuthError;
  log.write(known ? "info" : "error", "tool failed", {
    tool: tool.name,
    reason,
    name: thrown instanceof Error ? thrown.name : typeof thrown,
  });
}
