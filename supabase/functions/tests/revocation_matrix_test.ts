/**
 * Revocation and introspection as one table: who asks, about which token, at which endpoint (RFC 7009, RFC 7662). On the
 * running product; each cell with tokens of its own where it may kill them.
 */
import assert from "node:assert/strict";
import { newClientKey } from "../oauth/testing/client_key.ts";
import { onStage, send, type Stage } from "./attacks/testing/attack_stage.ts";
import { forgeAccessToken } from "./attacks/testing/forge_access_token.ts";
import {
  askToken,
  callTool,
  grantCode,
  register,
  type RegisteredClient,
  signInByPassword,
} from "./testing/http_flow.ts";

/** What a caller adds to a request: header and form parameters; a new assertion each time. */
type Caller = () => Promise<{ headers?: Record<string, string>; form?: Record<string, string> }>;

const basic = (id: string, secret: string) => ({
  headers: { Authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}` },
});

interface Owner {
  readonly caller: Caller;
  tokens(): Promise<{ access: string; refresh: string }>;
}

/** A client that registered with this method, and tokens of it as many as are needed. */
async function newOwner({ url }: Stage, session: string, method: string): Promise<Owner> {
  const key = await newClientKey();
  const keys = method === "private_key_jwt" ? { jwks: { keys: [key.jwk] } } : {};
  const client: RegisteredClient = await register(url, { token_endpoint_auth_method: method, ...keys });
  const { client_id, client_secret = "" } = client;
  const caller: Caller = async () => {
    switch (method) {
      case "client_secret_basic":
        return basic(client_id, client_secret);
      case "client_secret_post":
        return { form: { client_id, client_secret } };
      case "private_key_jwt":
        return { form: await key.present(client_id, url) };
      default:
        return { form: { client_id } };
    }
  };
  return {
    caller,
    async tokens() {
      const { code, verifier } = await grantCode(url, client, session);
      const { headers, form } = await caller();
      const redemption = { grant_type: "authorization_code", code, code_verifier: verifier, ...form };
      const answer = await send(`${url}/oauth/token`, {
        method: "POST",
        headers: headers ?? {},
        body: new URLSearchParams(redemption),
      });
      assert.equal(answer.status, 200);
      const { access_token, refresh_token } = JSON.parse(answer.text);
      return { access: access_token, refresh: refresh_token };
    },
  };
}

Deno.test("revocation and introspection: every caller, every kind of token, both endpoints", (t) =>
  onStage(async (stage) => {
    const { url, rows } = stage;
    const session = await signInByPassword(url);
    const ask = async (endpoint: "revoke" | "introspect", caller: Caller, token: string) => {
      const { headers, form } = await caller();
      const body = new URLSearchParams({ ...form, token });
      const { status, text, error } = await send(`${url}/oauth/${endpoint}`, {
        method: "POST",
        headers: headers ?? {},
        body,
      });
      if (status !== 200) return `${status} ${error}`;
      return endpoint === "revoke" ? `200 ${text}`.trim() : `200 ${JSON.parse(text).active}`;
    };

    const owners = Object.fromEntries(
      await Promise.all(
        ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"].map(async (method) =>
          [method, await newOwner(stage, session, method)] as const
        ),
      ),
    ) as Record<string, Owner>;
    const owner = owners["none"];
    assert.ok(owner !== undefined);
    const stranger = await newOwner(stage, session, "client_secret_basic");
    await rows(
      `insert into oauth.resources (identifier, name, scopes, default_scope, is_default)
      values ('https://other.example/mcp', 'Other', '[]', '{product:read}', false)`,
    );
    await rows(
      `insert into oauth.clients (id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types, resource)
      values
        ('other-server', 'operator', 'Other', 'client_secret_basic', sha256('secret'), '{}', '{}', '{}', 'https://other.example/mcp'),
        ('open-server', 'operator', 'Open', 'none', null, '{}', '{}', '{}', $1)`,
      [`${url}/mcp`],
    );

    const servers: Record<string, Caller> = {
      "its resource server": () => Promise.resolve(basic("demo-resource-server", "demo-resource-secret")),
      "another resource server": () => Promise.resolve(basic("other-server", "secret")),
      "a resource server without a secret": () => Promise.resolve({ form: { client_id: "open-server" } }),
    };
    const nobodies: Record<string, Caller> = {
      "nobody": () => Promise.resolve({}),
      "an unknown client": () => Promise.resolve(basic("nobody", "secret")),
      "a wrong secret": () => Promise.resolve(basic("demo-resource-server", "wrong")),
      "a client without its secret": () => Promise.resolve({ form: { client_id: "demo-resource-server" } }),
      "a person's session": () => Promise.resolve({ headers: { Authorization: `Bearer ${session}` } }),
    };

    for (const [method, { caller, tokens }] of Object.entries(owners)) {
      await t.step(`the owner, by ${method}`, async () => {
        const { access, refresh } = await tokens();
        for (const token of [access, refresh]) {
          assert.equal(await ask("introspect", caller, token), "200 true");
          assert.equal(await ask("introspect", stranger.caller, token), "200 false");
          assert.equal(await ask("revoke", stranger.caller, token), "400 invalid_grant");
          assert.equal(await ask("introspect", caller, token), "200 true", "and lives on");
          assert.equal(await ask("revoke", caller, token), "200");
          assert.equal(await ask("introspect", caller, token), "200 false");
          assert.equal(await ask("revoke", caller, token), "200", "again is no error");
        }
      });
    }

    const live = await owner.tokens();
    const expected: Record<
      string,
      { access: readonly [string, string]; refresh: readonly [string, string] }
    > = {
      "its resource server": {
        access: ["200 true", "400 invalid_grant"],
        refresh: ["200 false", "400 invalid_grant"],
      },
      "another resource server": {
        access: ["200 false", "400 invalid_grant"],
        refresh: ["200 false", "400 invalid_grant"],
      },
      "a resource server without a secret": {
        access: ["200 false", "400 invalid_grant"],
        refresh: ["200 false", "400 invalid_grant"],
      },
    };
    for (const [who, caller] of Object.entries(servers)) {
      await t.step(who, async () => {
        for (const kind of ["access", "refresh"] as const) {
          const answers = [
            await ask("introspect", caller, live[kind]),
            await ask("revoke", caller, live[kind]),
          ];
          assert.deepEqual(answers, expected[who]?.[kind], kind);
        }
      });
    }
    for (const [who, caller] of Object.entries(nobodies)) {
      await t.step(`${who}: 401 whatever the token is`, async () => {
        for (const token of [live.access, live.refresh, "x"]) {
          for (const endpoint of ["introspect", "revoke"] as const) {
            assert.equal(await ask(endpoint, caller, token), "401 invalid_client");
          }
        }
      });
    }

    await t.step("what is no live token: inactive for everybody, and revoking it is no error", async () => {
      const [header = "", payload = "", signature = ""] = live.access.split(".");
      const dead = await owner.tokens();
      const refreshed = await askToken(url, {
        grant_type: "refresh_token",
        refresh_token: dead.refresh,
        client_id: (await owner.caller()).form?.["client_id"] ?? "",
      });
      assert.equal(refreshed.status, 200);
      const tokens = {
        "a rotated refresh token": dead.refresh,
        "an expired access token": await forgeAccessToken(stage, live.access, { claims: { exp: 1 } }),
        "one of another issuer": await forgeAccessToken(stage, live.access, {
          claims: { iss: "https://evil.example" },
        }),
        "one of another type": await forgeAccessToken(stage, live.access, { header: { typ: "JWT" } }),
        "an unknown jti": await forgeAccessToken(stage, live.access, { claims: { jti: "x".repeat(22) } }),
        "an altered one": `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${
          signature.slice(1)
        }`,
        "a truncated one": live.access.slice(0, -1),
        "a person's session": session,
        "a text": "token",
        "an endless text": "x".repeat(8000),
      };
      const callers = { owner: owner.caller, server: servers["its resource server"] ?? owner.caller };
      for (const [what, token] of Object.entries(tokens)) {
        for (const [who, caller] of Object.entries(callers)) {
          assert.equal(await ask("introspect", caller, token), "200 false", `${what}, asked by ${who}`);
        }
        if (what !== "a rotated refresh token") {
          assert.equal(await ask("revoke", owner.caller, token), "200", what);
        }
      }
      assert.equal(
        await ask("introspect", owner.caller, live.access),
        "200 true",
        "none of it touched a live one",
      );
      assert.equal(await ask("introspect", owner.caller, refreshed.body.refresh_token), "200 true");
      assert.equal(await ask("revoke", owner.caller, dead.refresh), "200");
      assert.equal(
        await ask("introspect", owner.caller, refreshed.body.refresh_token),
        "200 false",
        "a rotated refresh token still stands for its family",
      );
    });

    await t.step("a client in its own name: its token, its resource server, nobody else", async () => {
      const own: Caller = () => Promise.resolve(basic("simple-mcp-client", "simple-mcp-secret-123"));
      const { headers } = await own();
      const answer = await send(`${url}/oauth/token`, {
        method: "POST",
        headers: headers ?? {},
        body: new URLSearchParams({ grant_type: "client_credentials" }),
      });
      const { access_token } = JSON.parse(answer.text);
      assert.equal(await ask("introspect", own, access_token), "200 true");
      assert.equal(await ask("introspect", servers["its resource server"] ?? own, access_token), "200 true");
      assert.equal(await ask("introspect", owner.caller, access_token), "200 false");
      assert.equal(await ask("revoke", owner.caller, access_token), "400 invalid_grant");
      assert.equal(await ask("revoke", own, access_token), "200");
      assert.equal(await ask("introspect", own, access_token), "200 false");
    });

    await t.step(
      "a revoked token is dead at once where a tool queries; its family where it refreshes",
      async () => {
        const { access, refresh } = await owner.tokens();
        assert.equal((await callTool(url, access, "product_list")).status, 200);
        assert.equal(await ask("revoke", owner.caller, access), "200");
        assert.equal((await callTool(url, access, "product_list")).status, 401);
        const form = (await owner.caller()).form ?? {};
        const refreshing = { grant_type: "refresh_token", refresh_token: refresh, ...form };
        const next = await askToken(url, refreshing);
        assert.equal(next.status, 200, "its refresh token is another matter");
        assert.equal(await ask("revoke", owner.caller, next.body.refresh_token), "200");
        assert.equal((await callTool(url, next.body.access_token, "product_list")).status, 401);
        const refused = await askToken(url, { ...refreshing, refresh_token: next.body.refresh_token });
        assert.equal(refused.status, 400);
      },
    );

    await t.step("a banned person's tokens are dead, and a deleted person's", async () => {
      const { access, refresh } = await owner.tokens();
      for (
        const change of [
          "update auth.users set banned_until = now() + interval '1 hour'",
          "update auth.users set banned_until = null, deleted_at = now()",
        ]
      ) {
        await rows(change);
        for (const token of [access, refresh]) {
          assert.equal(await ask("introspect", owner.caller, token), "200 false");
        }
        assert.equal((await callTool(url, access, "product_list")).status, 401);
      }
    });
  }));
