/** `GET /mcp/tools`: what there is, what each needs and where it is. For anybody: it tells nothing of any person. */
import { json } from "../../_shared/http/respond.ts";
import type { Deps } from "../deps.ts";
import { toolPath } from "../protocol/tool_paths.ts";
import { TOOLS } from "../tools/index.ts";

/** The list, in the order of the registry. */
export function listTools({ urls }: Pick<Deps, "urls">): Response {
  return json({
    tools: TOOLS.map((tool) => ({
      name: tool.name,
      title: tool.title,
      description: tool.description,
      scope: tool.scope,
      needs_person: tool.needsPerson,
      annotations: tool.annotations,
      url: `${urls.resource}${toolPath(tool)}`,
    })),
  });
}
