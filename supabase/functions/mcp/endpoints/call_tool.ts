/**
 * `POST /mcp/tools/<noun>/<verb>`: a tool over plain HTTP, for callers that do not speak MCP. The same gate, scopes, row
 * policies and limits; the body is the tool's input, the answer its output.
 */
import { readJson, readText } from "../../_shared/http/read_body.ts";
import { json } from "../../_shared/http/respond.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { authenticate } from "../access.ts";
import type { Deps } from "../deps.ts";
import { missingScope, runTool } from "../protocol/run_tool.ts";
import { toolPath } from "../protocol/tool_paths.ts";
import type { Tool } from "../tools/define_tool.ts";
import { TOOLS } from "../tools/index.ts";
import { problem, problemOf, type WrongInput } from "./problem.ts";

/** As much as the protocol takes. */
const MOST_BODY_BYTES = 1024 * 1024;

/** A route for each tool of the registry. */
export const TOOL_ROUTES = TOOLS.map((tool) => ({
  path: toolPath(tool),
  call: (request: Request, deps: Deps) => callTool(tool, request, deps),
}));

/**
 * Calls it.
 *
 * @throws OAuthError `invalid_token`, `invalid_request`, `too_many_requests`, or of a body that is no JSON.
 */
async function callTool(tool: Tool, request: Request, deps: Deps): Promise<Response> {
  const access = await authenticate(request, deps);
  const scope = missingScope(tool, access);
  if (scope !== null) {
    const error = new OAuthError("insufficient_scope", "This tool needs another scope.", "scope_missing");
    // Whoever holds an API key reads no challenge, and makes a key that may more.
    return problemOf(error, deps, `This tool needs the scope ${tool.scope}.`, scope);
  }
  const input = tool.input.safeParse(await readInput(request));
  if (!input.success) {
    const detail = "The body does not fit the tool's input, which /mcp/openapi.json describes.";
    const errors = pointers(tool, input.error.issues);
    return problem(400, "invalid_request", detail, { errors });
  }
  const ran = await runTool(tool, input.data, access, deps);
  switch (ran.outcome) {
    case "answered":
      return json(ran.output);
    case "refused":
      return problem(422, "tool_refused", ran.message);
    case "failed":
      return problemOf(ran.error, deps, ran.message);
  }
}

/** A request without a body is one without input. */
async function readInput(request: Request): Promise<unknown> {
  // Behind a gateway an empty body is a stream like any other; whoever sends one says its type.
  if (!request.headers.has("Content-Type") && await readText(request, MOST_BODY_BYTES) === "") return {};
  return await readJson(request, MOST_BODY_BYTES);
}

/**
 * Where the input is wrong: names that the schema has, and places in lists. What goes deeper than a caller's own names
 * is left out.
 */
function pointers(
  tool: Tool,
  issues: readonly { readonly path: readonly PropertyKey[] }[],
): WrongInput[] {
  const found = new Set<string>();
  for (const { path: [name, place] } of issues) {
    if (typeof name !== "string" || !Object.hasOwn(tool.input.shape, name)) found.add("");
    else found.add(typeof place === "number" ? `/${name}/${place}` : `/${name}`);
  }
  return [...found].map((pointer) => ({ pointer }));
}
