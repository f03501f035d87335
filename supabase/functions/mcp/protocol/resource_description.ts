/** The MCP resource as the authorization server must know it: computed from the registries, written at deploy time. */
import { TOOLS } from "../tools/index.ts";
import { DEFAULT_SCOPE, SCOPES } from "./scopes.ts";

export const RESOURCE_NAME = "Sekisho MCP server";

/** Arguments of `oauth.record_resource`, without the identifier. */
export function describeResource() {
  return {
    name: RESOURCE_NAME,
    scopes: SCOPES.map(({ name, description, detail }) => ({
      name,
      description,
      tools: TOOLS.filter((tool) => tool.scope === name).map((tool) => tool.name),
      ...(detail === undefined ? {} : { detail }),
    })),
    defaultScope: DEFAULT_SCOPE,
  };
}
