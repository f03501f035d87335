/**
 * Links that open a code editor with this server filled in: what each editor's documentation says of them.
 *
 * It must never hold anything but the name and the address: an editor runs what a configuration tells it to.
 */

/** What the server is called in a client's list. */
const NAME = "sekisho";

/** Cursor, "MCP install links": the configuration of one server as base64 of JSON. */
export function cursorLink(address: string): string {
  const config = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify({ url: address }))));
  return `cursor://anysphere.cursor-deeplink/mcp/install?name=${NAME}&config=${encodeURIComponent(config)}`;
}

/** Visual Studio Code, "MCP developer guide": name and configuration as one JSON, percent-encoded. */
export function vsCodeLink(address: string): string {
  return `vscode:mcp/install?${
    encodeURIComponent(JSON.stringify({ name: NAME, type: "http", url: address }))
  }`;
}

/** What a terminal takes, for Claude Code. Quoted: an address may hold what a shell would read. */
export function claudeCodeCommand(address: string): string {
  return `claude mcp add --transport http ${NAME} '${address}'`;
}

/** What a terminal takes, for the MCP Inspector. */
export const INSPECTOR_COMMAND = "npx @modelcontextprotocol/inspector";
