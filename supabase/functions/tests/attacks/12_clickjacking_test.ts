/**
 * Attack 12, the HTTP half: consent in a foreign frame, and a client's words as markup (RFC 9700 §4.16, RFC 6749 §10.13).
 * Every page forbids framing and inline script; every answer of a function forbids everything.
 */
import assert from "node:assert/strict";
import { authorizeParameters, beginRequest, register, signInByPassword } from "../testing/http_flow.ts";
import { type Answer, assertAnswer, onStage, send, sendJson } from "./testing/attack_stage.ts";

const MARKUP = `<img src=x onerror=alert(1)>"'</script><script>alert(1)</script>`;

function policyOf(answer: Answer): Map<string, string> {
  const policy = answer.headers.get("Content-Security-Policy") ?? "";
  assert.notEqual(policy, "");
  return new Map(
    policy.split(";").map((directive) => {
      const [name = "", ...values] = directive.trim().split(" ");
      return [name, values.join(" ")];
    }),
  );
}

function assertNotFramed(answer: Answer): Map<string, string> {
  const policy = policyOf(answer);
  assert.equal(policy.get("frame-ancestors"), "'none'");
  assert.equal(policy.get("base-uri"), "'none'");
  assert.equal(answer.headers.get("X-Frame-Options"), "DENY");
  assert.equal(answer.headers.get("X-Content-Type-Options"), "nosniff");
  assert.equal(answer.headers.get("Referrer-Policy"), "no-referrer");
  return policy;
}

Deno.test("attack 12: frames and markup", (t) =>
  onStage(async ({ url }) => {
    const session = await signInByPassword(url);
    const bearer = { Authorization: `Bearer ${session}` };
    const hostile = await register(url, {
      client_name: MARKUP,
      client_uri: `https://app.example/?${encodeURIComponent(MARKUP)}`,
      redirect_uris: ["https://app.example/cb?a=b&c=d"],
    });
    const parameters = {
      ...await authorizeParameters(hostile, "v".repeat(43)),
      redirect_uri: "https://app.example/cb?a=b&c=d",
      state: MARKUP,
    };
    const begun = await beginRequest(url, parameters);

    for (const path of ["/", "/consent", `/consent?request=${begun.id}`, "/account", "/anything/else"]) {
      await t.step(`the page ${path.slice(0, 20)} is never framed and runs no inline script`, async () => {
        const answer = await send(`${url}${path}`, { headers: { "Sec-Fetch-Dest": "iframe" } });
        assert.equal(answer.status, path.startsWith("/anything") ? 404 : 200);
        const policy = assertNotFramed(answer);
        assert.equal(policy.get("default-src"), "'self'");
        assert.equal(policy.get("form-action"), "'self'");
        assert.equal(policy.get("object-src"), "'none'");
        assert.doesNotMatch([...policy.values()].join(" "), /unsafe-|\*|https?:\/\/(?!localhost)/);
        assert.doesNotMatch(answer.text, /<script(?![^>]*\ssrc=)|\son\w+=|javascript:/i);
      });
    }

    const localPages: readonly (readonly [string, string])[] = [
      ["an unknown client", `/oauth/authorize?client_id=${encodeURIComponent(MARKUP)}`],
      [
        "a foreign redirect URI",
        `/oauth/authorize?${new URLSearchParams({ ...parameters, redirect_uri: MARKUP })}`,
      ],
      [
        "a refusal with a button",
        `/oauth/authorize?${new URLSearchParams({ ...parameters, scope: MARKUP })}`,
      ],
      ["a dead continue step", `/oauth/continue/${encodeURIComponent(MARKUP)}`],
    ];
    for (const [what, path] of localPages) {
      await t.step(`the local page of ${what} allows nothing and shows no markup of a client`, async () => {
        const answer = await send(`${url}${path}`);
        assert.equal(answer.status, 400);
        assert.equal(answer.headers.get("Content-Type"), "text/html; charset=utf-8");
        const policy = assertNotFramed(answer);
        assert.equal(policy.get("default-src"), "'none'");
        assert.equal(policy.get("form-action"), "'none'");
        assert.match(policy.get("style-src") ?? "", /^'sha256-[\w+/]+='$/);
        assert.equal(policy.get("script-src"), undefined);
        assert.doesNotMatch(answer.text, /<img|<script|onerror=alert\(1\)>/);
      });
    }

    await t.step("what reaches the button is escaped", async () => {
      const { text } = await send(`${url}${localPages[2]?.[1]}`);
      const [, href = ""] = /href="([^"]*)"/.exec(text) ?? [];
      assert.ok(href.startsWith("https://app.example/cb?a=b&amp;c=d&amp;error=invalid_scope&amp;"), href);
      assert.equal(new URL(href.replaceAll("&amp;", "&")).searchParams.get("state"), MARKUP);
    });

    await t.step("a client's words travel as JSON that no browser takes for a page", async () => {
      const shown = await send(`${url}/oauth/interaction/${begun.id}`, { headers: bearer });
      assert.equal(shown.status, 200);
      assert.equal(shown.headers.get("Content-Type"), "application/json");
      assert.equal(assertNotFramed(shown).get("default-src"), "'none'");
      const { client, redirect_host } = JSON.parse(shown.text);
      assert.deepEqual({ ...client, redirect_host }, {
        id: hostile.client_id,
        name: MARKUP,
        // Nobody proved the host of a client's own page: it is not shown as the app's.
        host: null,
        verified: false,
        borrowed_name: false,
        redirect_host: "app.example",
      });
    });

    for (
      const [what, name] of [
        ["a control character", "Cla\u0007ude"],
        ["a line break", "Claude\nVerified"],
        ["10,000 characters", "x".repeat(10_000)],
      ] as const
    ) {
      await t.step(`a name with ${what} is not registered`, async () => {
        const metadata = { client_name: name, redirect_uris: ["https://app.example/cb"] };
        assertAnswer(await sendJson(`${url}/oauth/register`, metadata), 400, "invalid_client_metadata");
      });
    }

    await t.step("answers for machines cannot be framed either", async () => {
      for (
        const path of [
          "/oauth/jwks",
          "/.well-known/oauth-authorization-server",
          "/oauth/nothing",
          "/config.json",
          "/mcp",
        ]
      ) {
        assert.equal(assertNotFramed(await send(`${url}${path}`)).get("default-src"), "'none'", path);
      }
    });
  }));
