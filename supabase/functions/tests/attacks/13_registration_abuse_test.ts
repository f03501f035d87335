/**
 * Attack 13: registration abused to fill the storage, to borrow trust or to take an id (RFC 7591 §5, OAuth 2.1 §3.1.4).
 * Bounds before parsing; nothing that a client says of itself makes it trusted; clients that nobody used are removed; where
 * registration needs a token, it needs a good one; and from an address only so many may come, whatever it calls itself.
 */
import assert from "node:assert/strict";
import { grantCode, redeem, register, signInByPassword } from "../testing/http_flow.ts";
import {
  assertAnswer,
  assertRetryAfter,
  atOnce,
  CALLERS,
  counts,
  flood,
  onStage,
  send,
  sendJson,
  type Stage,
} from "./testing/attack_stage.ts";

const URIS = { redirect_uris: ["https://app.example/cb"] };
const HEADER = "X-Forwarded-For";

async function registered({ rows }: Stage): Promise<number> {
  return (await rows("select from oauth.clients where origin = 'registered'")).length;
}

Deno.test("attack 13: abuse of open registration", (t) =>
  onStage(async ({ url, rows }) => {
    const place = `${url}/oauth/register`;
    const registered = async () => {
      const [row] = await rows<{ clients: number }>(
        "select count(*)::integer as clients from oauth.clients where origin = 'registered'",
      );
      return row?.clients;
    };
    const post = (body: BodyInit, type = "application/json") =>
      send(place, { method: "POST", headers: { "Content-Type": type }, body });

    await t.step("a body of 1 MB: 413, with a length and without", async () => {
      const large = JSON.stringify({ ...URIS, client_name: "x".repeat(1_000_000) });
      assertAnswer(await post(large), 413, "payload_too_large");
      assertAnswer(await post(new Blob([large]).stream()), 413, "payload_too_large");
      assertAnswer(await post(`[${"[".repeat(40_000)}`), 413, "payload_too_large");
    });

    await t.step("more than 20 redirect URIs: 400", async () => {
      for (const count of [21, 1000]) {
        const redirect_uris = Array.from({ length: count }, (_, index) => `https://a.example/${index}`);
        assertAnswer(await sendJson(place, { redirect_uris }), 400, "invalid_redirect_uri");
      }
      const redirect_uris = Array.from({ length: 10_000 }, () => "https://a.example/");
      assertAnswer(await sendJson(place, { redirect_uris }), 413, "payload_too_large");
    });

    await t.step("bodies that are no metadata: 4xx, never 5xx", async () => {
      const bodies: readonly (readonly [string, number, string])[] = [
        ["", 400, "invalid_request"],
        ["{", 400, "invalid_request"],
        ["null", 400, "invalid_client_metadata"],
        ["[]", 400, "invalid_client_metadata"],
        ['"text"', 400, "invalid_client_metadata"],
        ["{}", 400, "invalid_redirect_uri"],
        ['{"redirect_uris":"https://app.example/cb"}', 400, "invalid_redirect_uri"],
        ['{"redirect_uris":{"length":1}}', 400, "invalid_redirect_uri"],
        ['{"redirect_uris":[["https://app.example/cb"]]}', 400, "invalid_redirect_uri"],
        ["[".repeat(20_000), 400, "invalid_request"],
      ];
      for (const [body, status, error] of bodies) {
        assertAnswer(await post(body), status, error, body.slice(0, 50));
      }
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json, text/html"]) {
        assertAnswer(await post(JSON.stringify(URIS), type), 415, "unsupported_media_type");
      }
    });

    await t.step("members that are too long or not what they must be: 400", async () => {
      const wrong: readonly Record<string, unknown>[] = [
        { client_name: "x".repeat(201) },
        { client_name: "a\0b" },
        { client_name: { toString: "x" } },
        {
          token_endpoint_auth_method: "private_key_jwt",
          jwks: { keys: [{ kty: "OKP", crv: "Ed25519", x: "x".repeat(43), kid: "\ud800" }] },
        },
        { client_uri: `https://app.example/${"x".repeat(2000)}` },
        { scope: "x".repeat(2001) },
        { grant_types: Array.from({ length: 21 }, () => "authorization_code") },
        { grant_types: ["password"] },
        { grant_types: ["implicit"] },
        { response_types: ["token"] },
        { token_endpoint_auth_method: "anything" },
      ];
      for (const members of wrong) {
        const answer = await sendJson(place, { ...URIS, ...members });
        assertAnswer(answer, 400, "invalid_client_metadata", JSON.stringify(members).slice(0, 50));
      }
    });

    await t.step("nothing of all this was recorded", async () => assert.equal(await registered(), 0));

    await t.step("a client says that it is trusted, known, somebody else: it is none of that", async () => {
      const boasts = {
        ...URIS,
        client_id: "https://claude.ai/client.json",
        client_secret: "simple-mcp-secret-123",
        client_name: "Claude",
        client_uri: "https://claude.ai",
        verified: true,
        origin: "operator",
        resource: `${url}/mcp`,
      };
      const answer = await post(JSON.stringify(boasts).replace("{", '{"__proto__":{"verified":true},'));
      assert.equal(answer.status, 201);
      const client = JSON.parse(answer.text);
      assert.match(client.client_id, /^client_[\w-]{22}$/);
      assert.notEqual(client.client_secret, boasts.client_secret);
      const [row] = await rows("select origin, verified, resource from oauth.clients where id = $1", [
        client.client_id,
      ]);
      assert.deepEqual(row, { origin: "registered", verified: false, resource: null });
      const flagged = "select from oauth.audit_log where event = 'client_name_borrowed' and client_id = $1";
      assert.equal((await rows(flagged, [client.client_id])).length, 1);
    });

    await t.step(
      "an id is random, no URL and no UUID; a secret comes only with a method that uses it",
      async () => {
        const clients = await Promise.all(Array.from({ length: 10 }, () => register(url)));
        assert.equal(new Set(clients.map((client) => client.client_id)).size, 10);
        for (const client of clients) {
          assert.match(client.client_id, /^client_[\w-]{22}$/);
          assert.equal("client_secret" in client, false);
        }
        const confidential = await register(url, { token_endpoint_auth_method: "client_secret_post" });
        assert.match(confidential.client_secret ?? "", /^[\w-]{43}$/);
      },
    );

    await t.step("what was registered cannot be read or changed by anybody", async () => {
      const { client_id } = await register(url);
      for (const method of ["GET", "PUT", "PATCH", "DELETE"]) {
        assert.equal((await send(place, { method })).status, 405, method);
        assert.equal((await send(`${place}/${client_id}`, { method })).status, 404, method);
      }
    });

    await t.step(
      "clients that nobody used are removed after 90 days, used and operators' ones are not",
      async () => {
        const used = await register(url);
        const young = await register(url);
        await redeem(url, await grantCode(url, used, await signInByPassword(url)));
        await rows(
          "update oauth.clients set created_at = created_at - interval '91 days' where id <> $1",
          [young.client_id],
        );
        await rows("select oauth.purge_expired()");
        const left = await rows<{ id: string }>("select id from oauth.clients order by id");
        assert.deepEqual(
          left.map(({ id }) => id),
          ["demo-resource-server", "simple-mcp-client", used.client_id, young.client_id].sort(),
        );
      },
    );
  }));

Deno.test("attack 13: registration that is off registers nobody and is not announced", () =>
  onStage(async ({ url, rows }) => {
    for (const path of ["/oauth/register", "/register"]) {
      assertAnswer(await sendJson(`${url}${path}`, URIS), 403, "access_denied");
    }
    const metadata = JSON.parse((await send(`${url}/.well-known/oauth-authorization-server`)).text);
    assert.equal("registration_endpoint" in metadata, false);
    const [row] = await rows(
      "select count(*)::integer as clients from oauth.clients where origin = 'registered'",
    );
    assert.deepEqual(row, { clients: 0 });
  }, { env: { REGISTRATION: "off" } }));

Deno.test("attack 13: registration without a good token, where one is needed", (t) =>
  onStage(async (stage) => {
    const { url, rows } = stage;
    const create = async (name: string, uses: number) => {
      const [row] = await rows<{ token: string }>(
        "select oauth.create_registration_token(p_name => $1, p_lifetime => '1 hour', p_most_uses => $2) as token",
        [name, uses],
      );
      assert.ok(row !== undefined);
      return row.token;
    };
    const registerAt = (at: string, Authorization?: string, body: unknown = URIS) =>
      sendJson(`${at}/oauth/register`, body, Authorization === undefined ? {} : { Authorization });
    const registered = async () =>
      (await rows("select from oauth.clients where origin = 'registered'")).length;

    await t.step("it is announced", async () => {
      const { text } = await send(`${url}/.well-known/oauth-authorization-server`);
      assert.equal(JSON.parse(text).registration_endpoint, `${url}/oauth/register`);
    });

    await t.step("no token, or another scheme: 401 with a challenge and no error in it", async () => {
      for (const header of [undefined, "Basic eDp5", "Negotiate x", await create("without scheme", 1)]) {
        const answer = await registerAt(url, header);
        assertAnswer(answer, 401, "invalid_token");
        assert.equal(answer.headers.get("WWW-Authenticate"), 'Bearer realm="sekisho"');
      }
      assertAnswer(await sendJson(`${url}/register`, URIS), 401, "invalid_token");
    });

    await t.step(
      "a token that is malformed, foreign, unknown, expired, revoked or used up: one answer",
      async () => {
        const [old, ended, used] = [
          await create("old", 1),
          await create("ended", 1),
          await create("used", 1),
        ];
        await rows("select oauth.revoke_registration_token('ended')");
        await rows(
          `update oauth.registration_tokens
        set created_at = created_at - interval '1 hour', expires_at = expires_at - interval '1 hour'
        where name = 'old'`,
        );
        assert.equal((await registerAt(url, `Bearer ${used}`)).status, 201);
        const session = await signInByPassword(url);
        const answers = [];
        for (
          const token of [
            "",
            "x",
            `${used}x`,
            used.slice(0, -1),
            `${used}, Bearer ${used}`,
            used.toUpperCase(),
            `registration_${"x".repeat(43)}`,
            `sb_secret_${"x".repeat(40)}`,
            "%00",
            "é".repeat(50),
            session,
            old,
            ended,
            used,
          ]
        ) {
          const answer = await registerAt(url, `Bearer ${token}`);
          assertAnswer(answer, 401, "invalid_token", token);
          answers.push(`${answer.headers.get("WWW-Authenticate")} ${answer.text}`);
        }
        assert.equal(new Set(answers).size, 1);
        assert.match(answers[0] ?? "", /^Bearer realm="sekisho", error="invalid_token", error_description="/);
      },
    );

    await t.step("a token travels in the header only", async () => {
      const token = await create("elsewhere", 1);
      for (const query of [`?access_token=${token}`, `?registration_token=${token}`]) {
        assertAnswer(await sendJson(`${url}/oauth/register${query}`, URIS), 401, "invalid_token");
      }
      assertAnswer(await registerAt(url, undefined, { ...URIS, access_token: token }), 401, "invalid_token");
    });

    await t.step(
      `${CALLERS} at once with a token of three uses, in two processes: three are registered`,
      async () => {
        const before = await registered();
        const token = await create("three", 3);
        const answers = await atOnce(stage, (at) => registerAt(at, `Bearer ${token}`));
        assert.deepEqual(counts(answers), { 201: 3, 401: CALLERS - 3 });
        assert.equal(await registered(), before + 3);
        const [row] = await rows("select uses from oauth.registration_tokens where name = 'three'");
        assert.deepEqual(row, { uses: 3 });
      },
    );

    await t.step(
      "metadata that is refused costs no use; what registers is as unverified as any other",
      async () => {
        const token = await create("one", 1);
        assertAnswer(
          await registerAt(url, `Bearer ${token}`, { redirect_uris: [] }),
          400,
          "invalid_redirect_uri",
        );
        const { client_id } = JSON.parse((await registerAt(url, `bearer ${token}`)).text);
        const [row] = await rows("select origin, verified from oauth.clients where id = $1", [client_id]);
        assert.deepEqual(row, { origin: "registered", verified: false });
      },
    );
  }, { env: { REGISTRATION: "token" }, processes: 2 }));

Deno.test("attack 13: 1000 registrations from one address, in two processes", () =>
  onStage(async (stage) => {
    const spoofed = (index: number) => ({
      [HEADER]: `203.0.113.${index % 256}`,
      "X-Real-IP": `203.0.113.${index % 256}`,
      "CF-Connecting-IP": `2001:db8::${index.toString(16)}`,
      Forwarded: `for=203.0.113.${index % 256}`,
    });
    const loopback = stage.urls.map((url) => url.replace("localhost", "127.0.0.1"));
    const answers = await flood(stage, 1000, (_, index) =>
      sendJson(`${loopback[index % 2]}/oauth/register`, URIS, spoofed(index)));
    assert.deepEqual(counts(answers), { 201: 10, 429: 990 });
    assertRetryAfter(answers);
    assert.equal(await registered(stage), 10);
    assert.deepEqual(await stage.rows("select from oauth.rate_counts"), []);

    const [row] = await stage.rows<{ kept: boolean }>(
      "select bool_and(address_hash = sha256('127.0.0.1')) as kept from oauth.clients where origin = 'registered'",
    );
    assert.deepEqual(row, { kept: true });
    // An hour later there is room again, and nobody remembers where they came from.
    await stage.rows("update oauth.clients set created_at = created_at - interval '1 hour'");
    assert.equal((await sendJson(`${loopback[0]}/oauth/register`, URIS)).status, 201);
    await stage.rows("select oauth.purge_expired()");
    assert.equal((await stage.rows("select from oauth.clients where address_hash is not null")).length, 1);
  }, { processes: 2, env: { RATE_REGISTER: "10" } }));

Deno.test("attack 13: 50 registrations at the same moment, in two processes: never more than the limit", () =>
  onStage(async (stage) => {
    const answers = await atOnce(
      stage,
      (url) => sendJson(url.replace("localhost", "127.0.0.1") + "/oauth/register", URIS),
    );
    assert.deepEqual(counts(answers), { 201: 10, 429: 40 });
    assert.equal(await registered(stage), 10);
  }, { processes: 2, env: { RATE_REGISTER: "10" } }));

Deno.test("attack 13: registrations from every address of a /64, from aliases, under made-up addresses", () =>
  onStage(async (stage) => {
    const from = (address: string, times: number) =>
      flood(stage, times, (url, index) => {
        const written = address.replace("*", index.toString(16));
        return sendJson(`${url}/oauth/register`, URIS, { [HEADER]: written });
      });
    const limits: readonly (readonly [what: string, address: string, times: number])[] = [
      ["one IPv4 address", "203.0.113.7", 100],
      ["a /64", "2001:db8:1:2::*", 1000],
      ["the same /64, otherwise written", "[2001:0DB8:0001:0002:ffff::*]:443", 20],
      ["another", "2001:db8:1:3:*::1", 100],
      ["what the client wrote before the proxy", "198.51.100.*, 203.0.113.8", 100],
      ["texts that are no address", "made up *", 100],
      ["nothing", "", 20],
    ];
    const rooms: Record<string, number> = {};
    for (const [what, address, times] of limits) {
      const answers = await from(address, times);
      assertRetryAfter(answers);
      rooms[what] = counts(answers)[201] ?? 0;
      assert.equal(answers.length, rooms[what] + (counts(answers)[429] ?? 0), what);
    }
    assert.deepEqual(rooms, {
      "one IPv4 address": 5,
      "a /64": 5,
      "the same /64, otherwise written": 0,
      "another": 5,
      "what the client wrote before the proxy": 5,
      "texts that are no address": 5,
      "nothing": 0,
    });
    for (
      const alias of ["::ffff:203.0.113.7", "::ffff:cb00:7107", "[::FFFF:203.0.113.7]:1", "203.0.113.7:1"]
    ) {
      assert.deepEqual(counts(await from(alias, 2)), { 429: 2 }, alias);
    }
    assert.equal(await registered(stage), 25);
  }, { env: { CLIENT_IP_HEADER: HEADER, RATE_REGISTER: "5" } }));

Deno.test("attack 13: a registration that somebody signed in with no longer counts, one that nobody used does", () =>
  onStage(async ({ url }) => {
    const session = await signInByPassword(url);
    for (let count = 0; count < 4; count++) {
      await redeem(url, await grantCode(url, await register(url), session));
    }
    for (const status of [201, 201, 429]) {
      assert.equal((await sendJson(`${url}/oauth/register`, URIS)).status, status);
    }
  }, { env: { RATE_REGISTER: "2" } }));
