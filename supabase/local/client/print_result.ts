/** Tools and results as text for people. Control characters are removed where it is printed. */
import type { CallToolResult, Tool } from "@modelcontextprotocol/client";

/** Where our servers say which scope a tool needs. */
const SCOPE = "sekisho/scope";

export function describeTools(tools: readonly Tool[]): string {
  if (tools.length === 0) return "This server has no tools.";
  return tools.map(describeTool).join("\n");
}

function describeTool(tool: Tool): string {
  const title = tool.title ?? tool.annotations?.title;
  const lines = [title === undefined ? tool.name : `${tool.name}  ${title}`];
  if (tool.description) lines.push(`    ${tool.description}`);
  const scope = tool._meta?.[SCOPE];
  if (typeof scope === "string") lines.push(`    scope: ${scope}`);
  if (scope === null) lines.push("    scope: none");
  return lines.join("\n");
}

/** The structured result, or else the texts; what is no text is only named. */
export function describeResult({ structuredContent, content }: CallToolResult): string {
  if (structuredContent !== undefined) return JSON.stringify(structuredContent, null, 2);
  const blocks = content.map((block) => block.type === "text" ? block.text : `[${block.type}]`);
  return blocks.length === 0 ? "(no content)" : blocks.join("\n");
}
