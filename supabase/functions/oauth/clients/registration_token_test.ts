/** Which `Authorization` headers can hold a registration token at all. */
import assert from "node:assert/strict";
import { sha256 } from "../../_shared/encoding.ts";
import { OAuthError } from "../../_shared/oauth_error.ts";
import { hashRegistrationToken } from "./registration_token.ts";

const TOKEN = `registration_${"aA0_-".padEnd(43, "x")}`;

const refusal = (reason: string) => (error: unknown) =>
  error instanceof OAuthError && error.code === "invalid_token" && error.status === 401 &&
  error.reason === `registration_token_${reason}`;

Deno.test("hashRegistrationToken hashes the token behind Bearer, however that is written", async () => {
  for (const header of [`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER   ${TOKEN}`]) {
    assert.deepEqual(await hashRegistrationToken(header), await sha256(TOKEN));
  }
});

Deno.test("hashRegistrationToken takes every other scheme for no token", async () => {
  for (
    const header of [
      null,
      "",
      " ",
      "Basic YTpi",
      TOKEN,
      `Token ${TOKEN}`,
      `Bearer\t${TOKEN}`,
      ` Bearer ${TOKEN}`,
    ]
  ) {
    await assert.rejects(hashRegistrationToken(header), refusal("missing"), JSON.stringify(header));
  }
});

Deno.test("hashRegistrationToken refuses what cannot be a token of ours", async () => {
  for (
    const credentials of [
      "",
      "x",
      TOKEN.slice(0, -1),
      `${TOKEN}x`,
      `${TOKEN}=`,
      `${TOKEN} `,
      `${TOKEN}, Bearer ${TOKEN}`,
      `${TOKEN} ${TOKEN}`,
      TOKEN.replace("registration_", "Registration_"),
      TOKEN.replace("registration_", ""),
      TOKEN.replace("x", "é"),
      `sb_publishable_${"x".repeat(41)}`,
      "x".repeat(100_000),
    ]
  ) {
    await assert.rejects(
      hashRegistrationToken(`Bearer ${credentials}`),
      refusal("malformed"),
      credentials.slice(0, 80),
    );
  }
});
