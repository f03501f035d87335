/**
 * Attack 5: a client that registers a redirect URI which runs code, reads files or is read differently by people and
 * browsers (RFC 9700 §4.11, OAuth 2.1 §2.3.1, RFC 7591 §5). Refused at the door; apps' own schemes are usable, but
 * nothing goes there without the person's act.
 */
import assert from "node:assert/strict";
import { authorizeParameters, decide, register, signInByPassword } from "../testing/http_flow.ts";
import { assertAnswer, onStage, send, sendJson } from "./testing/attack_stage.ts";

const REFUSED = [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "\tjavascript:alert(1)",
  "java\nscript:alert(1)",
  "javascript://app.example/%0aalert(1)",
  "data:text/html,<script>alert(1)</script>",
  "data:text/html;base64,PHNjcmlwdD4=",
  "vbscript:msgbox(1)",
  "blob:https://app.example/1",
  "file:///etc/passwd",
  "filesystem:https://app.example/temporary/x",
  "about:blank",
  "view-source:https://app.example/",
  "intent://scan/#Intent;scheme=zxing;end",
  "chrome://settings",
  "ftp://app.example/",
  "mailto:a@app.example",
  "ws://app.example/",
  "http://evil.example/cb",
  "http://localhost.evil.example/cb",
  "http://127.0.0.1.evil.example/cb",
  "http://localhost@evil.example/cb",
  "http://10.0.0.1/cb",
  "https://app.example/cb#fragment",
  "https://app.example/cb#",
  "https://user:password@app.example/cb",
  "https://user@app.example/cb",
  "https://@app.example/cb",
  "https:///app.example/cb",
  "https:app.example/cb",
  "https://app.example\\@evil.example/cb",
  "https://app%2eexample/cb",
  "https://0x7f.1/cb",
  "https://аpp.example/cb",
  "https://app.example/<script>",
  'https://app.example/"onclick=',
  "https://app.example/cb\r\nSet-Cookie: a=b",
  "https://app.example/ cb",
  "//app.example/cb",
  "/cb",
  "*",
  "",
  `https://app.example/${"x".repeat(2000)}`,
];

const PRIVATE = [
  "cursor://anysphere.cursor-deeplink/cb",
  "com.example.app:/cb",
  "vscode://publisher.extension/cb",
];

Deno.test("attack 5: registration of dangerous redirect URIs", (t) =>
  onStage(async ({ url, rows }) => {
    for (const uri of REFUSED) {
      await t.step(`refused: ${JSON.stringify(uri.slice(0, 60))}`, async () => {
        for (const redirect_uris of [[uri], ["https://app.example/cb", uri]]) {
          for (const path of ["/oauth/register", "/register"]) {
            assertAnswer(await sendJson(`${url}${path}`, { redirect_uris }), 400, "invalid_redirect_uri");
          }
        }
      });
    }

    await t.step("nothing of them was recorded", async () => {
      const [count] = await rows(
        "select count(*)::integer as registered from oauth.clients where origin = 'registered'",
      );
      assert.deepEqual(count, { registered: 0 });
    });

    for (
      const client_uri of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//app.example"]
    ) {
      await t.step(`a client's page may not be ${client_uri}`, async () => {
        const metadata = { redirect_uris: ["https://app.example/cb"], client_uri };
        assertAnswer(await sendJson(`${url}/oauth/register`, metadata), 400, "invalid_client_metadata");
      });
    }

    const session = await signInByPassword(url);
    for (const uri of PRIVATE) {
      await t.step(`${uri} is usable, unverified, and reached by the person's act only`, async () => {
        const { client_id } = await register(url, { redirect_uris: [uri] });
        const parameters = {
          ...await authorizeParameters({ client_id }, "v".repeat(43)),
          redirect_uri: uri,
        };
        const refused = await send(
          `${url}/oauth/authorize?${new URLSearchParams({ ...parameters, code_challenge_method: "plain" })}`,
        );
        assert.equal(refused.status, 400);
        assert.equal(refused.headers.get("Location"), null);
        assert.ok(refused.text.includes(`href="${uri}?error=invalid_request&amp;`), refused.text);

        const begun = await send(`${url}/oauth/authorize?${new URLSearchParams(parameters)}`);
        const id = new URL(begun.headers.get("Location") ?? "").searchParams.get("request") ?? "";
        const shown = await send(`${url}/oauth/interaction/${id}`, {
          headers: { Authorization: `Bearer ${session}` },
        });
        const { client, redirect_host, loopback } = JSON.parse(shown.text);
        assert.deepEqual({ verified: client.verified, redirect_host, loopback }, {
          verified: false,
          redirect_host: `${uri.split(":")[0]}:`,
          loopback: false,
        });
        const cookie = begun.headers.get("Set-Cookie")?.split(";")[0] ?? "";
        const continued = await send(await decide(url, id, session), { headers: { Cookie: cookie } });
        assert.equal(continued.status, 303);
        assert.ok(continued.headers.get("Location")?.startsWith(`${uri}?code=`));
      });
    }
  }));
