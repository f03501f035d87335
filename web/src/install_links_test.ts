/** Tests of the links and commands that add this server to a client. */
import assert from "node:assert/strict";
import { claudeCodeCommand, cursorLink, vsCodeLink } from "./install_links.ts";

const ADDRESS = "https://名前.example/functions/v1/mcp?a=b&c=+";

Deno.test("cursorLink carries the address as base64 of JSON, whatever is in it", () => {
  const link = new URL(cursorLink(ADDRESS));
  assert.equal(
    `${link.protocol}//${link.host}${link.pathname}`,
    "cursor://anysphere.cursor-deeplink/mcp/install",
  );
  assert.equal(link.searchParams.get("name"), "sekisho");
  const bytes = Uint8Array.from(atob(link.searchParams.get("config") ?? ""), (each) => each.charCodeAt(0));
  assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes)), { url: ADDRESS });
});

Deno.test("vsCodeLink carries name, type and address as percent-encoded JSON", () => {
  const [before, after = ""] = vsCodeLink(ADDRESS).split("?");
  assert.equal(before, "vscode:mcp/install");
  assert.deepEqual(JSON.parse(decodeURIComponent(after)), { name: "sekisho", type: "http", url: ADDRESS });
});

Deno.test("claudeCodeCommand is one word of a shell after another", () => {
  assert.equal(
    claudeCodeCommand("http://localhost:54321/mcp"),
    "claude mcp add --transport http sekisho 'http://localhost:54321/mcp'",
  );
});
