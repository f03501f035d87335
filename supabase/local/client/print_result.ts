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
  const input = describeInput(tool.inputSchema);
  if (input !== "") lines.push(`    input: ${input}`);
  return lines.join("\n");
}

/** The members of the input by name and type; with a question mark what may be left out. */
function describeInput({ properties = {}, required = [] }: Tool["inputSchema"]): string {
  const members = Object.entries(properties).map(([name, schema]) => {
    const type = describeType(schema);
    return `${name}${required.includes(name) ? "" : "?"}${type === "" ? "" : `: ${type}`}`;
  });
  return members.join(", ");
}

/** One word for what a schema takes, and none where it takes several things. */
function describeType(schema: unknown): string {
  if (typeof schema !== "object" || schema === null) return "";
  if ("enum" in schema && Array.isArray(schema.enum)) {
    return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  }
  if (!("type" in schema) || typeof schema.type !== "string") return "";
  if (schema.type === "array" && "items" in schema) return `${describeType(schema.items)}[]`;
  return schema.type;
}

/** The structured result, or else the texts; what is no text is only named. */
export function describeResult({ structuredContent, content }: CallToolResult): string {
  if (structuredContent !== undefined) return JSON.stringify(structuredContent, null, 2);
  const blocks = content.map((block) => block.type === "text" ? block.text : `[${block.type}]`);
  return blocks.length === 0 ? "(no content)" : blocks.join("\n");
}
