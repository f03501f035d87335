/**
 * Attack 6: the authorization server's errors used as an open redirector (RFC 9700 §4.11.2, RFC 6749 §4.1.2.1). Before
 * client and redirect URI are known to belong together there is no Location; afterwards only for a client that somebody
 * vouches for, or on this computer; for any other the person must click.
 */
import assert from "node:assert/strict";
import { authorizeParameters, register } from "../testing/http_flow.ts";
import { type Answer, onStage, send } from "./testing/attack_stage.ts";
import { publishDocument } from "./testing/published_document.ts";

const WEB = "https://app.example/cb";
const LOOPBACK = "http://127.0.0.1:9/callback";
const STATE = `a state & "more"`;

/** Every refusal that comes after the redirect URI is known. */
const WRONG: readonly (readonly [what: string, overrides: Record<string, string>, error: string])[] = [
  ["no challenge", { code_challenge: "" }, "invalid_request"],
  ["plain", { code_challenge_method: "plain" }, "invalid_request"],
  ["a response type", { response_type: "token" }, "unsupported_response_type"],
  ["no response type", { response_type: "" }, "invalid_request"],
  ["a response mode", { response_mode: "form_post" }, "invalid_request"],
  ["a request object", { request: "e30.e30." }, "request_not_supported"],
  ["a request URI", { request_uri: "https://evil.example/" }, "request_uri_not_supported"],
  ["a resource", { resource: "https://evil.example/mcp" }, "invalid_target"],
  ["a scope", { scope: "unknown:scope" }, "invalid_scope"],
  ["details", { authorization_details: "[]" }, "invalid_authorization_details"],
  ["no prompt", { prompt: "none" }, "interaction_required"],
];

Deno.test("attack 6: errors as an open redirector", (t) =>
  onStage(async ({ url, rows }) => {
    const web = await register(url, { redirect_uris: [WEB] });
    const native = await register(url, { redirect_uris: [LOOPBACK] });
    const vouched = await register(url, { redirect_uris: [WEB] });
    await rows("update oauth.clients set origin = 'operator', verified = true where id = $1", [
      vouched.client_id,
    ]);

    const authorize = async (client_id: string, redirect_uri: string, overrides: Record<string, string>) => {
      const good = await authorizeParameters({ client_id }, "v".repeat(43));
      const query = new URLSearchParams({ ...good, redirect_uri, state: STATE, ...overrides });
      return await send(`${url}/oauth/authorize?${query}`);
    };
    const assertNowhere = (answer: Answer) => {
      assert.equal(answer.status, 400);
      assert.equal(answer.headers.get("Location"), null);
      assert.equal(answer.headers.get("Refresh"), null);
      assert.doesNotMatch(answer.text, /href|http-equiv|<script|<form|evil/);
    };

    await t.step("an unknown client: a page without any way out", async () => {
      assertNowhere(await authorize("client_nobody", "https://evil.example/", {}));
      assertNowhere(await authorize("client_nobody", LOOPBACK, {}));
      assertNowhere(await authorize("", "https://evil.example/", {}));
      assertNowhere(await authorize("https://evil.example/client.json", "https://evil.example/", {}));
    });

    await t.step("somebody else's redirect URI: a page without any way out", async () => {
      for (const { client_id } of [web, native, vouched]) {
        assertNowhere(await authorize(client_id, "https://evil.example/", {}));
        assertNowhere(await authorize(client_id, "http://127.0.0.1:9/evil", {}));
      }
    });

    await t.step("a blocked client: a page without any way out", async () => {
      const blocked = await register(url, { redirect_uris: [LOOPBACK] });
      await rows("update oauth.clients set blocked_at = now() where id = $1", [blocked.client_id]);
      assertNowhere(await authorize(blocked.client_id, LOOPBACK, {}));
      assertNowhere(await authorize(blocked.client_id, LOOPBACK, { prompt: "none" }));
    });

    for (const [what, overrides, error] of WRONG) {
      const assertRedirect = (target: string, redirectUri: string) => {
        const { origin, pathname, searchParams } = new URL(target);
        assert.equal(`${origin}${pathname}`, redirectUri);
        const { error_description, ...rest } = Object.fromEntries(searchParams);
        assert.deepEqual(rest, { error, state: STATE, iss: url });
        assert.ok(error_description);
      };

      await t.step(`${what}: an unverified web client is named on a page with a button`, async () => {
        const answer = await authorize(web.client_id, WEB, overrides);
        assert.equal(answer.status, 400);
        assert.equal(answer.headers.get("Location"), null);
        assert.doesNotMatch(answer.text, /http-equiv|<script|<form/);
        const links = [...answer.text.matchAll(/href="([^"]*)"[^>]*>([^<]*)</g)];
        assert.deepEqual(links.map(([, , label]) => label), ["Return to app.example"]);
        assertRedirect(links[0]?.[1]?.replaceAll("&amp;", "&").replaceAll("&#39;", "'") ?? "", WEB);
      });

      await t.step(`${what}: this computer and a vouched client are redirected to`, async () => {
        for (const [{ client_id }, uri] of [[native, LOOPBACK], [vouched, WEB]] as const) {
          const answer = await authorize(client_id, uri, overrides);
          assert.equal(answer.status, 303);
          assertRedirect(answer.headers.get("Location") ?? "", uri);
        }
      });
    }

    await t.step("a refusal never sets a cookie or makes a request", async () => {
      const refused = await authorize(native.client_id, LOOPBACK, { prompt: "none" });
      assert.equal(refused.headers.get("Set-Cookie"), null);
      const [made] = await rows("select count(*)::integer as made from oauth.authorization_requests");
      assert.deepEqual(made, { made: 0 });
    });

    await t.step("the continue step goes nowhere without a secret that somebody decided with", async () => {
      for (const path of ["x".repeat(43), "x", "https:%2f%2fevil.example", "..%2f..%2f%2fevil.example"]) {
        assertNowhere(await send(`${url}/oauth/continue/${path}?redirect_uri=https://evil.example/`));
      }
    });
  }));

Deno.test("attack 6: a document vouches for nobody, unless the operator trusts its host", async () => {
  await using trusted = publishDocument();
  await using other = publishDocument();
  for (const document of [trusted, other]) document.say({ redirect_uris: [WEB] });
  await onStage(async ({ url }) => {
    const refuse = async (client_id: string) => {
      const good = await authorizeParameters({ client_id }, "v".repeat(43));
      return await send(
        `${url}/oauth/authorize?${new URLSearchParams({ ...good, redirect_uri: WEB, prompt: "none" })}`,
      );
    };
    const followed = await refuse(trusted.url);
    assert.equal(followed.status, 303);
    assert.ok(followed.headers.get("Location")?.startsWith(`${WEB}?error=interaction_required`));
    const asked = await refuse(other.url);
    assert.deepEqual([asked.status, asked.headers.get("Location")], [400, null]);
  }, { env: { TRUSTED_CLIENT_HOSTS: new URL(trusted.url).host } });
});
