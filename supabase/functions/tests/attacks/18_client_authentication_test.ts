/**
 * Attack 18: acting as a client without its credentials (RFC 6749 §2.3 and §3.2.1, OAuth 2.1 §2.4, RFC 9700 §2.5; hydra
 * GHSA-3p3g). Exactly the registered method; an unknown client and a bad secret cannot be told apart. Assertions
 * (RFC 7523) have a file of their own.
 */
import assert from "node:assert/strict";
import { grantCode, register, type RegisteredClient, signInByPassword } from "../testing/http_flow.ts";
import { type Answer, assertAnswer, onStage, send } from "./testing/attack_stage.ts";

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
