import assert from "node:assert/strict";
import { errorBody, OAuthError, toOAuthError } from "./oauth_error.ts";

Deno.test("OAuthError derives its status from its code", () => {
  const statuses = {
    invalid_client: 401,
    invalid_grant: 400,
    invalid_token: 401,
    access_denied: 403,
    already_decided: 409,
    request_expired: 410,
    payload_too_large: 413,
    unsupported_media_type: 415,
    temporarily_unavailable: 503,
    server_error: 500,
  } as const;
  for (const [code, status] of Object.entries(statuses)) {
    assert.equal(
      new OAuthError(code as keyof typeof statuses, "", "").status,
      status,
      code,
    );
  }
});

Deno.test("errorBody tells code and description, never the reason or the cause", () => {
  const error = new OAuthError("invalid_grant", "Public.", "private", {
    cause: new Error("hidden"),
  });
  assert.deepEqual(errorBody(error), {
    error: "invalid_grant",
    error_description: "Public.",
  });
});

Deno.test("toOAuthError keeps refusals and hides everything else", () => {
  const known = new OAuthError("invalid_grant", "Public.", "private");
  assert.equal(toOAuthError(known), known);
  for (
    const thrown of [new Error("password=hunter2"), "text", null, undefined]
  ) {
    const error = toOAuthError(thrown);
    assert.equal(error.code, "server_error");
    assert.equal(error.description, "The server met an unexpected condition.");
    assert.equal(error.cause, thrown);
  }
});
