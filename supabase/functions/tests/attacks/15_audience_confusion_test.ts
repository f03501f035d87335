/**
 * Attack 15: a token for one place used at another (RFC 8707, RFC 9068 §4, MCP "Token Passthrough"; GHSA-p2fr, formbricks
 * #8829). One audience, exactly; one resource per grant, for ever; the tokens of Supabase Auth and ours do not mix.
 */
import assert from "node:assert/strict";
import { decodeJwt, generateKeyPair, SignJWT } from "jose";
import {
  authorizeParameters,
  beginRequest,
  callTool,
  decide,
  grantCode,
  redeem,
  refresh,
  register,
  signInByPassword,
} from "../testing/http_flow.ts";
import { assertAnswer, onStage, send } from "./testing/attack_stage.ts";
import { forgeAccessToken, type Forgery } from "./testing/forge_access_token.ts";

const VERIFIER = "v".repeat(43);

Deno.test("attack 15: tokens at the wrong place", (t) =>
  onStage(async (stage) => {
    const { url, rows } = stage;
    const [ours, other, host] = [`${url}/mcp`, `${url}/other`, "https://rs.example"];
    for (const identifier of [other, host]) {
      const scopes = ["parcel:read", "parcel:write"].map((name) => ({
        name,
        description: { en: name, ja: name },
        tools: [],
      }));
      await rows(
        `select oauth.record_resource(p_identifier => $1, p_name => 'Other', p_scopes => $2,
          p_default_scope => '{parcel:read}', p_is_default => false)`,
        [identifier, JSON.stringify(scopes)],
      );
    }
    const session = await signInByPassword(url);
    const client = await register(url);
    const grantFor = async (resource: string, scope?: string) => {
      const parameters = { ...await authorizeParameters(client, VERIFIER, scope), resource };
      const begun = await beginRequest(url, parameters);
      const continued = await send(await decide(url, begun.id, session), {
        headers: { Cookie: begun.cookie },
      });
      const code = new URL(continued.headers.get("Location") ?? "").searchParams.get("code") ?? "";
      return { client, code, verifier: VERIFIER };
    };
    const good = (await redeem(url, await grantFor(ours))).body;

    await t.step("a token of the same issuer for another resource: 401 here", async () => {
      const { status, body } = await redeem(url, await grantFor(other));
      assert.equal(status, 200);
      assert.equal(decodeJwt(body.access_token).aud, other);
      assert.equal((await callTool(url, body.access_token, "get_time")).status, 401);
      assert.equal((await callTool(url, body.access_token, "product_list")).status, 401);
    });

    await t.step(
      "a token for one resource is dead at the other's database gate, in both directions",
      async () => {
        const theirs = (await redeem(url, await grantFor(other))).body;
        for (const [token, home, abroad] of [[good, ours, other], [theirs, other, ours]] as const) {
          const { jti } = decodeJwt(token.access_token);
          const isLive = async (resource: string) =>
            (await rows<{ live: boolean }>("select oauth.access_token_is_live($1, $2) as live", [
              jti,
              resource,
            ]))[0];
          assert.deepEqual([await isLive(home), await isLive(abroad)], [{ live: true }, { live: false }]);
          await assert.rejects(
            rows("select oauth.assume_access_token(p_jti => $1, p_resource => $2)", [jti, abroad]),
            { code: "SK401" },
          );
        }
      },
    );

    await t.step("the server of one resource learns nothing of the other's tokens", async () => {
      const theirs = (await redeem(url, await grantFor(other))).body;
      for (const [resource, own, foreign] of [[ours, good, theirs], [other, theirs, good]] as const) {
        const [asker] = await rows<{ client_id: string; client_secret: string }>(
          `select * from oauth.create_operator_client(
            p_name => 'Asker', p_grant_types => '{}', p_resource => $1)`,
          [resource],
        );
        const ask = async (token: string) => {
          const { text } = await send(`${url}/oauth/introspect`, {
            method: "POST",
            headers: { Authorization: `Basic ${btoa(`${asker?.client_id}:${asker?.client_secret}`)}` },
            body: new URLSearchParams({ token }),
          });
          return JSON.parse(text);
        };
        assert.equal((await ask(own.access_token)).aud, resource);
        for (const token of [foreign.access_token, foreign.refresh_token, own.refresh_token]) {
          assert.deepEqual(await ask(token), { active: false });
        }
      }
    });

    await t.step(
      "the scopes of one resource cannot be had at the other, by name or by wildcard",
      async () => {
        const errorFor = async (resource: string, scope: string) => {
          const parameters = { ...await authorizeParameters(client, VERIFIER, scope), resource };
          return new URL((await beginRequest(url, parameters)).location).searchParams.get("error");
        };
        for (const scope of ["product:read", "product:*", "order:*", "product:read order:read"]) {
          assert.equal(await errorFor(other, scope), "invalid_scope", scope);
        }
        for (const scope of ["parcel:read", "parcel:*"]) {
          assert.equal(await errorFor(ours, scope), "invalid_scope", scope);
        }
        const { body } = await redeem(url, await grantFor(other, "product:* parcel:* order:read"));
        assert.equal(body.scope, "parcel:read parcel:write");
        for (const scope of ["product:read", "product:*", "parcel:* order:read"]) {
          assertAnswer(
            await refresh(url, client, body.refresh_token, { scope }),
            400,
            "invalid_scope",
            scope,
          );
        }
        // Nor by a client in its own name, whose ceiling reaches over both.
        await rows(
          "update oauth.clients set service_scope = '{product:*,parcel:*}' where id = 'simple-mcp-client'",
        );
        const ask = async (resource: string, scope: string) => {
          const { text } = await send(`${url}/oauth/token`, {
            method: "POST",
            headers: { Authorization: `Basic ${btoa("simple-mcp-client:simple-mcp-secret-123")}` },
            body: new URLSearchParams({ grant_type: "client_credentials", resource, scope }),
          });
          const answer = JSON.parse(text);
          return answer.scope ?? answer.error;
        };
        assert.equal(await ask(other, "product:* parcel:*"), "parcel:read parcel:write");
        assert.equal(await ask(ours, "product:* parcel:*"), "product:read product:write");
        assert.equal(await ask(other, "product:read"), "invalid_scope");
        assert.equal(await ask(ours, "parcel:*"), "invalid_scope");
      },
    );

    await t.step(
      "a grant stays at a resource that is not the default: code, refresh, replay, rotation",
      async () => {
        const granted = await grantFor(other);
        assertAnswer(await redeem(url, granted, { resource: ours }), 400, "invalid_target");
        let { body } = await redeem(url, granted);
        assert.equal(decodeJwt(body.access_token).aud, other);
        for (const named of [{}, { resource: other }, {}]) {
          const { refresh_token } = body;
          assertAnswer(await refresh(url, client, refresh_token, { resource: ours }), 400, "invalid_target");
          ({ body } = await refresh(url, client, refresh_token, named));
          assert.equal(decodeJwt(body.access_token).aud, other);
          assertAnswer(await refresh(url, client, refresh_token, { resource: ours }), 400, "invalid_target");
          const replayed = await refresh(url, client, refresh_token);
          assert.equal(replayed.body.refresh_token, body.refresh_token);
          assert.equal(decodeJwt(replayed.body.access_token).aud, other);
        }
      },
    );

    await t.step(
      "one trailing slash and the host's case are tolerated everywhere, and nothing else is",
      async () => {
        const spellings = [[other, `${other}/`], [host, `${host}/`], [host, "HTTPS://RS.Example/"]] as const;
        for (const [identifier, spelling] of spellings) {
          const granted = await grantFor(spelling);
          const { body } = await redeem(url, granted, { resource: spelling });
          assert.equal(decodeJwt(body.access_token).aud, identifier, spelling);
          const refreshed = await refresh(url, client, body.refresh_token, { resource: spelling });
          assert.equal(decodeJwt(refreshed.body.access_token).aud, identifier, spelling);
        }
        const { body } = await redeem(url, await grantFor(host));
        for (
          const resource of [
            `${host}//`,
            `${host}/x`,
            `${host}:443`,
            `${host}?`,
            `${host}#`,
            "rs.example",
            "http://rs.example",
          ]
        ) {
          const parameters = { ...await authorizeParameters(client, VERIFIER), resource };
          const { location } = await beginRequest(url, parameters);
          assert.equal(new URL(location).searchParams.get("error"), "invalid_target", resource);
          assertAnswer(
            await refresh(url, client, body.refresh_token, { resource }),
            400,
            "invalid_target",
            resource,
          );
        }
      },
    );

    await t.step("aud is one text, the resource that was asked for", async () => {
      assert.equal(decodeJwt(good.access_token).aud, ours);
      assert.equal((await callTool(url, good.access_token, "product_list")).status, 200);
      const unnamed = await redeem(url, await grantCode(url, client, session));
      assert.equal(decodeJwt(unnamed.body.access_token).aud, ours);
    });

    const forgeries: readonly (readonly [string, Forgery])[] = [
      ["ours among others", { claims: { aud: [ours, "https://foreign.example/mcp"] } }],
      ["ours alone, in a list", { claims: { aud: [ours] } }],
      ["another resource's", { claims: { aud: other } }],
      ["the issuer", { claims: { aud: url } }],
      ["ours with a slash", { claims: { aud: `${ours}/` } }],
      ["a part of ours", { claims: { aud: `${ours}/tools` } }],
      ["Supabase's", { claims: { aud: "authenticated" } }],
      ["none", { claims: { aud: undefined } }],
    ];
    for (const [what, forgery] of forgeries) {
      await t.step(`signed by us, alive, with the audience ${what}: 401`, async () => {
        const forged = await forgeAccessToken(stage, good.access_token, forgery);
        assert.equal((await callTool(url, forged, "get_time")).status, 401);
        assert.equal((await callTool(url, forged, "product_list")).status, 401);
      });
    }

    const now = Math.floor(Date.now() / 1000);
    const wrong: readonly (readonly [string, Forgery])[] = [
      ["issuer", { claims: { iss: "https://evil.example" } }],
      ["issuer's slash", { claims: { iss: `${url}/` } }],
      ["type of an ID token", { header: { typ: "JWT" } }],
      ["expiry", { claims: { exp: now - 1 } }],
      ["missing expiry", { claims: { exp: undefined } }],
      ["time before which it is none", { claims: { nbf: now + 3600 } }],
      ["jti that was never issued", { claims: { jti: "j".repeat(22) } }],
      ["missing jti", { claims: { jti: undefined } }],
      ["key", { header: { kid: "other" } }],
    ];
    for (const [what, forgery] of wrong) {
      await t.step(`signed by us, with a wrong ${what}: 401`, async () => {
        const forged = await forgeAccessToken(stage, good.access_token, forgery);
        assert.equal((await callTool(url, forged, "get_time")).status, 401);
      });
    }

    await t.step(
      "the forger can forge: unchanged claims and scope in a new signature are accepted",
      async () => {
        const same = await forgeAccessToken(stage, good.access_token, {});
        assert.equal((await callTool(url, same, "product_list")).status, 200);
      },
    );

    await t.step(
      "a scope in a token's claims gives no row that its row in the database does not",
      async () => {
        const narrow = (await redeem(url, await grantCode(url, client, session, "order:read"))).body;
        const claims = { scope: "product:read order:read", sub: "00000000-0000-4000-8000-000000000002" };
        const forged = await forgeAccessToken(stage, narrow.access_token, { claims });
        assert.doesNotMatch((await callTool(url, forged, "product_list")).text, /teapot|lantern/);
      },
    );

    await t.step("a foreign key, a symmetric one and none: 401", async () => {
      const [header = "", payload = "", signature = ""] = good.access_token.split(".");
      const encode = (value: unknown) =>
        btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
      const { kid } = JSON.parse(atob(header.replaceAll("-", "+").replaceAll("_", "/")));
      const { privateKey } = await generateKeyPair("ES256");
      const signed = (alg: string, key: CryptoKey | Uint8Array) =>
        new SignJWT(decodeJwt(good.access_token)).setProtectedHeader({ alg, typ: "at+jwt", kid }).sign(key);
      const publicKey = new TextEncoder().encode((await send(`${url}/oauth/jwks`)).text);
      for (
        const token of [
          await signed("ES256", privateKey as CryptoKey),
          await signed("HS256", publicKey),
          `${encode({ alg: "none", typ: "at+jwt" })}.${payload}.`,
          `${encode({ alg: "none", typ: "at+jwt", kid })}.${payload}.${signature}`,
          `${header}.${encode({ ...decodeJwt(good.access_token), scope: "admin" })}.${signature}`,
          `${header}.${payload}.`,
          `${header}.${payload}.${"A".repeat(86)}`,
        ]
      ) {
        assert.equal((await callTool(url, token, "get_time")).status, 401, token);
      }
    });

    await t.step(
      "a code and a refresh token are bound to their resource: invalid_target, nothing consumed",
      async () => {
        const granted = await grantFor(ours);
        for (const resource of [other, "https://foreign.example/mcp", `${ours}/x`, url, "x"]) {
          assertAnswer(await redeem(url, granted, { resource }), 400, "invalid_target", resource);
        }
        const { status, body } = await redeem(url, granted, { resource: `${ours}/` });
        assert.equal(status, 200);
        for (const resource of [other, "https://foreign.example/mcp"]) {
          assertAnswer(await refresh(url, client, body.refresh_token, { resource }), 400, "invalid_target");
        }
        const refreshed = await refresh(url, client, body.refresh_token, { resource: ours });
        assert.equal(refreshed.status, 200);
        assert.equal(decodeJwt(refreshed.body.access_token).aud, ours);
      },
    );

    await t.step("an unknown resource at authorize: invalid_target", async () => {
      for (const resource of ["https://foreign.example/mcp", `${ours}/tools`, `${ours}#x`, "mcp"]) {
        const { location } = await beginRequest(url, {
          ...await authorizeParameters(client, VERIFIER),
          resource,
        });
        assert.equal(new URL(location).searchParams.get("error"), "invalid_target", resource);
      }
    });

    await t.step(
      "a Supabase session is nobody here; our token is nobody at Supabase Auth and at consent",
      async () => {
        assert.equal((await callTool(url, session, "get_time")).status, 401);
        assertAnswer(await refresh(url, client, session), 400, "invalid_grant");
        const { publishable_key } = JSON.parse((await send(`${url}/config.json`)).text);
        const asked = await send(`${url}/auth/v1/user`, {
          headers: { Authorization: `Bearer ${good.access_token}`, apikey: publishable_key },
        });
        assert.ok(asked.status === 401 || asked.status === 403, `${asked.status}`);
        const { id } = await beginRequest(url, await authorizeParameters(client, VERIFIER));
        const shown = await send(`${url}/oauth/interaction/${id}`, {
          headers: { Authorization: `Bearer ${good.access_token}` },
        });
        assertAnswer(shown, 401, "login_required");
      },
    );

    await t.step("a token travels in the Authorization header only", async () => {
      const message = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
      const json = { "Content-Type": "application/json", Accept: "application/json, text/event-stream" };
      const ways: readonly (readonly [string, RequestInit])[] = [
        [`?access_token=${good.access_token}`, { headers: json, body: message }],
        ["", { headers: { ...json, Cookie: `access_token=${good.access_token}` }, body: message }],
        ["", { body: new URLSearchParams({ access_token: good.access_token }) }],
      ];
      for (const [query, init] of ways) {
        assert.equal((await send(`${ours}${query}`, { method: "POST", ...init })).status, 401);
      }
    });
  }));
