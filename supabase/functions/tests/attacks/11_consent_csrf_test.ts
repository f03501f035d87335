/**
 * Attack 11: consent forged or swapped (RFC 9700 §4.7, RFC 6749 §10.12; CVE-2026-27124, hydra #770). An attacker begins
 * and a victim approves, or a foreign page decides in a person's name: no code comes of it, and the request is dead.
 */
import assert from "node:assert/strict";
import {
  authorizeParameters,
  beginRequest,
  decide,
  REDIRECT_URI,
  register,
  signInByPassword,
} from "../testing/http_flow.ts";
import {
  type Answer,
  assertAnswer,
  atOnce,
  CALLERS,
  counts,
  onStage,
  send,
  sendJson,
} from "./testing/attack_stage.ts";

const EVIL = "https://evil.example";

function assertDead(answer: Answer) {
  assert.equal(answer.status, 400);
  assert.equal(answer.headers.get("Location"), null);
  assert.doesNotMatch(answer.text, /href|code=/);
}

Deno.test("attack 11: an authorization request begun by one and approved by another", (t) =>
  onStage(async (stage) => {
    const { url, urls: [, second = ""] } = stage;
    const session = await signInByPassword(url);
    const client = await register(url);
    const begin = async (cookie?: string) =>
      await beginRequest(url, await authorizeParameters(client, "v".repeat(43)), cookie);
    const go = (continueTo: string, cookie?: string) =>
      send(continueTo, cookie === undefined ? {} : { headers: { Cookie: cookie } });
    const codes = async () => {
      const [row] = await stage.rows<{ codes: number }>(
        "select count(*)::integer as codes from oauth.authorization_codes",
      );
      return row?.codes;
    };
    const attackers = await begin();
    const victims = await begin();
    assert.notEqual(attackers.cookie, victims.cookie);

    for (
      const [what, cookie] of [
        ["without a cookie", undefined],
        ["with a cookie of its own", victims.cookie],
        ["with a malformed cookie", "sekisho-browser=x"],
        ["with two cookies, of which one fits", `${victims.cookie}; ${attackers.cookie}`],
        ["with the cookie of https", attackers.cookie.replace("sekisho", "__Host-sekisho")],
      ] as const
    ) {
      await t.step(
        `the victim's browser ${what}: no code, and none for the attacker afterwards`,
        async () => {
          const before = await codes();
          const { id } = await begin(attackers.cookie);
          const continueTo = await decide(url, id, session);
          assertDead(await go(continueTo, cookie));
          // Even with cookie and secret in one hand, it is too late.
          assertDead(await go(continueTo, attackers.cookie));
          assertDead(await go(continueTo.replace(url, second), attackers.cookie));
          assert.equal(await codes(), before);
        },
      );
    }

    await t.step("the attacker's browser without the secret gets nothing, whatever it knows", async () => {
      const { id, cookie } = await begin(attackers.cookie);
      const continueTo = await decide(url, id, session);
      assertDead(await go(`${url}/oauth/continue/${id}`, cookie));
      assertDead(await go(`${url}/oauth/continue/${"x".repeat(43)}`, cookie));
      // Their guesses ended nothing: whoever decided still gets there, once.
      const answer = await go(continueTo, cookie);
      assert.equal(answer.status, 303);
      assert.ok(answer.headers.get("Location")?.startsWith(`${REDIRECT_URI}?code=`));
      assertDead(await go(continueTo, cookie));
    });

    await t.step("fifty decisions at once over two processes: one counts, the others are 409", async () => {
      const { id } = await begin();
      const answers = await atOnce(stage, (at) =>
        sendJson(
          `${at}/oauth/interaction/${id}`,
          { decision: "approve", scopes: ["product:read"] },
          { Authorization: `Bearer ${session}` },
        ));
      assert.deepEqual(counts(answers), { 200: 1, 409: CALLERS - 1 });
    });

    await t.step("fifty arrivals at once over two processes: one code", async () => {
      const before = await codes() ?? 0;
      const { id, cookie } = await begin();
      const continueTo = await decide(url, id, session);
      const answers = await atOnce(stage, (at) => go(continueTo.replace(url, at), cookie));
      assert.deepEqual(counts(answers), { 303: 1, 400: CALLERS - 1 });
      assert.equal(await codes(), before + 1);
    });

    await t.step("a request that is too old can be neither shown, decided nor continued", async () => {
      const undecided = await begin();
      const decided = await begin();
      const continueTo = await decide(url, decided.id, session);
      await stage.rows(
        "update oauth.authorization_requests set expires_at = expires_at - interval '10 minutes'",
      );
      const headers = { Authorization: `Bearer ${session}` };
      const place = `${url}/oauth/interaction/${undecided.id}`;
      assertAnswer(await send(place, { headers }), 410, "request_expired");
      assertAnswer(await sendJson(place, { decision: "deny" }, headers), 410, "request_expired");
      assertDead(await go(continueTo, decided.cookie));
    });
  }, { processes: 2 }));

Deno.test("attack 11: a decision forged by a foreign page", (t) =>
  onStage(async ({ url }) => {
    const session = await signInByPassword(url);
    const bearer = { Authorization: `Bearer ${session}` };
    const client = await register(url);
    const begun = await beginRequest(url, await authorizeParameters(client, "v".repeat(43)));
    const place = `${url}/oauth/interaction/${begun.id}`;
    const approval = { decision: "approve", scopes: ["product:read"] };

    await t.step("cookies alone are nobody, whatever is in them", async () => {
      for (const Cookie of [begun.cookie, `sb-access-token=${session}`, `Authorization=Bearer ${session}`]) {
        assertAnswer(await send(place, { headers: { Cookie } }), 401, "login_required");
        assertAnswer(await sendJson(place, approval, { Cookie }), 401, "login_required");
      }
    });

    await t.step("a page of another origin is refused, with the Bearer too, and may not read", async () => {
      for (
        const Origin of [
          EVIL,
          "null",
          `${url}.evil.example`,
          url.replace("localhost", "127.0.0.1"),
          "http://localhost",
        ]
      ) {
        for (
          const answer of [
            await send(place, { headers: { ...bearer, Origin } }),
            await sendJson(place, approval, { ...bearer, Origin }),
          ]
        ) {
          assertAnswer(answer, 403, "origin_not_allowed", Origin);
          assert.equal(answer.headers.get("Access-Control-Allow-Origin"), null);
        }
        const preflight = await send(place, {
          method: "OPTIONS",
          headers: { Origin, "Access-Control-Request-Method": "POST" },
        });
        assert.equal(preflight.headers.get("Access-Control-Allow-Origin"), null);
      }
    });

    await t.step("a form that needs no preflight is refused", async () => {
      for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]) {
        const headers = { ...bearer, "Content-Type": type };
        const answer = await send(place, { method: "POST", headers, body: JSON.stringify(approval) });
        assertAnswer(answer, 415, "unsupported_media_type");
      }
      assertAnswer(await send(`${place}?decision=approve`, { headers: {} }), 401, "login_required");
    });

    await t.step(
      "the pages' own origin may read, without credentials; a caller without Origin may ask",
      async () => {
        const own = await send(place, { headers: { ...bearer, Origin: url } });
        assert.equal(own.status, 200);
        assert.equal(own.headers.get("Access-Control-Allow-Origin"), url);
        assert.equal(own.headers.get("Access-Control-Allow-Credentials"), null);
        assert.equal((await send(place, { headers: bearer })).status, 200);
      },
    );

    await t.step("what the form says of client, address, person and state is not looked at", async () => {
      const other = await register(url, { redirect_uris: [`${EVIL}/cb`] });
      const decided = await sendJson(place, {
        ...approval,
        client_id: other.client_id,
        redirect_uri: `${EVIL}/cb`,
        person_id: "00000000-0000-4000-8000-000000000002",
        state: "forged",
        resource: `${EVIL}/mcp`,
      }, bearer);
      assert.equal(decided.status, 200);
      const answer = await send(JSON.parse(decided.text).continue_to, { headers: { Cookie: begun.cookie } });
      const location = new URL(answer.headers.get("Location") ?? "");
      assert.equal(`${location.origin}${location.pathname}`, REDIRECT_URI);
      assert.equal(location.searchParams.get("state"), "a state");
    });

    await t.step("a second decision is 409, by anybody, for anything", async () => {
      const second = await signInByPassword(url, "second_user@example.com");
      for (const person of [session, second]) {
        for (const body of [approval, { decision: "deny" }]) {
          const answer = await sendJson(place, body, { Authorization: `Bearer ${person}` });
          assertAnswer(answer, 409, "already_decided");
        }
      }
    });
  }));

Deno.test("attack 11: on https the browser's cookie cannot be planted from a subdomain", () =>
  onStage(async ({ urls: [at = ""] }) => {
    const { client_id } = await register(at);
    const begin = async (Cookie: string) => {
      const query = new URLSearchParams(await authorizeParameters({ client_id }, "v".repeat(43)));
      const answer = await send(`${at}/oauth/authorize?${query}`, { headers: { Cookie } });
      assert.equal(answer.status, 303);
      return answer.headers.get("Set-Cookie") ?? "";
    };
    const planted = "p".repeat(43);
    const set = await begin(`sekisho-browser=${planted}`);
    assert.match(set, /^__Host-sekisho-browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    assert.ok(!set.includes(planted));
    const [own = ""] = set.split(";");
    assert.ok((await begin(own)).startsWith(`${own};`));
    assert.ok(!(await begin(`${own}; __Host-sekisho-browser=${planted}`)).startsWith(`${own};`));
  }, { publicUrl: "https://auth.example" }));
