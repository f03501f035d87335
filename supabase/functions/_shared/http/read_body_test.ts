import assert from "node:assert/strict";
import { OAuthError } from "../oauth_error.ts";
import { readJson } from "./read_body.ts";

const MOST = 32 * 1024;

function post(body: BodyInit | null, type: string | null): Request {
  const request = new Request("https://auth.example/", { method: "POST", body });
  if (type === null) request.headers.delete("Content-Type");
  else request.headers.set("Content-Type", type);
  return request;
}

async function assertRefused(attempt: Promise<unknown>, code: string, reason: string) {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof OAuthError, String(error));
    assert.deepEqual([error.code, error.reason], [code, reason]);
    return true;
  });
}

Deno.test("readJson reads JSON and refuses other types, broken and too much of it", async () => {
  assert.deepEqual(await readJson(post('{"a":[1]}', "application/json; charset=utf-8"), MOST), { a: [1] });
  for (
    const type of [
      null,
      "application/x-www-form-urlencoded",
      "text/json",
      "application/json; charset=utf-16",
      "application/jsonp",
    ]
  ) {
    await assertRefused(readJson(post("{}", type), MOST), "unsupported_media_type", "content_type");
  }
  for (const text of ["", "{", "{'a':1}", "undefined", "\0"]) {
    await assertRefused(readJson(post(text, "application/json"), MOST), "invalid_request", "body_not_json");
  }
  const large = JSON.stringify("x".repeat(MOST));
  await assertRefused(readJson(post(large, "application/json"), MOST), "payload_too_large", "body_too_large");
});

Deno.test("readJson survives the deepest nesting that fits", async () => {
  const deep = "[".repeat(16_000) + "]".repeat(16_000);
  await readJson(post(deep, "application/json"), MOST).catch((error) =>
    assert.ok(error instanceof OAuthError)
  );
});
