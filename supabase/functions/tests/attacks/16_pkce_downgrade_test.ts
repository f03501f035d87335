/**
 * Attack 16: PKCE weakened or left out (RFC 7636 §4, RFC 9700 §4.8, OAuth 2.1 §4.1.1). There is S256 and nothing else, on
 * every request, for every client; a code without its verifier is worth nothing.
 */
import assert from "node:assert/strict";
import { toBase64Url } from "../../_shared/encoding.ts";
import {
  askToken,
  authorizeParameters,
  beginRequest,
  grantCode,
  redeem,
  register,
  signInByPassword,
} from "../testing/http_flow.ts";
import { assertAnswer, onStage, send } from "./testing/attack_stage.ts";

const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/** Overrides of a good request; null leaves a parameter out. */
const REFUSED: readonly (readonly [string, Record<string, string | null>])[] = [
  ["no challenge", { code_challenge: null }],
  ["no challenge and no method", { code_challenge: null, code_challenge_method: null }],
  ["an empty challenge", { code_challenge: "" }],
  ["no method, which would mean plain", { code_challenge_method: null }],
  ["an empty method", { code_challenge_method: "" }],
  ["plain", { code_challenge_method: "plain" }],
  ["plain with the verifier itself", { code_challenge_method: "plain", code_challenge: "v".repeat(43) }],
  ["s256", { code_challenge_method: "s256" }],
  ["S256 and a space", { code_challenge_method: "S256 " }],
  ["S256 plain", { code_challenge_method: "S256 plain" }],
  ["S512", { code_challenge_method: "S512" }],
  ["42 characters", { code_challenge: CHALLENGE.slice(1) }],
  ["44 characters", { code_challenge: `${CHALLENGE}A` }],
  ["padding", { code_challenge: `${CHALLENGE}=` }],
  ["base64 that is not base64url", { code_challenge: CHALLENGE.replace("-", "+") }],
  ["hexadecimal", { code_challenge: "a1".repeat(32) }],
  ["128 characters", { code_challenge: "v".repeat(128) }],
  ["a space", { code_challenge: ` ${CHALLENGE.slice(1)}` }],
];

Deno.test("attack 16: PKCE downgraded", (t) =>
  onStage(async ({ url, rows }) => {
    const session = await signInByPassword(url);
    const publicClient = await register(url);
    const confidential = await register(url, { token_endpoint_auth_method: "client_secret_post" });

    await t.step("metadata lists S256 and nothing else", async () => {
      for (const name of ["oauth-authorization-server", "openid-configuration"]) {
        const { text } = await send(`${url}/.well-known/${name}`);
        assert.deepEqual(JSON.parse(text).code_challenge_methods_supported, ["S256"]);
      }
    });

    for (const [what, overrides] of REFUSED) {
      await t.step(
        `authorize with ${what}: invalid_request, for public and confidential clients`,
        async () => {
          for (const client of [publicClient, confidential]) {
            const parameters = { ...await authorizeParameters(client, "v".repeat(43)), ...overrides };
            const sent = Object.entries(parameters).flatMap(([name, value]) =>
              value === null ? [] : [[name, value]]
            );
            const { location } = await beginRequest(url, Object.fromEntries(sent));
            assert.equal(new URL(location).searchParams.get("error"), "invalid_request");
          }
        },
      );
    }

    await t.step("authorize with two challenges or two methods: invalid_request", async () => {
      const query = new URLSearchParams(await authorizeParameters(publicClient, "v".repeat(43)));
      for (
        const twice of [
          `code_challenge=${CHALLENGE}`,
          "code_challenge_method=plain",
          "code_challenge_method=S256",
        ]
      ) {
        const answer = await send(`${url}/oauth/authorize?${query}&${twice}`);
        const location = new URL(answer.headers.get("Location") ?? "");
        assert.equal(location.searchParams.get("error"), "invalid_request", twice);
      }
    });

    await t.step(
      "nothing of this was recorded, and the database itself keeps no other challenge",
      async () => {
        const [made] = await rows("select count(*)::integer as made from oauth.authorization_requests");
        assert.deepEqual(made, { made: 0 });
      },
    );

    await t.step("the token endpoint without a verifier: invalid_request; the code stays good", async () => {
      for (const client of [publicClient, confidential]) {
        const granted = await grantCode(url, client, session);
        const secret: Record<string, string> = client.client_secret === undefined
          ? {}
          : { client_secret: client.client_secret };
        const form = {
          grant_type: "authorization_code",
          client_id: client.client_id,
          code: granted.code,
          ...secret,
        };
        assertAnswer(await askToken(url, form), 400, "invalid_request");
        assertAnswer(await askToken(url, { ...form, code_verifier: "" }), 400, "invalid_request");
        const digest = new Uint8Array(
          await crypto.subtle.digest("SHA-256", new TextEncoder().encode(granted.verifier)),
        );
        const wrong = [
          // The challenge itself: what a man in the middle of the front channel has seen.
          toBase64Url(digest),
          granted.verifier.slice(0, -1),
          granted.verifier.slice(0, 42),
          `${granted.verifier}A`,
          `${granted.verifier}=`,
          ` ${granted.verifier}`,
          granted.verifier.toUpperCase(),
          "v".repeat(43),
          "v".repeat(129),
          "plain",
        ];
        for (const code_verifier of wrong) {
          assertAnswer(await askToken(url, { ...form, code_verifier }), 400, "invalid_grant", code_verifier);
        }
        assert.equal((await redeem(url, granted, secret)).status, 200);
      }
    });

    await t.step(
      "two verifiers: invalid_request; the method at the token endpoint is not looked at",
      async () => {
        const granted = await grantCode(url, publicClient, session);
        const form = new URLSearchParams({
          grant_type: "authorization_code",
          client_id: publicClient.client_id,
          code: granted.code,
          code_verifier: granted.verifier,
        });
        form.append("code_verifier", granted.verifier);
        const answer = await send(`${url}/oauth/token`, { method: "POST", body: form });
        assertAnswer(answer, 400, "invalid_request");
        const plain = {
          code_challenge_method: "plain",
          code_challenge: "w".repeat(43),
          code_verifier: "w".repeat(43),
        };
        assertAnswer(await redeem(url, granted, plain), 400, "invalid_grant");
        assert.equal((await redeem(url, granted)).status, 200);
      },
    );
  }));
