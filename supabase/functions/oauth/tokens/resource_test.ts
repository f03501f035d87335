import assert from "node:assert/strict";
import { OAuthError } from "../../_shared/oauth_error.ts";
import type { Resource } from "../deps.ts";
import { normalizeResource, selectResource } from "./resource.ts";

const resource = (identifier: string, isDefault: boolean): Resource => (
  { identifier, name: identifier, scopes: [], defaultScope: [], isDefault }
);
const RESOURCES = [resource("https://a.example/mcp", true), resource("https://b.example", false)];

Deno.test("normalizeResource folds the case of scheme and host and one trailing slash", () => {
  for (
    const [sent, normal] of [
      ["https://a.example/mcp", "https://a.example/mcp"],
      ["HTTPS://A.Example/mcp", "https://a.example/mcp"],
      ["https://a.example/mcp/", "https://a.example/mcp"],
      ["https://a.example/", "https://a.example"],
      ["https://a.example/MCP", "https://a.example/MCP"],
      ["https://a.example/mcp//", "https://a.example/mcp/"],
      ["https://A.example?X=Y", "https://a.example?X=Y"],
      ["urn:Some:Thing", "urn:Some:Thing"],
      ["", ""],
    ] as const
  ) assert.equal(normalizeResource(sent), normal, sent);
});

Deno.test("selectResource answers the one that is named, or the default", () => {
  assert.equal(selectResource(undefined, RESOURCES), RESOURCES[0]);
  assert.equal(selectResource("https://A.example/mcp/", RESOURCES), RESOURCES[0]);
  assert.equal(selectResource("https://b.example/", RESOURCES), RESOURCES[1]);
});

Deno.test("selectResource refuses what does not exist", () => {
  for (
    const sent of [
      "https://a.example",
      "https://a.example/mcp/x",
      "https://a.example/mcp?x",
      "https://a.example/mcp#x",
      "https://a.example:443/mcp",
      "https://a.example//mcp",
      "http://a.example/mcp",
      "https://user@a.example/mcp",
      "x",
    ]
  ) {
    assert.throws(
      () => selectResource(sent, RESOURCES),
      (error) =>
        error instanceof OAuthError && error.code === "invalid_target" && error.reason === "resource_unknown",
      sent,
    );
  }
  assert.throws(() => selectResource(undefined, [resource("https://b.example", false)]), OAuthError);
});
