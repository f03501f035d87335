/**
 * Attack 4: a redirect URI that is nearly the client's (RFC 9700 §2.1 and §4.1, RFC 8252 §7.3; CVE-2025-4143). Equal
 * byte for byte; only the port of http on this computer may differ. A near miss gets a local page, never a Location.
 */
import assert from "node:assert/strict";
import { askToken, authorizeParameters, decide, register, signInByPassword } from "../testing/http_flow.ts";
import { assertAnswer, onStage, send } from "./testing/attack_stage.ts";

const WEB = "https://app.example/cb/path?a=b";
const NATIVE = "http://127.0.0.1:4000/cb";
const NATIVE_6 = "http://[::1]:4000/cb";
const LOCALHOST = "http://localhost:4000/cb";
const PRIVATE = "cursor://anysphere.cursor/cb";

const ACCEPTED: readonly (readonly [registered: string, sent: string])[] = [
  [WEB, WEB],
  [PRIVATE, PRIVATE],
  ...[NATIVE, NATIVE_6, LOCALHOST].flatMap((uri) =>
    ["4000", "1", "65535"].map((port) => [uri, uri.replace("4000", port)] as const)
  ),
  [NATIVE, "http://127.0.0.1/cb"],
  [LOCALHOST, "http://localhost/cb"],
];

const REFUSED: readonly (readonly [registered: string, sent: string])[] = [
  // Host, scheme and port of a web client.
  [WEB, "http://app.example/cb/path?a=b"],
  [WEB, "https://app.example:443/cb/path?a=b"],
  [WEB, "https://app.example:8443/cb/path?a=b"],
  [WEB, "https://APP.example/cb/path?a=b"],
  [WEB, "HTTPS://app.example/cb/path?a=b"],
  [WEB, "https://app.example./cb/path?a=b"],
  [WEB, "https://evil.app.example/cb/path?a=b"],
  [WEB, "https://app.example.evil.example/cb/path?a=b"],
  [WEB, "https://app.example@evil.example/cb/path?a=b"],
  [WEB, "https://evil.example@app.example/cb/path?a=b"],
  [WEB, "https://evil.example\\@app.example/cb/path?a=b"],
  [WEB, "https://evil.example#@app.example/cb/path?a=b"],
  [WEB, "https://аpp.example/cb/path?a=b"], // a Cyrillic а
  [WEB, "https://xn--pp-7kc.example/cb/path?a=b"],
  // Path, query and fragment.
  [WEB, "https://app.example/cb/path"],
  [WEB, "https://app.example/cb/path?a=b&c=d"],
  [WEB, "https://app.example/cb/path/?a=b"],
  [WEB, "https://app.example/cb/Path?a=b"],
  [WEB, "https://app.example/cb/%70ath?a=b"],
  [WEB, "https://app.example/cb/../cb/path?a=b"],
  [WEB, "https://app.example/cb/%2e%2e/cb/path?a=b"],
  [WEB, "https://app.example/cb//path?a=b"],
  [WEB, "https://app.example/cb/path;x?a=b"],
  [WEB, "https://app.example/cb/path?a=b#"],
  [WEB, "https://app.example/cb/path?a=b\r\nLocation: https://evil.example/"],
  [WEB, "https://app.example/cb/path?a=b\0"],
  [WEB, " https://app.example/cb/path?a=b"],
  [WEB, "https://app.example/cb/path?a=b "],
  // This computer: the port, and nothing but the port.
  [NATIVE, "http://localhost:4000/cb"],
  [NATIVE, "http://[::1]:4000/cb"],
  [LOCALHOST, "http://127.0.0.1:4000/cb"],
  [NATIVE_6, "http://[0:0:0:0:0:0:0:1]:4000/cb"],
  [NATIVE, "http://127.0.0.2:4000/cb"],
  [NATIVE, "http://127.1:4000/cb"],
  [NATIVE, "http://0x7f.1:4000/cb"],
  [NATIVE, "http://2130706433:4000/cb"],
  [NATIVE, "http://0.0.0.0:4000/cb"],
  [NATIVE, "https://127.0.0.1:4000/cb"],
  [NATIVE, "http://127.0.0.1:4000/cb/"],
  [NATIVE, "http://127.0.0.1:4000/CB"],
  [NATIVE, "http://127.0.0.1:4000/cb?a=b"],
  [NATIVE, "http://127.0.0.1:4000/c%62"],
  [NATIVE, "http://127.0.0.1:99999/cb"],
  [NATIVE, "http://127.0.0.1:/cb"],
  [NATIVE, "http://127.0.0.1:4000@evil.example/cb"],
  [NATIVE, "http://evil.example:4000/cb"],
  [LOCALHOST, "http://localhost.evil.example:4000/cb"],
  [LOCALHOST, "http://LOCALHOST:4000/cb"],
  // The scheme of an app.
  [PRIVATE, "cursor://anysphere.cursor/cb/"],
  [PRIVATE, "cursor://anysphere.cursor:1/cb"],
  [PRIVATE, "Cursor://anysphere.cursor/cb"],
  [PRIVATE, "cursor:/anysphere.cursor/cb"],
];

Deno.test("attack 4: a redirect URI that is nearly the registered one", (t) =>
  onStage(async ({ url }) => {
    const session = await signInByPassword(url);
    const clients = new Map<string, string>();
    for (const uri of [WEB, NATIVE, NATIVE_6, LOCALHOST, PRIVATE]) {
      clients.set(uri, (await register(url, { redirect_uris: [uri] })).client_id);
    }
    const verifier = "v".repeat(43);
    const parameters = async (registered: string, redirectUri: string) => ({
      ...await authorizeParameters({ client_id: clients.get(registered) ?? "" }, verifier),
      redirect_uri: redirectUri,
    });
    const authorize = async (registered: string, sent: string) =>
      await send(`${url}/oauth/authorize?${new URLSearchParams(await parameters(registered, sent))}`);

    for (const [registered, sent] of ACCEPTED) {
      await t.step(`${registered} accepts ${sent}`, async () => {
        const answer = await authorize(registered, sent);
        assert.equal(answer.status, 303);
        assert.match(
          answer.headers.get("Location") ?? "",
          new RegExp(`^${url}/consent\\?request=[\\w-]{43}$`),
        );
      });
    }

    for (const [registered, sent] of REFUSED) {
      await t.step(`${registered} refuses ${JSON.stringify(sent)}`, async () => {
        const answer = await authorize(registered, sent);
        assert.equal(answer.status, 400);
        assert.equal(answer.headers.get("Location"), null);
        assert.equal(answer.headers.get("Set-Cookie"), null);
        assert.doesNotMatch(answer.text, /evil|href/);
      });
    }

    await t.step("sent twice, even equal: a page", async () => {
      const query = new URLSearchParams(await parameters(WEB, WEB));
      for (const second of [WEB, "https://evil.example/"]) {
        const answer = await send(
          `${url}/oauth/authorize?${query}&redirect_uri=${encodeURIComponent(second)}`,
        );
        assert.equal(answer.status, 400);
        assert.equal(answer.headers.get("Location"), null);
        assert.doesNotMatch(answer.text, /href/);
      }
    });

    await t.step("left out with several registered: a page, not the first", async () => {
      const { client_id } = await register(url, { redirect_uris: [WEB, NATIVE] });
      const { redirect_uri: _, ...rest } = await authorizeParameters({ client_id }, verifier);
      const answer = await send(`${url}/oauth/authorize?${new URLSearchParams(rest)}`);
      assert.equal(answer.status, 400);
      assert.equal(answer.headers.get("Location"), null);
    });

    await t.step("at the token endpoint: as sent to authorize, byte for byte, or left out", async () => {
      const sent = "http://127.0.0.1:5555/cb";
      const begun = await authorize(NATIVE, sent);
      const cookie = begun.headers.get("Set-Cookie")?.split(";")[0] ?? "";
      const id = new URL(begun.headers.get("Location") ?? "").searchParams.get("request") ?? "";
      const continued = await send(await decide(url, id, session), { headers: { Cookie: cookie } });
      const location = continued.headers.get("Location") ?? "";
      assert.ok(location.startsWith(`${sent}?code=`));
      const form = {
        grant_type: "authorization_code",
        client_id: clients.get(NATIVE) ?? "",
        code: new URL(location).searchParams.get("code") ?? "",
        code_verifier: verifier,
      };
      for (
        const wrong of [
          NATIVE,
          "http://127.0.0.1:5555/cb/",
          "http://localhost:5555/cb",
          "HTTP://127.0.0.1:5555/cb",
        ]
      ) {
        assertAnswer(await askToken(url, { ...form, redirect_uri: wrong }), 400, "invalid_grant", wrong);
      }
      assert.equal((await askToken(url, { ...form, redirect_uri: sent })).status, 200);
    });
  }));
