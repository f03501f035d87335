import assert from "node:assert/strict";
import { Hono } from "hono";
import { anyOrigin, cors } from "./cors.ts";

function app(
  allows = (origin: string): string | null => origin === "https://ours.example" ? origin : null,
) {
  return new Hono()
    .use("/open", cors(anyOrigin, "GET"))
    .use("/ours", cors(allows, "GET, POST"))
    .get("/open", (context) => context.text("open"))
    .get("/ours", (context) => context.text("ours"));
}

async function preflight(path: string, origin: string, headers?: string) {
  return await app().request(path, {
    method: "OPTIONS",
    headers: {
      Origin: origin,
      "Access-Control-Request-Method": "POST",
      ...(headers === undefined ? {} : { "Access-Control-Request-Headers": headers }),
    },
  });
}

Deno.test("cors answers a preflight of any page with the methods and the headers it asked for", async () => {
  const response = await preflight(
    "/open",
    "https://any.example",
    "authorization, mcp-param-x",
  );
  assert.equal(response.status, 204);
  assert.equal(response.headers.get("Access-Control-Allow-Origin"), "*");
  assert.equal(response.headers.get("Access-Control-Allow-Methods"), "GET");
  assert.equal(
    response.headers.get("Access-Control-Allow-Headers"),
    "authorization, mcp-param-x",
  );
  assert.equal(response.headers.get("Access-Control-Allow-Credentials"), null);
  assert.match(response.headers.get("Vary") ?? "", /Origin/);
});

Deno.test("cors echoes no header list that is none", async () => {
  for (const asked of ["x: y", "a;b", "a".repeat(1001), "a<b>"]) {
    const response = await preflight("/open", "https://any.example", asked);
    assert.equal(
      response.headers.get("Access-Control-Allow-Headers"),
      null,
      asked,
    );
  }
});

Deno.test("cors tells a foreign page nothing", async () => {
  for (
    const origin of [
      "https://foreign.example",
      "null",
      "https://ours.example.evil.example",
    ]
  ) {
    const asked = await preflight("/ours", origin, "authorization");
    const got = await app().request("/ours", { headers: { Origin: origin } });
    for (const { headers } of [asked, got]) {
      for (const name of ["Origin", "Methods", "Headers", "Credentials"]) {
        assert.equal(
          headers.get(`Access-Control-Allow-${name}`),
          null,
          `${origin} ${name}`,
        );
      }
    }
  }
});

Deno.test("cors marks an allowed answer as readable and its headers as exposed, never with credentials", async () => {
  const response = await app().request("/ours", {
    headers: { Origin: "https://ours.example" },
  });
  assert.equal(await response.text(), "ours");
  assert.equal(
    response.headers.get("Access-Control-Allow-Origin"),
    "https://ours.example",
  );
  assert.match(
    response.headers.get("Access-Control-Expose-Headers") ?? "",
    /WWW-Authenticate/,
  );
  assert.equal(response.headers.get("Access-Control-Allow-Credentials"), null);
  assert.match(response.headers.get("Vary") ?? "", /Origin/);
});

Deno.test("cors without an Origin marks nothing and answers no preflight", async () => {
  const response = await app().request("/open");
  assert.equal(response.headers.get("Access-Control-Allow-Origin"), null);
  assert.match(response.headers.get("Vary") ?? "", /Origin/);
  assert.equal(
    (await app().request("/open", { method: "OPTIONS" })).status,
    404,
  );
});
