/**
 * Attack 8: a client id that leads the authorization server somewhere it must not go (CIMD draft "SSRF Attacks"). The
 * document is fetched at authorize, not at token while its copy is usable, from a checked address only, never by a redirect, 5 KB of JSON at most; a failure
 * is a page and is not remembered. The address guard itself (rebinding, mapped addresses, every special range) has its
 * tests beside `_shared/runtime/special_addresses.ts` and `outbound_fetch.ts`. For one address only so many are fetched.
 */
import assert from "node:assert/strict";
import { newClientKey } from "../../oauth/testing/client_key.ts";
import { authorizeParameters, grantCode, redeem, signInByPassword } from "../testing/http_flow.ts";
import { counts, flood, onStage, send } from "./testing/attack_stage.ts";
import { documentOf, publishDocument, type PublishedDocument } from "./testing/published_document.ts";

/** Ids that must never be fetched, in every spelling of a private place. */
const FORBIDDEN = [
  "https://10.0.0.1/client.json",
  "https://169.254.169.254/latest/meta-data",
  "https://192.168.0.1/client.json",
  "https://100.64.0.1/client.json",
  "https://[::1]/client.json",
  "https://[::ffff:10.0.0.1]/client.json",
  "https://[64:ff9b::7f00:1]/client.json",
  "https://[fd00::1]/client.json",
  "https://2130706433/client.json",
  "https://0x7f.1/client.json",
  "https://0177.0.0.1/client.json",
  "https://127.1/client.json",
  "http://10.0.0.1/client.json",
  "http://0.0.0.0/client.json",
  "https://user@127.0.0.1/client.json",
  "https://app.example/client.json#fragment",
  "https://app.example/../client.json",
  "https://app.example",
];

Deno.test("attack 8: SSRF by client id metadata documents", (t) =>
  onStage(async ({ url }) => {
    const authorize = async (client_id: string) => {
      const parameters = new URLSearchParams(await authorizeParameters({ client_id }, "v".repeat(43)));
      const response = await fetch(`${url}/oauth/authorize?${parameters}`, { redirect: "manual" });
      return {
        status: response.status,
        location: response.headers.get("Location"),
        text: await response.text(),
      };
    };
    const assertRefused = async (client_id: string) => {
      const { status, location, text } = await authorize(client_id);
      assert.equal(status, 400);
      assert.equal(location, null);
      assert.match(text, /Unknown app/);
    };

    for (const id of FORBIDDEN) await t.step(`never fetched: ${id}`, () => assertRefused(id));

    await t.step("a redirect is not followed, not even to a good document", async () => {
      await using target = publishDocument();
      await using hostile = publishDocument();
      hostile.answer(() => Response.redirect(target.url, 302));
      await assertRefused(hostile.url);
      assert.equal(target.asked(), 0);
    });

    const hostile: readonly [what: string, answer: (url: string) => Response][] = [
      ["5 KB and a byte", (id) => Response.json(documentOf(id, { padding: "x".repeat(5 * 1024) }))],
      ["HTML", (id) =>
        new Response(JSON.stringify(documentOf(id)), { headers: { "Content-Type": "text/html" } })],
      ["a gzip bomb", () =>
        new Response("\x1f\x8b", {
          headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" },
        })],
      ["another client's document", () =>
        Response.json(documentOf("https://app.example/client.json"))],
      ["a 201", (id) => Response.json(documentOf(id), { status: 201 })],
      ["a 304 without a validator", () => new Response(null, { status: 304 })],
      ["a shared secret", (id) => Response.json(documentOf(id, { client_secret: "x" }))],
      ["a script as redirect", (id) =>
        Response.json(documentOf(id, { redirect_uris: ["javascript:alert(1)"] }))],
    ];
    for (const [what, answer] of hostile) {
      await t.step(`refused: ${what}; and not remembered`, async () => {
        await using document = publishDocument();
        document.answer(answer);
        await assertRefused(document.url);
        document.answer((id) =>
          Response.json(documentOf(id))
        );
        assert.equal((await authorize(document.url)).status, 303);
      });
    }

    await t.step(
      "its jwks_uri goes the same way: nowhere it must not, by no redirect, JSON of bounded size",
      async () => {
        const session = await signInByPassword(url);
        const key = await newClientKey();
        await using target = publishDocument();
        target.publishKeys(key.jwk);
        const attempt = async (prepare: (document: PublishedDocument) => Record<string, unknown>) => {
          await using document = publishDocument();
          document.say({
            token_endpoint_auth_method: "private_key_jwt",
            jwks_uri: document.keysUrl,
            ...prepare(document),
          });
          const granted = await grantCode(url, { client_id: document.url }, session);
          const { status, body } = await redeem(url, granted, await key.present(document.url, url));
          return [status, "error" in body ? body.error : undefined];
        };
        const unread = [503, "temporarily_unavailable"];
        for (
          const place of [
            "https://10.0.0.1/keys",
            "https://169.254.169.254/",
            "https://[::ffff:10.0.0.1]/",
            "https://127.1/",
          ]
        ) {
          assert.deepEqual(await attempt(() => ({ jwks_uri: place })), unread, place);
        }
        const answers: Record<string, () => Response> = {
          "a redirect": () => Response.redirect(target.keysUrl, 302),
          "HTML": () =>
            new Response(JSON.stringify({ keys: [key.jwk] }), { headers: { "Content-Type": "text/html" } }),
          "endless": () => Response.json({ keys: [key.jwk], padding: "x".repeat(64 * 1024) }),
          "a private key": () => Response.json({ keys: [{ ...key.jwk, d: "d".repeat(43) }] }),
          "no key": () => Response.json({ keys: [] }),
        };
        for (const [what, answer] of Object.entries(answers)) {
          assert.deepEqual(await attempt((document) => (document.answerKeys(answer), {})), unread, what);
        }
        assert.equal(target.askedForKeys(), 0);
        assert.deepEqual(await attempt((document) => (document.publishKeys(key.jwk), {})), [200, undefined]);
      },
    );

    await t.step("keys that cannot be read are asked for by one request, not by each", async () => {
      await using document = publishDocument();
      document.say({ token_endpoint_auth_method: "private_key_jwt", jwks_uri: document.keysUrl });
      const granted = await grantCode(url, { client_id: document.url }, await signInByPassword(url));
      const key = await newClientKey();
      for (let count = 0; count < 5; count++) {
        const { status } = await redeem(url, granted, await key.present(document.url, url));
        assert.equal(status, 503);
      }
      assert.equal(document.askedForKeys(), 1);
    });

    await t.step("a good document leads to tokens, and the token endpoint fetches nothing", async () => {
      await using document = publishDocument();
      const granted = await grantCode(url, { client_id: document.url }, await signInByPassword(url));
      const asked = document.asked();
      assert.equal((await redeem(url, granted)).status, 200);
      assert.equal(document.asked(), asked);
    });
  }));

Deno.test("attack 8: documents without end, in two processes: so many are fetched for an address, and no more recorded", () =>
  onStage(async (stage) => {
    const { url, rows } = stage;
    await using document = publishDocument();
    // Each is good, and another client; what is wrong with the request is found after that.
    document.answer((_, asked) => Response.json(documentOf(asked)));
    const ask = (at: string, index: number) =>
      send(`${at}/oauth/authorize?${new URLSearchParams({ client_id: `${document.url}?${index}` })}`, {
        headers: { "X-Forwarded-For": "203.0.113.7" },
      });
    const answers = await flood(stage, 40, ask);
    assert.deepEqual(counts(answers), { 303: 3, 429: 37 });
    for (const { status, headers, text } of answers) {
      if (status !== 429) continue;
      assert.ok(Number(headers.get("Retry-After")) >= 3000);
      assert.match(text, /<h1>Too many requests<\/h1>/);
    }
    assert.equal(document.asked(), 3);
    assert.equal((await rows("select from oauth.clients where origin = 'document'")).length, 3);

    // Whoever is elsewhere is not disturbed.
    const elsewhere = await fetch(
      `${url}/oauth/authorize?${new URLSearchParams(
        await authorizeParameters({ client_id: `${document.url}?good` }, "v".repeat(43)),
      )}`,
      { redirect: "manual", headers: { "X-Forwarded-For": "203.0.113.8" } },
    );
    await elsewhere.body?.cancel();
    assert.equal(elsewhere.status, 303);
  }, { processes: 2, env: { CLIENT_IP_HEADER: "X-Forwarded-For", TRUSTED_HOPS: "1", RATE_TOKEN: "3" } }));
