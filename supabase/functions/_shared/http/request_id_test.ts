import assert from "node:assert/strict";
import { Hono } from "hono";
import { requestId, type WithRequestId } from "./request_id.ts";

function app() {
  let count = 0;
  return new Hono<WithRequestId>()
    .use(requestId((length) => new Uint8Array(length).fill(++count)))
    .get("/", (context) => new Response(context.get("requestId")))
    .get("/broken", () => {
      throw new Error("broken");
    })
    .onError((_, context) => new Response(context.get("requestId"), { status: 500 }));
}

Deno.test("requestId names each request anew, in the answer too, whatever becomes of it", async () => {
  const server = app();
  for (const [path, id] of [["/", "AQEBAQEBAQEBAQEB"], ["/broken", "AgICAgICAgICAgIC"]] as const) {
    const response = await server.request(path);
    assert.equal(response.headers.get("X-Request-Id"), id);
    assert.equal(await response.text(), id);
  }
  assert.equal((await server.request("/unknown")).headers.get("X-Request-Id"), "AwMDAwMDAwMDAwMD");
});

Deno.test("requestId takes no id from the caller", async () => {
  const response = await app().request("/", { headers: { "X-Request-Id": "chosen" } });
  assert.equal(response.headers.get("X-Request-Id"), "AQEBAQEBAQEBAQEB");
});
