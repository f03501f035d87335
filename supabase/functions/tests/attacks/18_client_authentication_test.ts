/**
 * Attack 18: acting as a client without its credentials (RFC 6749 §2.3 and §3.2.1, OAuth 2.1 §2.4, RFC 9700 §2.5; hydra
 * GHSA-3p3g). Exactly the registered method; an unknown client and a bad secret cannot be told apart. An
 * assertion (RFC 7523 §3) proves one client to this server once, whichever process is asked.
 */
import assert from "node:assert/strict";
import { grantCode, register, type RegisteredClient, signInByPassword } from "../testing/http_flow.ts";
import { SignJWT } from "jose";
import { newClientKey } from "../../oauth/testing/client_key.ts";
import { type Answer, assertAnswer, atOnce, counts, onStage, send } from "./testing/attack_stage.ts";

const basic = (id: string, secret: string) => ({
  Authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`,
});

Deno.test("attack 18: clients that are not who they say", (t) =>
  onStage(async ({ url, rows }) => {
    const session = await signInByPassword(url);
    const by = {
      none: await register(url),
      client_secret_basic: await register(url, { token_endpoint_auth_method: "client_secret_basic" }),
      client_secret_post: await register(url, { token_endpoint_auth_method: "client_secret_post" }),
    };
    const ask = (form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> =>
      send(`${url}/oauth/token`, { method: "POST", headers, body: new URLSearchParams(form) });

    /** The three ways in which this client could present this secret. */
    const ways = (client: RegisteredClient, secret: string, form: Record<string, string>) => ({
      none: () => ask({ ...form, client_id: client.client_id }),
      client_secret_basic: () => ask(form, basic(client.client_id, secret)),
      client_secret_post: () => ask({ ...form, client_id: client.client_id, client_secret: secret }),
    });

    for (const [registered, client] of Object.entries(by)) {
      await t.step(`a client of ${registered} is accepted by that method and by no other`, async () => {
        const { code, verifier } = await grantCode(url, client, session);
        const form = { grant_type: "authorization_code", code, code_verifier: verifier };
        const { client_secret = "guessed" } = client;
        for (const [method, present] of Object.entries(ways(client, client_secret, form))) {
          if (method !== registered) assertAnswer(await present(), 401, "invalid_client", method);
        }
        const { [registered as "none"]: right } = ways(client, client_secret, form);
        const answer = await right();
        assert.equal(answer.status, 200);

        // And for refreshing the same.
        const refreshing = {
          grant_type: "refresh_token",
          refresh_token: JSON.parse(answer.text).refresh_token,
        };
        for (const [method, present] of Object.entries(ways(client, client_secret, refreshing))) {
          if (method !== registered) assertAnswer(await present(), 401, "invalid_client", method);
        }
        assert.equal((await ways(client, client_secret, refreshing)[registered as "none"]()).status, 200);
      });
    }

    await t.step("an unknown client and a wrong secret: the same answer but for its id", async () => {
      const form = { grant_type: "refresh_token", refresh_token: "x".repeat(43) };
      const secret = by.client_secret_basic.client_secret ?? "";
      const known = by.client_secret_basic.client_id;
      const wrong = [
        secret.slice(0, -1),
        `${secret}x`,
        secret.toLowerCase(),
        ` ${secret}`,
        "x".repeat(43),
        "",
        by.client_secret_post.client_secret ?? "",
        "x".repeat(501),
        "\0",
      ];
      const answers = [
        await ask(form, basic("client_nobody", secret)),
        await ask(form, basic("client_nobody", "")),
        await ask(form, basic(`${known}x`, secret)),
        await ask(form, basic(known.toUpperCase(), secret)),
        ...await Promise.all(wrong.map((value) => ask(form, basic(known, value)))),
      ];
      const [first] = answers;
      for (const answer of answers) {
        assertAnswer(answer, 401, "invalid_client");
        assert.equal(answer.text, first?.text);
        assert.equal(answer.headers.get("WWW-Authenticate"), 'Basic realm="sekisho"');
        assert.equal(answer.headers.get("Cache-Control"), "no-store");
        const names = [...answer.headers.keys()].join();
        assert.equal(names, [...first?.headers.keys() ?? []].join());
      }
      for (const client_id of ["client_nobody", by.client_secret_post.client_id]) {
        const posted = await ask({ ...form, client_id, client_secret: "wrong" });
        assertAnswer(posted, 401, "invalid_client");
        assert.equal(posted.text, first?.text);
      }
    });

    await t.step("the stored hash of a secret is no secret", async () => {
      const [row] = await rows<{ hex: string; base64: string }>(
        "select encode(secret_hash, 'hex') as hex, encode(secret_hash, 'base64') as base64 from oauth.clients where id = $1",
        [by.client_secret_basic.client_id],
      );
      for (const hash of [row?.hex ?? "", row?.base64 ?? ""]) {
        const answer = await ask(
          { grant_type: "refresh_token" },
          basic(by.client_secret_basic.client_id, hash),
        );
        assertAnswer(answer, 401, "invalid_client");
      }
    });

    await t.step("headers that are no Basic: invalid_client, without falling back to none", async () => {
      const form = {
        grant_type: "refresh_token",
        refresh_token: "x".repeat(43),
        client_id: by.none.client_id,
      };
      const headers = [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic x",
        `Basic ${btoa("nocolon")}`,
        `Basic ${btoa(":secret")}`,
        `Basic ${btoa("%zz:%zz")}`,
        `Basic ${btoa("a%00b:c")}`,
        `Basic ${"A".repeat(4000)}`,
        `Bearer ${session}`,
        `Digest username="${by.none.client_id}"`,
        "Negotiate x",
      ];
      for (const Authorization of headers) {
        assertAnswer(await ask(form, { Authorization }), 401, "invalid_client", Authorization.slice(0, 40));
      }
    });

    await t.step("one client's credentials do not open another's code or refresh token", async () => {
      const { code, verifier } = await grantCode(url, by.client_secret_basic, session);
      const form = { grant_type: "authorization_code", code, code_verifier: verifier };
      const { client_id, client_secret = "" } = by.client_secret_post;
      assertAnswer(await ask({ ...form, client_id, client_secret }), 400, "invalid_grant");
      assertAnswer(await ask({ ...form, client_id: by.none.client_id }), 400, "invalid_grant");
      const right = basic(by.client_secret_basic.client_id, by.client_secret_basic.client_secret ?? "");
      assert.equal((await ask(form, right)).status, 200);
    });

    await t.step(
      "a secret that was changed or a client that was blocked stops at once, whatever is remembered",
      async () => {
        const { client_id, client_secret = "" } = by.client_secret_post;
        const granted = await grantCode(url, by.client_secret_post, session);
        const form = {
          grant_type: "authorization_code",
          code: granted.code,
          code_verifier: granted.verifier,
          client_id,
          client_secret,
        };
        // Remembered by the process, then changed behind its back.
        assertAnswer(await ask({ ...form, code: "x".repeat(43) }), 400, "invalid_grant");
        await rows("update oauth.clients set secret_hash = sha256('new') where id = $1", [client_id]);
        assertAnswer(await ask(form), 401, "invalid_client");
        await rows("update oauth.clients set secret_hash = sha256($2::text::bytea) where id = $1", [
          client_id,
          client_secret,
        ]);
        const answer = await ask(form);
        assert.equal(answer.status, 200);
        await rows("update oauth.clients set blocked_at = now() where id = $1", [client_id]);
        const refreshing = { grant_type: "refresh_token", client_id, client_secret };
        const { refresh_token } = JSON.parse(answer.text);
        assertAnswer(await ask({ ...refreshing, refresh_token }), 401, "invalid_client");
      },
    );

    await t.step("a client of no grant, such as a resource server, gets no token", async () => {
      const header = basic("demo-resource-server", "demo-resource-secret");
      for (const grant_type of ["authorization_code", "refresh_token"]) {
        assertAnswer(
          await ask({ grant_type, code: "x", refresh_token: "x" }, header),
          400,
          "unauthorized_client",
        );
      }
    });
  }));

Deno.test("attack 18: assertions that are not the client's, not for us, or used before", (t) =>
  onStage(async (stage) => {
    const { url, urls: [, other = ""], rows } = stage;
    const session = await signInByPassword(url);
    const [key, foreign] = await Promise.all([newClientKey("ES256", "1"), newClientKey("ES256", "1")]);
    const signing = { token_endpoint_auth_method: "private_key_jwt" };
    const client = await register(url, { ...signing, jwks: { keys: [key.jwk] } });
    const stranger = await register(url, { ...signing, jwks: { keys: [foreign.jwk] } });
    const id = client.client_id;
    const ask = (form: Record<string, string>, process = url): Promise<Answer> =>
      send(`${process}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
    const { code, verifier } = await grantCode(url, client, session);
    const redemption = { grant_type: "authorization_code", code, code_verifier: verifier };
    const refused = async (form: Record<string, string>, what: string) =>
      assertAnswer(await ask({ ...redemption, ...form }), 401, "invalid_client", what);
    const now = () => Math.floor(Date.now() / 1000);
    const endpoint = `${url}/oauth/token`;

    await t.step("no assertion in which anything is wrong", async () => {
      const wrong: Record<string, Parameters<typeof key.present>[2]> = {
        "iss is not sub": { claims: { iss: stranger.client_id } },
        "sub is not iss": { claims: { sub: stranger.client_id } },
        "for another server": { claims: { aud: "https://other.example" } },
        "for the resource": { claims: { aud: `${url}/mcp` } },
        "for several": { claims: { aud: [url, "https://other.example"] } },
        "for a list of one": { claims: { aud: [url] } },
        "expired": { claims: { exp: now() - 60 } },
        "good for an hour": { claims: { exp: now() + 3600 } },
        "without exp": { claims: { exp: undefined } },
        "without jti": { claims: { jti: undefined } },
        "kid of nothing": { header: { kid: "2" } },
      };
      for (const [what, changes] of Object.entries(wrong)) {
        await refused({ client_id: id, ...await key.present(id, url, changes) }, what);
      }
      await refused({ client_id: stranger.client_id, ...await key.present(id, url) }, "another client_id");
    });

    await t.step("no key of another client, no shared secret, no missing signature", async () => {
      await refused(await foreign.present(id, url), "another client's key");
      await refused(await key.present(stranger.client_id, url), "another client's name");
      const good = await key.present(id, url);
      const claims = { iss: id, sub: id, aud: url, exp: now() + 60, jti: "x" };
      for (const secret of [JSON.stringify(key.jwk), key.jwk.x ?? ""]) {
        const bytes = new TextEncoder().encode(secret.padEnd(32, "="));
        const shared = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "1" }).sign(bytes);
        await refused({ ...good, client_assertion: shared }, "HS256 under the public key");
      }
      const [, payload = "", signature = ""] = good.client_assertion.split(".");
      const none = btoa(JSON.stringify({ alg: "none" })).replaceAll("=", "");
      await refused({ ...good, client_assertion: `${none}.${payload}.` }, "alg none");
      await refused({ ...good, client_assertion: `${none}.${payload}.${signature}` }, "alg none, signed");
    });

    await t.step("an assertion that fails is never taken for none", async () => {
      const open = await register(url);
      for (
        const form of [
          { client_assertion: "x" },
          { client_assertion_type: "x" },
          await key.present(open.client_id, url),
        ]
      ) {
        await refused({ client_id: open.client_id, ...form }, "a public client with an assertion");
      }
      await refused({ client_id: id }, "no assertion");
      const two = await ask({ ...redemption, ...await key.present(id, url), client_secret: "x" });
      assertAnswer(two, 400, "invalid_request");
    });

    await t.step(
      "a jti is used once: 50 requests at once over two processes, then each process again",
      async () => {
        const once = await key.present(id, endpoint);
        const answers = await atOnce(stage, (process) => ask({ ...redemption, ...once }, process));
        assert.deepEqual(counts(answers), { 200: 1, 401: 49 });
        for (const answer of answers) if (answer.status !== 200) assertAnswer(answer, 401, "invalid_client");
        const { refresh_token } = JSON.parse(answers.find(({ status }) => status === 200)?.text ?? "");
        for (const process of [url, other]) {
          const again = await ask({ grant_type: "refresh_token", refresh_token, ...once }, process);
          assertAnswer(again, 401, "invalid_client");
        }
        const fresh = await key.present(id, url);
        assert.equal(
          (await ask({ grant_type: "refresh_token", refresh_token, ...fresh }, other)).status,
          200,
        );
      },
    );

    await t.step("a key that was taken away proves nothing at once, whatever is remembered", async () => {
      const before = { grant_type: "refresh_token", refresh_token: "x".repeat(43) };
      assertAnswer(await ask({ ...before, ...await key.present(id, url) }), 400, "invalid_grant");
      await rows("update oauth.clients set jwks = $2 where id = $1", [id, JSON.stringify([foreign.jwk])]);
      assertAnswer(await ask({ ...before, ...await key.present(id, url) }), 401, "invalid_client");
      assertAnswer(await ask({ ...before, ...await foreign.present(id, url) }), 400, "invalid_grant");
    });
  }, { processes: 2 }));
