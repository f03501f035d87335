/** Where each tool is found over plain HTTP, below the resource: computed from its name, so that no list is kept. */
import type { Tool } from "../tools/define_tool.ts";

/** `/tools/<noun>/<verb>`; a tool of no noun, which needs no scope, is `/tools/<name>`. */
export function toolPath({ name, scope }: Pick<Tool, "name" | "scope">): string {
  return `/tools/${scope === null ? name : name.replace("_", "/")}`;
}
