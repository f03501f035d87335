import assert from "node:assert/strict";
import { OAuthError, toOAuthError } from "../oauth_error.ts";
import { logRefusal } from "./request_log.ts";

const request = { id: "id", method: "POST", route: "/oauth/token" };

function logged(error: OAuthError) {
  const lines: unknown[][] = [];
  logRefusal({ write: (...line) => void lines.push(line) }, request, error, error.status);
  assert.equal(lines.length, 1);
  return lines[0] ?? [];
}

Deno.test("logRefusal writes route, status, code and private reason", () => {
  assert.deepEqual(
    logged(new OAuthError("invalid_grant", "Public.", "code_expired")),
    [
      "info",
      "request refused",
      {
        ...request,
        status: 400,
        code: "invalid_grant",
        reason: "code_expired",
      },
    ],
  );
});

Deno.test("logRefusal writes what nobody foresaw as an error, with frames and SQLSTATE but no message", () => {
  const cause = Object.assign(
    new Error("duplicate key value (email)=(a@example.com)"),
    { code: "23505" },
  );
  const [level, , fields] = logged(toOAuthError(cause));
  assert.equal(level, "error");
  const text = JSON.stringify(fields);
  assert.ok(text.includes("23505") && text.includes("request_log_test.ts"));
  assert.ok(!text.includes("duplicate") && !text.includes("example.com"));
});

Deno.test("logRefusal writes no cause of a refusal that was foreseen", () => {
  const [, , fields] = logged(
    new OAuthError("invalid_grant", "Public.", "x", {
      cause: new Error("hidden"),
    }),
  );
  assert.ok(!JSON.stringify(fields).includes("frames"));
});
