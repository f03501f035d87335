import assert from "node:assert/strict";
import { OAuthError } from "../oauth_error.ts";
import { errorResponse, json, SAFE_HEADERS } from "./respond.ts";

Deno.test("json answers with every safe header; later ones win", async () => {
  const response = json({ a: 1 }, 201, {
    "Cache-Control": "public, max-age=60",
  });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("Content-Type"), "application/json");
  assert.equal(response.headers.get("Cache-Control"), "public, max-age=60");
  for (const [name, value] of Object.entries(SAFE_HEADERS)) {
    if (name !== "Cache-Control") {
      assert.equal(response.headers.get(name), value, name);
    }
  }
  assert.deepEqual(await response.json(), { a: 1 });
});

Deno.test("errorResponse asks to wait only when the server is unavailable", async () => {
  const busy = errorResponse(
    new OAuthError("temporarily_unavailable", "Busy.", "database"),
  );
  assert.equal(busy.status, 503);
  assert.equal(busy.headers.get("Retry-After"), "5");
  const refused = errorResponse(
    new OAuthError("invalid_grant", "No.", "private"),
    { "WWW-Authenticate": "x" },
  );
  assert.equal(refused.headers.get("Retry-After"), null);
  assert.equal(refused.headers.get("WWW-Authenticate"), "x");
  assert.deepEqual(await refused.json(), {
    error: "invalid_grant",
    error_description: "No.",
  });
});
