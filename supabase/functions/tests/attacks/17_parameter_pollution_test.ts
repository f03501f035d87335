/**
 * Attack 17: one parameter sent twice, in two places or in another encoding, so that two readers see two requests
 * (RFC 6749 §3.1 and §3.2, RFC 9700 §4.12; CVE-2026-9689, CVE-2026-9803). One reading, or a refusal; never a 5xx, and
 * nothing consumed.
 */
import assert from "node:assert/strict";
import {
  authorizeParameters,
  grantCode,
  redeem,
  refresh,
  register,
  signInByPassword,
} from "../testing/http_flow.ts";
import { assertAnswer, onStage, send } from "./testing/attack_stage.ts";

const FORM = "application/x-www-form-urlencoded";

/** Several resources are a request of another protocol (RFC 8707 §2); several of anything else are pollution. */
const refusalOf = (name: string) => name === "resource" ? "invalid_target" : "invalid_request";

/** UTF-16, little endian, with its mark. */
function utf16(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 + 2 * text.length);
  bytes.set([0xff, 0xfe]);
  for (let index = 0; index < text.length; index++) bytes[2 + 2 * index] = text.charCodeAt(index);
  return bytes;
}

Deno.test("attack 17: polluted requests", (t) =>
  onStage(async ({ url, rows }) => {
    const session = await signInByPassword(url);
    const client = await register(url);
    const other = await register(url);
    const secretive = await register(url, { token_endpoint_auth_method: "client_secret_basic" });
    const granted = await grantCode(url, client, session);
    const form = {
      grant_type: "authorization_code",
      client_id: client.client_id,
      code: granted.code,
      redirect_uri: "http://127.0.0.1:9/callback",
      code_verifier: granted.verifier,
      resource: `${url}/mcp`,
    };
    const good = new URLSearchParams(form).toString();
    const post = (body: BodyInit | null, headers: HeadersInit = { "Content-Type": FORM }, query = "") =>
      send(`${url}/oauth/token${query}`, { method: "POST", headers, body });
    const basic = (id: string, secret: string) => `Basic ${btoa(`${id}:${secret}`)}`;

    for (const name of Object.keys(form)) {
      await t.step(`token: ${name} twice: refused, equal or not, first or last`, async () => {
        for (const value of [Reflect.get(form, name), "other", "", other.client_id]) {
          const twice = `${name}=${encodeURIComponent(value)}`;
          assertAnswer(await post(`${good}&${twice}`), 400, refusalOf(name), twice);
          assertAnswer(await post(`${twice}&${good}`), 400, refusalOf(name), twice);
        }
        assertAnswer(
          await post(`${good}&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=x`),
          400,
          refusalOf(name),
        );
      });
    }

    await t.step("token: a parameter that nobody reads, twice: invalid_request all the same", async () => {
      assertAnswer(await post(`${good}&unknown=1&unknown=2`), 400, "invalid_request");
    });

    await t.step("token: parameters in the query: invalid_request, whatever they are", async () => {
      for (
        const query of [`?${good}`, "?x=y", `?client_id=${other.client_id}`, "?grant_type=refresh_token"]
      ) {
        assertAnswer(
          await post(good, { "Content-Type": FORM }, query),
          400,
          "invalid_request",
          query.slice(0, 30),
        );
      }
      assertAnswer(await send(`${url}/oauth/token?${good}`), 405, "method_not_allowed");
    });

    await t.step("token: credentials in two places, or two of them: refused", async () => {
      const { client_id = "", client_secret = "" } = secretive;
      const Authorization = basic(client_id, client_secret);
      const headers = { "Content-Type": FORM, Authorization };
      const mine = "grant_type=refresh_token&refresh_token=x";
      assertAnswer(await post(`${mine}&client_secret=${client_secret}`, headers), 400, "invalid_request");
      assertAnswer(await post(`${mine}&client_id=${other.client_id}`, headers), 400, "invalid_request");
      assertAnswer(await post(`${mine}&client_id=${client_id}`, headers), 400, "invalid_grant");
      const twice = new Headers({ "Content-Type": FORM });
      twice.append("Authorization", Authorization);
      twice.append("Authorization", basic(client.client_id, ""));
      assertAnswer(await post(mine, twice), 401, "invalid_client");
      // The public client's code, presented together with another client's credentials.
      assertAnswer(await post(good, headers), 400, "invalid_request");
      assertAnswer(await post(good.replace(/client_id=[^&]*&/, ""), headers), 400, "invalid_grant");
    });

    const types = [
      "application/json",
      "application/json, application/x-www-form-urlencoded",
      "application/x-www-form-urlencoded, application/json",
      "application/x-www-form-urlencoded; charset=utf-16",
      "application/x-www-form-urlencoded; charset=iso-8859-1",
      "application/x-www-form-urlencoded; charset=utf-8; charset=utf-16",
      "application/x-www-form-urlencodedx",
      "multipart/form-data; boundary=x",
      "text/plain",
      "*/*",
      "",
    ];
    for (const type of types) {
      await t.step(`token: as ${JSON.stringify(type)}: 415`, async () => {
        const body = type.startsWith("application/json") ? JSON.stringify(form) : good;
        assertAnswer(
          await post(new TextEncoder().encode(body), { "Content-Type": type }),
          415,
          "unsupported_media_type",
        );
      });
    }
    await t.step("token: a multipart form: 415; bytes that are no UTF-8: invalid_request", async () => {
      const multipart = new FormData();
      for (const [name, value] of Object.entries(form)) multipart.append(name, value);
      assertAnswer(await post(multipart, {}), 415, "unsupported_media_type");
      assertAnswer(await post(utf16(good)), 400, "invalid_request");
      assertAnswer(await post(new Uint8Array([0x63, 0x3d, 0xc3, 0x28])), 400, "invalid_request");
    });

    await t.step("token: an empty parameter is a missing one", async () => {
      assertAnswer(await post(good.replace(/code=[^&]*/, "code=")), 400, "invalid_request");
      assertAnswer(await post(good.replace(/grant_type=[^&]*/, "grant_type=")), 400, "invalid_request");
      assertAnswer(await post(good.replace(/client_id=[^&]*/, "client_id=")), 401, "invalid_client");
      assertAnswer(await post(""), 401, "invalid_client");
      assertAnswer(await post(null), 401, "invalid_client");
    });

    await t.step("token: names in other spellings are other names", async () => {
      assertAnswer(await post(good.replace("code=", "CODE=")), 400, "invalid_request");
      assertAnswer(await post(good.replace("code=", "code[]=")), 400, "invalid_request");
      assertAnswer(await post(good.replaceAll("&", ";")), 401, "invalid_client");
    });

    await t.step("token: control characters anywhere: invalid_request, never a 5xx", async () => {
      for (const name of Object.keys(form)) {
        for (const character of ["%00", "%0a", "%0d%0a", "%7f", "%c2%85"]) {
          const body = good.replace(new RegExp(`(^|&)${name}=`), `$&${character}`);
          assertAnswer(await post(body), 400, "invalid_request", `${name} ${character}`);
        }
      }
    });

    await t.step("authorize: each parameter twice: refused, and no request is made", async () => {
      const parameters = await authorizeParameters(client, "v".repeat(43), "product:read");
      const query = new URLSearchParams({ ...parameters, resource: `${url}/mcp`, prompt: "login" })
        .toString();
      for (const name of new URLSearchParams(query).keys()) {
        for (const value of ["", "other"]) {
          const answer = await send(`${url}/oauth/authorize?${query}&${name}=${value}`);
          const location = answer.headers.get("Location");
          if (name === "client_id" || name === "redirect_uri") {
            assert.deepEqual([answer.status, location], [400, null], name);
            continue;
          }
          assert.equal(answer.status, 303);
          const { searchParams } = new URL(location ?? "");
          assert.equal(searchParams.get("error"), refusalOf(name), name);
          // Of two states neither is the client's.
          assert.equal(searchParams.get("state"), name === "state" ? null : "a state");
        }
      }
      const [made] = await rows(
        "select count(*)::integer as made from oauth.authorization_requests where decision is null",
      );
      assert.deepEqual(made, { made: 0 });
    });

    await t.step("authorize: a body instead of a query is not read", async () => {
      const body = new URLSearchParams(await authorizeParameters(client, "v".repeat(43)));
      assertAnswer(await send(`${url}/oauth/authorize`, { method: "POST", body }), 405, "method_not_allowed");
    });

    await t.step("the code is still good after all this, and so is its refresh token", async () => {
      const { status, body } = await redeem(url, granted);
      assert.equal(status, 200);
      const twice =
        `grant_type=refresh_token&client_id=${client.client_id}&refresh_token=${body.refresh_token}`;
      assertAnswer(await post(`${twice}&refresh_token=${body.refresh_token}`), 400, "invalid_request");
      assertAnswer(await post(`${twice}&scope=product:read&scope=`), 400, "invalid_request");
      assert.equal((await refresh(url, client, body.refresh_token)).status, 200);
      const [used] = await rows("select count(*)::integer as tokens from oauth.refresh_tokens");
      assert.deepEqual(used, { tokens: 2 });
    });
  }));
