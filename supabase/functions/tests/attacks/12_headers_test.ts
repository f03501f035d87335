/**
 * Attack 12, the headers: what a browser is told with every page, redirect, asset and refusal, whoever of ours answers.
 */
import assert from "node:assert/strict";
import {
  authorizeParameters,
  beginRequest,
  decide,
  register,
  signInByPassword,
} from "../testing/http_flow.ts";
import { onStage, send } from "./testing/attack_stage.ts";

/** Allows scripts and styles of the same origin, and nothing inline. */
const PAGE =
  /^default-src 'self'; connect-src 'self' http:\/\/localhost:\d+; img-src 'self' data:; object-src 'none'; /;
/** Allows one style by its hash. */
const LOCAL_PAGE = /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; /;
const NOTHING = /^default-src 'none'; (?!style|script)/;

Deno.test("attack 12: every answer carries the headers that keep frames, foreign code, sniffing and referrers out", (t) =>
  onStage(async ({ url }) => {
    const session = await signInByPassword(url);
    const client = await register(url);
    const far = await register(url, { redirect_uris: ["https://app.example/cb"] });
    const good = await authorizeParameters(client, "v".repeat(43));
    const authorize = (changes: Record<string, string>) =>
      `/oauth/authorize?${new URLSearchParams({ ...good, ...changes })}`;
    const decided = async (decision: string) => {
      const { id, cookie } = await beginRequest(url, good);
      return { path: (await decide(url, id, session, decision)).slice(url.length), cookie };
    };
    const [approved, denied, strangers] = [
      await decided("approve"),
      await decided("deny"),
      await decided("approve"),
    ];
    const html = (await send(`${url}/`)).text;
    const assets = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path = ""]) => path);
    assert.ok(assets.some((path) => path.endsWith(".js")) && assets.some((path) => path.endsWith(".css")));

    const table: readonly (readonly [path: string, status: number, policy: RegExp, init?: RequestInit])[] = [
      ["/", 200, PAGE],
      ["/index.html", 200, PAGE],
      ["/consent", 200, PAGE],
      ["/account", 200, PAGE],
      ["/no/such/page", 404, PAGE],
      ["/assets/none.js", 404, PAGE],
      ["/", 405, PAGE, { method: "POST" }],
      ...assets.map((path) => [path, 200, PAGE] as const),
      [authorize({}), 303, NOTHING],
      ["/authorize?x", 400, LOCAL_PAGE],
      [authorize({ client_id: "nobody" }), 400, LOCAL_PAGE],
      [authorize({ redirect_uri: "https://elsewhere.example/" }), 400, LOCAL_PAGE],
      [authorize({ prompt: "none" }), 303, NOTHING],
      [
        authorize({ client_id: far.client_id, redirect_uri: "https://app.example/cb", prompt: "none" }),
        400,
        LOCAL_PAGE,
      ],
      [authorize({}), 405, NOTHING, { method: "POST" }],
      ["/oauth/continue/x", 400, LOCAL_PAGE],
      [approved.path, 303, NOTHING, { headers: { Cookie: approved.cookie } }],
      [approved.path, 400, LOCAL_PAGE, { headers: { Cookie: approved.cookie } }],
      [denied.path, 303, NOTHING, { headers: { Cookie: denied.cookie } }],
      [strangers.path, 400, LOCAL_PAGE],
      ["/oauth/interaction/x", 401, NOTHING],
      ["/oauth/none", 404, NOTHING],
      ["/mcp", 401, NOTHING, { method: "POST" }],
      ["/mcp/tools", 200, NOTHING],
      ["/config.json", 200, NOTHING],
      ["/health", 200, NOTHING],
      ["/.well-known/none", 404, NOTHING],
    ];
    for (const [path, status, policy, init] of table) {
      await t.step(`${status} ${init?.method ?? "GET"} ${path.slice(0, 60)}`, async () => {
        const { headers, ...answer } = await send(`${url}${path}`, init);
        assert.equal(answer.status, status);
        const content = headers.get("Content-Security-Policy") ?? "";
        assert.match(content, policy);
        assert.match(content, /frame-ancestors 'none'/);
        assert.match(content, /base-uri 'none'/);
        assert.match(content, /form-action '(none|self)'/);
        assert.doesNotMatch(content, /unsafe-|\*|https:|strict-dynamic|nonce-/);
        assert.equal(headers.get("X-Frame-Options"), "DENY");
        assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
        assert.equal(headers.get("Referrer-Policy"), "no-referrer");
        assert.equal(headers.get("Access-Control-Allow-Credentials"), null);
        // Only what is named by its content may be kept.
        assert.match(
          headers.get("Cache-Control") ?? (status >= 400 ? "no-store" : ""),
          path.startsWith("/assets/") && status === 200 ? /immutable/ : /^no-(store|cache)$/,
        );
      });
    }

    await t.step("no answer of the sign-in is a page", async () => {
      for (const path of ["/auth/v1/settings", "/auth/v1/user", "/auth/v1/none", "/auth/v1/authorize"]) {
        const { headers } = await send(`${url}${path}`);
        assert.doesNotMatch(headers.get("Content-Type") ?? "", /html|xml|svg/, path);
      }
    });
  }));
