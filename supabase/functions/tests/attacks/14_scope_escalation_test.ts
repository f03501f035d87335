/**
 * Attack 14: more scope than the person gave (RFC 6749 §3.3 and §6, OAuth 2.1 §4.3; CVE-2026-4634). At authorize, at the
 * decision, at refresh and at the tool: what was not granted does not come into being, and asking costs nothing.
 */
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { SCOPES } from "../../mcp/protocol/scopes.ts";
import { TOOLS } from "../../mcp/tools/index.ts";
import {
  authorizeParameters,
  beginRequest,
  callTool,
  grantCode,
  redeem,
  refresh,
  register,
  signInByPassword,
} from "../testing/http_flow.ts";
import { askTool, obtainToken } from "../testing/mcp_request.ts";
import { inputOf, PEOPLE, readShop, readWorld } from "../testing/shop_world.ts";
import { assertAnswer, onStage, send, sendJson } from "./testing/attack_stage.ts";

const ALL = "product:read order:read order:write";
/** None of them stands for anything (docs/adr/0014). */
const NO_WILDCARDS = [
  "*",
  ":*",
  "**",
  "*:*",
  "order:**",
  "order:*:*",
  "ord*",
  "order:*:read",
  "order:",
  "ORDER:*",
  "%:*",
];
const VERIFIER = "v".repeat(43);
const LONG = "a ".repeat(25_000);

/** Every column that holds a scope, with a query for what it holds; not those that say what may be asked for. */
const SCOPE_COLUMNS = `
  select table_name || '.' || column_name as place,
    format('select array(select distinct unnest(%I) from oauth.%I) as held', column_name, table_name) as query
  from information_schema.columns
  where table_schema = 'oauth' and data_type = 'ARRAY' and column_name like '%scope'
    and (table_name, column_name) not in (('clients', 'service_scope'), ('resources', 'default_scope'))`;

Deno.test("attack 14: scope that was not granted", (t) =>
  onStage(async (stage) => {
    const { url, rows } = stage;
    const session = await signInByPassword(url);
    const bearer = { Authorization: `Bearer ${session}` };
    const client = await register(url, { scope: "product:read" });
    const begin = async (scope: string) =>
      await beginRequest(url, await authorizeParameters(client, VERIFIER, scope));
    const errorOf = (location: string) => new URL(location).searchParams.get("error");

    await t.step("authorize: unknown scopes are dropped, nothing left is invalid_scope", async () => {
      const { id } = await begin("admin product:read *");
      const shown = await send(`${url}/oauth/interaction/${id}`, { headers: bearer });
      assert.deepEqual(JSON.parse(shown.text).scopes.map(({ name }: { name: string }) => name), [
        "product:read",
      ]);
      for (
        const scope of [
          "admin",
          "PRODUCT:READ",
          "product:read,order:read",
          "product:rea",
          "nothing:*",
          ...NO_WILDCARDS,
          NO_WILDCARDS.join(" "),
        ]
      ) {
        assert.equal(errorOf((await begin(scope)).location), "invalid_scope", scope);
      }
    });

    await t.step("authorize: malformed or endless scope is invalid_scope", async () => {
      for (
        const scope of [
          'product:read "x"',
          "product:read \\",
          "pröduct:read",
          "x".repeat(2001),
          "product:read ".repeat(200),
        ]
      ) {
        assert.equal(errorOf((await begin(scope)).location), "invalid_scope");
      }
      const answer = await send(
        `${url}/oauth/authorize?client_id=${client.client_id}&scope=${"x".repeat(50_000)}`,
      );
      assert.equal(answer.status, 400);
    });

    await t.step(
      "the decision: outside what was asked, or nothing, is refused and decides nothing",
      async () => {
        const { id } = await begin("product:read order:read");
        const place = `${url}/oauth/interaction/${id}`;
        for (
          const scopes of [["order:write"], ["product:read", "order:write"], ["admin"], [""], [], undefined]
        ) {
          assertAnswer(await sendJson(place, { decision: "approve", scopes }, bearer), 400, "invalid_scope");
        }
        for (
          const scopes of ["product:read order:write", { 0: "order:write" }, [["order:write"]], [
            "x".repeat(201),
          ]]
        ) {
          assertAnswer(
            await sendJson(place, { decision: "approve", scopes }, bearer),
            400,
            "invalid_request",
          );
        }
        const details = {
          decision: "approve",
          scopes: ["product:read"],
          authorization_details: [{ type: "any" }],
        };
        assertAnswer(await sendJson(place, details, bearer), 400, "invalid_request");
        assert.equal((await send(place, { headers: bearer })).status, 200);
      },
    );

    await t.step("the decision: a subset is what the token gets, in claims and in the database", async () => {
      const { id, cookie } = await begin(ALL);
      const scopes = ["order:read", "product:read", "order:read"];
      const decided = await sendJson(
        `${url}/oauth/interaction/${id}`,
        { decision: "approve", scopes },
        bearer,
      );
      const answer = await send(JSON.parse(decided.text).continue_to, { headers: { Cookie: cookie } });
      const code = new URL(answer.headers.get("Location") ?? "").searchParams.get("code") ?? "";
      // A scope at the token endpoint has no meaning for a code and gives nothing (RFC 6749 §4.1.3).
      const { status, body } = await redeem(url, { client, code, verifier: VERIFIER }, { scope: ALL });
      assert.equal(status, 200);
      assert.equal(body.scope, "product:read order:read");
      assert.equal(decodeJwt(body.access_token)["scope"], "product:read order:read");
      assertAnswer(await refresh(url, client, body.refresh_token, { scope: ALL }), 400, "invalid_scope");
    });

    await t.step(
      "refresh: a superset, an unknown or an endless scope is invalid_scope and consumes nothing",
      async () => {
        const { body } = await redeem(url, await grantCode(url, client, session, "product:read order:read"));
        const before = await rows("select * from oauth.refresh_tokens order by token_hash");
        for (
          const scope of [
            ALL,
            "order:write",
            "admin",
            "product:read admin",
            "PRODUCT:READ",
            '"',
            "product:read ".repeat(200),
          ]
        ) {
          assertAnswer(
            await refresh(url, client, body.refresh_token, { scope }),
            400,
            "invalid_scope",
            scope,
          );
        }
        assertAnswer(
          await refresh(url, client, body.refresh_token, { scope: LONG }),
          413,
          "payload_too_large",
        );
        assert.deepEqual(await rows("select * from oauth.refresh_tokens order by token_hash"), before);
        assert.equal((await refresh(url, client, body.refresh_token)).body.scope, "product:read order:read");
      },
    );

    await t.step("refresh: a narrower scope narrows that access token and nothing else", async () => {
      const { body } = await redeem(url, await grantCode(url, client, session, "product:read order:read"));
      const narrow = await refresh(url, client, body.refresh_token, { scope: "order:read" });
      assert.equal(narrow.body.scope, "order:read");
      assert.equal(decodeJwt(narrow.body.access_token)["scope"], "order:read");
      assert.equal((await callTool(url, narrow.body.access_token, "product_list")).status, 403);
      const whole = await refresh(url, client, narrow.body.refresh_token);
      assert.equal(whole.body.scope, "product:read order:read");
      const asked = await refresh(url, client, whole.body.refresh_token, {
        scope: "product:read order:read",
      });
      assert.equal(asked.body.scope, "product:read order:read");
      assertAnswer(
        await refresh(url, client, asked.body.refresh_token, { scope: ALL }),
        400,
        "invalid_scope",
      );
    });

    await t.step(
      "refresh: a token of less scope holds no limit of the rest, which reads like a grant",
      async () => {
        const granted = await grantCode(url, client, session, "product:read ticket:write");
        const tokens = (await redeem(url, granted)).body;
        assert.ok("authorization_details" in decodeJwt(tokens.access_token));
        const { body } = await refresh(url, client, tokens.refresh_token, { scope: "product:read" });
        assert.equal(body.scope, "product:read");
        assert.equal("authorization_details" in body, false);
        assert.equal("authorization_details" in decodeJwt(body.access_token), false);
      },
    );

    await t.step("a wildcard is its names from consent on, and never more than them", async () => {
      const { id, cookie } = await begin(`order:* ${NO_WILDCARDS.join(" ")}`);
      const place = `${url}/oauth/interaction/${id}`;
      const shown = await send(place, { headers: bearer });
      assert.deepEqual(JSON.parse(shown.text).scopes.map(({ name }: { name: string }) => name), [
        "order:read",
        "order:write",
      ]);
      for (const wildcard of ["order:*", ...NO_WILDCARDS]) {
        const answer = await sendJson(place, { decision: "approve", scopes: [wildcard] }, bearer);
        assertAnswer(answer, 400, "invalid_scope", wildcard);
      }
      // The person takes one of the two away: the same request, repeated at refresh, does not bring it back.
      const decided = await sendJson(place, { decision: "approve", scopes: ["order:read"] }, bearer);
      const answer = await send(JSON.parse(decided.text).continue_to, { headers: { Cookie: cookie } });
      const code = new URL(answer.headers.get("Location") ?? "").searchParams.get("code") ?? "";
      let { body } = await redeem(url, { client, code, verifier: VERIFIER });
      assert.equal(body.scope, "order:read");
      for (const scope of ["order:*", "order:* product:*"]) {
        ({ body } = await refresh(url, client, body.refresh_token, { scope }));
        assert.equal(body.scope, "order:read");
        assert.equal(decodeJwt(body.access_token)["scope"], "order:read");
      }
      for (const scope of ["product:*", "order:* order:write", ...NO_WILDCARDS]) {
        assertAnswer(await refresh(url, client, body.refresh_token, { scope }), 400, "invalid_scope", scope);
      }
    });

    await t.step("a client in its own name: no wildcard reaches over the operator's ceiling", async () => {
      await rows("update oauth.clients set service_scope = '{order:*}' where id = 'simple-mcp-client'");
      const ask = (scope?: string) =>
        send(`${url}/oauth/token`, {
          method: "POST",
          headers: { Authorization: `Basic ${btoa("simple-mcp-client:simple-mcp-secret-123")}` },
          body: new URLSearchParams({
            grant_type: "client_credentials",
            ...(scope === undefined ? {} : { scope }),
          }),
        });
      for (const scope of [undefined, "order:*", "product:* order:read order:write admin:*"]) {
        assert.equal(JSON.parse((await ask(scope)).text).scope, "order:read order:write", scope ?? "none");
      }
      for (const scope of ["product:*", "product:read", ...NO_WILDCARDS]) {
        assertAnswer(await ask(scope), 400, "invalid_scope", scope);
      }
    });

    await t.step(
      "the tool: without its scope 403 with a challenge; the row policy says the same",
      async () => {
        const { body } = await redeem(url, await grantCode(url, client, session, "order:read"));
        const called = await callTool(url, body.access_token, "product_list");
        assert.equal(called.status, 403);
        assert.doesNotMatch(called.text, /teapot/);
        const { jti } = decodeJwt(body.access_token);
        // As a tool that forgot to ask: the statement alone, under the token's claims.
        await rows("begin");
        await rows("select oauth.assume_access_token(p_jti => $1, p_resource => $2)", [jti, `${url}/mcp`]);
        await rows("set local role sekisho_person");
        assert.deepEqual(await rows("select name from shop.products"), []);
        await rows("rollback");
      },
    );

    await t.step(
      "the row policies alone: a handler that lets every call through shows and changes nothing",
      async () => {
        const token = await obtainToken(url, SCOPES.map(({ name }) => name).join(" "));
        const { jti } = decodeJwt(token);
        // What the handler reads is the token, what the policies read is its row: now only the token has the scopes.
        await rows("update oauth.access_tokens set scope = '{orders:read}' where jti = $1", [jti]);
        const world = await readWorld(stage, PEOPLE.demo_user);
        const before = await readShop(stage);
        for (const tool of TOOLS.filter((tool) => tool.scope !== null)) {
          const { isError, structuredContent, content } = await askTool(
            url,
            token,
            tool.name,
            inputOf(tool, world),
          );
          const said = `${tool.name}: ${content[0]?.text}`;
          if (isError === true) assert.match(said, /There is no such|does not allow this/);
          else assert.deepEqual(Object.values(structuredContent ?? {}), [[], null], said);
        }
        assert.deepEqual(await readShop(stage), before);
      },
    );

    await t.step(
      "a person's other scopes and other people's rows are out of reach with the scope too",
      async () => {
        const second = await signInByPassword(url, "second_user@example.com");
        const { body } = await redeem(url, await grantCode(url, client, second, "product:read"));
        const called = await callTool(url, body.access_token, "product_list");
        assert.equal(called.status, 200);
        assert.match(called.text, /Paper lantern/);
        assert.doesNotMatch(called.text, /Iron teapot/);
      },
    );

    await t.step("a grant that the client did not register is unauthorized_client", async () => {
      const { client_id } = await register(url, { grant_types: ["authorization_code"] });
      const only = { client_id };
      const { body } = await redeem(url, await grantCode(url, only, session));
      assert.equal("refresh_token" in body, false);
      assertAnswer(await refresh(url, only, "x".repeat(43)), 400, "unauthorized_client");
    });

    await t.step("an API key holds scopes that exist, by name", async () => {
      const make = (...scopes: string[]) =>
        sendJson(`${url}/api/keys`, { name: "A key", scopes, days: 1 }, bearer);
      for (const wildcard of ["order:*", "*", "*:*"]) {
        assertAnswer(await make("order:read", wildcard), 400, "invalid_scope");
      }
      assert.equal((await make("order:read")).status, 201);
    });

    await t.step(
      "after all this no table that decides holds a wildcard: none can reach a row policy",
      async () => {
        const columns = await rows<{ place: string; query: string }>(SCOPE_COLUMNS);
        assert.ok(columns.length >= 6);
        for (const { place, query } of columns) {
          const held = (await rows<{ held: string[] }>(query))[0]?.held ?? [];
          assert.ok(held.includes("order:read"), place);
          assert.deepEqual(held.filter((name) => name.includes("*")), [], place);
        }
      },
    );
  }, { extraScopes: ["orders:read"] }));
