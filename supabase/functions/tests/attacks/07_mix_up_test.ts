/**
 * Attack 7: a client that talks to several authorization servers is made to send one's code to another (RFC 9207,
 * RFC 9700 §4.4). Every answer by redirect says who it is from, byte for byte as metadata does; a code of one server is
 * worth nothing at another.
 */
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
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
import { assertAnswer, onStage, send, type Stage } from "./testing/attack_stage.ts";

/** `iss` of success, of a refusal at authorize, and of the person's refusal. */
async function issuersOf(stage: Stage): Promise<(string | null)[]> {
  const { url } = stage;
  // The session is asked for at the origin: on a bare host the pages live elsewhere than the functions.
  const session = await signInByPassword(new URL(url).origin);
  const client = await register(url);
  const parameters = await authorizeParameters(client, "v".repeat(43));
  const answers = [(await beginRequest(url, { ...parameters, prompt: "none" })).location];
  for (const decision of ["approve", "deny"]) {
    const begun = await beginRequest(url, parameters);
    const continued = await send(await decide(url, begun.id, session, decision), {
      headers: { Cookie: begun.cookie },
    });
    answers.push(continued.headers.get("Location") ?? "");
  }
  const kinds = answers.map((answer) =>
    [...new URL(answer).searchParams.keys()].filter((key) => key !== "state")
  );
  assert.deepEqual(kinds, [["error", "error_description", "iss"], ["code", "iss"], [
    "error",
    "error_description",
    "iss",
  ]]);
  return answers.map((answer) => new URL(answer).searchParams.get("iss"));
}

async function metadata(url: string): Promise<Record<string, unknown>> {
  const { status, text } = await send(url);
  assert.equal(status, 200, url);
  return JSON.parse(text);
}

const WELL_KNOWN = ["oauth-authorization-server", "openid-configuration"];

Deno.test("attack 7: iss at an origin", (t) =>
  onStage(async (stage) => {
    const { url } = stage;
    await t.step(
      "metadata says the issuer without a slash, in both well-known places, and promises iss",
      async () => {
        for (const name of WELL_KNOWN) {
          const found = await metadata(`${url}/.well-known/${name}`);
          assert.equal(found["issuer"], url);
          assert.equal(found["authorization_response_iss_parameter_supported"], true);
        }
        const resource = await metadata(`${url}/.well-known/oauth-protected-resource/mcp`);
        assert.deepEqual(resource["authorization_servers"], [url]);
      },
    );
    await t.step("success, refusal and the person's refusal carry it", async () => {
      assert.deepEqual(await issuersOf(stage), [url, url, url]);
    });
    await t.step("an access token carries it", async () => {
      const client = await register(url);
      const { body } = await redeem(url, await grantCode(url, client, await signInByPassword(url)));
      assert.equal(decodeJwt(body.access_token).iss, url);
    });
  }));

Deno.test("attack 7: iss at an issuer with a path", (t) =>
  onStage(async (stage) => {
    const { url } = stage;
    const issuer = `${url}/oauth`;
    await t.step("metadata says it, in both forms that can be served below the path", async () => {
      for (const name of WELL_KNOWN) {
        assert.equal((await metadata(`${issuer}/.well-known/${name}`))["issuer"], issuer);
      }
      const resource = await metadata(`${url}/mcp/.well-known/oauth-protected-resource`);
      assert.deepEqual(resource["authorization_servers"], [issuer]);
    });
    await t.step("nothing at the root of the host claims to be an issuer", async () => {
      for (const name of WELL_KNOWN) {
        assert.equal((await send(`${new URL(url).origin}/.well-known/${name}`)).status, 404);
      }
    });
    await t.step("success, refusal and the person's refusal carry it", async () => {
      assert.deepEqual(await issuersOf(stage), [issuer, issuer, issuer]);
    });
  }, { path: "/functions/v1" }));

Deno.test("attack 7: what one server issued, at another", (t) =>
  onStage((honest) =>
    onStage(async (other) => {
      const client = await register(honest.url);
      // The same client at both: an id and an address alone must not make a code fit.
      const [row] = await honest.rows<{ client: string }>(
        "select to_json(client)::text as client from oauth.clients as client where id = $1",
        [client.client_id],
      );
      await other.rows(
        "insert into oauth.clients select (json_populate_record(null::oauth.clients, $1::json)).*",
        [row?.client],
      );
      const granted = await grantCode(honest.url, client, await signInByPassword(honest.url));

      await t.step("a code: invalid_grant there, and still good here", async () => {
        assertAnswer(await redeem(other.url, granted), 400, "invalid_grant");
        assert.equal((await redeem(honest.url, granted)).status, 200);
      });

      await t.step("tokens: refused there", async () => {
        const again = await grantCode(honest.url, client, await signInByPassword(honest.url));
        const { body } = await redeem(honest.url, again);
        assertAnswer(await refresh(other.url, client, body.refresh_token), 400, "invalid_grant");
        assert.equal((await callTool(other.url, body.access_token, "get_time")).status, 401);
        assert.equal((await callTool(honest.url, body.access_token, "get_time")).status, 200);
      });
    })
  ));
