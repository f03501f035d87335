/** The redirect URI of the client: one answer is right, and everything else is not there. */
import assert from "node:assert/strict";
import { freePort, listenForCallback } from "./callback_listener.ts";
import { ClientError } from "./client_error.ts";

async function get(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

Deno.test("listenForCallback answers the callback with our state, and nothing else", async () => {
  const port = freePort();
  const listener = await listenForCallback("127.0.0.1", port, "right");
  const base = `http://127.0.0.1:${port}`;
  for (
    const path of [
      "/",
      "/callback",
      "/callback?code=c",
      "/callback?code=c&state=wrong",
      "/callback?code=c&state=right&state=right",
      "/callback?code=c&code=d&state=right",
      "/callback/?code=c&state=right",
      "/other?code=c&state=right",
    ]
  ) assert.equal((await get(base + path)).status, 404, path);
  assert.equal((await get(`${base}/callback?code=c&state=right`, { method: "POST" })).status, 404);
  assert.equal((await get(`http://localhost:${port}/callback?code=c&state=right`)).status, 404);

  const page = await get(`${base}/callback?code=%3Cscript%3E&state=right&iss=i`);
  assert.equal(page.status, 200);
  assert.match(page.text, /You can close this window\./);
  assert.doesNotMatch(page.text, /script/);
  assert.match(
    page.headers.get("Content-Security-Policy") ?? "",
    /^default-src 'none'; frame-ancestors 'none'/,
  );
  assert.equal(page.headers.get("Referrer-Policy"), "no-referrer");
  assert.equal(page.headers.get("Cache-Control"), "no-store");
  assert.equal(page.headers.get("X-Content-Type-Options"), "nosniff");
  const answer = await listener.answered;
  assert.deepEqual([...answer], [["code", "<script>"], ["state", "right"], ["iss", "i"]]);
  await listener.close();
  await assert.rejects(fetch(base), TypeError);
});

Deno.test("listenForCallback on localhost takes both addresses, and says which port is taken", async () => {
  const port = freePort();
  const listener = await listenForCallback("localhost", port, "right");
  try {
    assert.equal((await get(`http://localhost:${port}/callback?code=c&state=right`)).status, 200);
    await assert.rejects(
      listenForCallback("localhost", port, "other"),
      (error) => error instanceof ClientError && error.message.includes(String(port)),
    );
  } finally {
    await listener.close();
  }
});

Deno.test({
  name: "listenForCallback leaves nothing open when only one address is free",
  ignore: !hasIpv6(),
  async fn() {
    const port = freePort();
    using _other = Deno.listen({ hostname: "::1", port });
    await assert.rejects(listenForCallback("localhost", port, "right"), ClientError);
    using _again = Deno.listen({ hostname: "127.0.0.1", port });
  },
});

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("freePort takes the wanted port when it is free", () => {
  const port = freePort();
  assert.equal(freePort(port), port);
  using _taken = Deno.listen({ hostname: "127.0.0.1", port });
  assert.notEqual(freePort(port), port);
});
