/** The embedded server's router: whatever a path says, the answer is one of ours. */
import assert from "node:assert/strict";
import { createRouter } from "./router.ts";
import { createStaticHost } from "./static_host.ts";

async function scene() {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/assets`);
  await Deno.writeTextFile(`${folder}/index.html`, "pages");
  await Deno.writeTextFile(`${folder}/assets/a.js`, "script");
  const route = createRouter({
    port: 54321,
    publicUrl: "http://localhost:54321",
    functions: {
      oauth: (request, { remoteAddr }) =>
        new Response(`oauth ${new URL(request.url).pathname}`, {
          headers: { Peer: JSON.stringify(remoteAddr) },
        }),
    },
    auth: () => new Response("auth"),
    pages: createStaticHost(folder, []),
    config: { supabase_url: "", publishable_key: "", public_url: "", providers: [] },
  });
  return {
    ask: (path: string, init: RequestInit = {}) =>
      route(
        new Request(`http://localhost:54321${path}`, {
          ...init,
          headers: { Host: "localhost:54321", ...init.headers },
        }),
        { remoteAddr: { hostname: "::1" } },
      ),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const long = "x".repeat(300);

for (
  const [path, status] of [
    ["/functions/v1/constructor", 404],
    ["/functions/v1/toString", 404],
    ["/functions/v1/hasOwnProperty/x", 404],
    ["/functions/v1/__proto__", 404],
    ["/index.html/x", 404],
    [`/${long}`, 404],
    [`/assets/${long}`, 404],
    ["/assets/a.js", 200],
    ["/consent", 200],
    ["/account", 200],
    ["/assets", 404],
    ["/..%2f..%2fetc/passwd", 404],
    ["/.well-known/anything", 404],
    ["/api/anything", 404],
  ] as const
) {
  Deno.test(`the router answers ${status} to ${path.slice(0, 40)}`, async () => {
    await using router = await scene();
    const response = await router.ask(path);
    assert.equal(response.status, status);
    assert.ok(!(await response.text()).includes("root:"));
  });
}

Deno.test("the router hands a function the path that hosted Supabase would", async () => {
  await using router = await scene();
  assert.equal(await (await router.ask("/token")).text(), "oauth /oauth/token");
  assert.equal(await (await router.ask("/functions/v1/oauth/token")).text(), "oauth /oauth/token");
});

Deno.test("the router tells a function of the connection, whatever the request says of itself", async () => {
  await using router = await scene();
  const response = await router.ask("/token", { headers: { "X-Forwarded-For": "203.0.113.7", Peer: "x" } });
  assert.equal(response.headers.get("Peer"), '{"hostname":"::1"}');
});

Deno.test("the router bounds what the sign-in stand-in is sent", async () => {
  await using router = await scene();
  const body = "x".repeat(70_000);
  const large = await router.ask("/auth/v1/token", {
    method: "POST",
    body,
    headers: { "Content-Length": "70000" },
  });
  assert.equal(large.status, 413);
  const small = await router.ask("/auth/v1/token", {
    method: "POST",
    body: "{}",
    headers: { "Content-Length": "2" },
  });
  assert.equal(await small.text(), "auth");
});
