/** Settings of the embedded server: what is refused, and in which words. */
import assert from "node:assert/strict";
import { SettingsError } from "../functions/_shared/runtime/env.ts";
import { createProviders } from "./broker/providers.ts";
import { readLocalSettings } from "./local_settings.ts";

const BASE = { SEKISHO_SECRET: `test:${"A".repeat(43)}` };
const BOTH = {
  GOOGLE_CLIENT_ID: "g",
  GOOGLE_CLIENT_SECRET: "gs",
  LINE_CHANNEL_ID: "1",
  LINE_CHANNEL_SECRET: "ls",
};

Deno.test("readLocalSettings takes the credentials of a provider together, or none", async () => {
  const none = await readLocalSettings(BASE);
  assert.deepEqual([none.google, none.line], [null, null]);
  const settings = await readLocalSettings({ ...BASE, ...BOTH });
  assert.deepEqual(settings.google, { clientId: "g", clientSecret: "gs" });
  assert.deepEqual(settings.line, { clientId: "1", clientSecret: "ls" });
  for (const name of Object.keys(BOTH)) {
    await assert.rejects(
      () => readLocalSettings({ ...BASE, ...BOTH, [name]: "" }),
      (error) =>
        error instanceof SettingsError && error.message.startsWith(`${name}: is required together with`),
    );
    await assert.rejects(
      () => readLocalSettings({ ...BASE, ...BOTH, [name]: "two words" }),
      // Told which, never what: one of them is a secret.
      (error) =>
        error instanceof SettingsError && error.message === `${name}: must be printable ASCII without spaces`,
    );
  }
});

Deno.test("readLocalSettings says of a data folder that cannot be used which setting leads elsewhere", async () => {
  const file = await Deno.makeTempFile();
  try {
    await assert.rejects(
      () => readLocalSettings({ SEKISHO_DATA_DIR: file }),
      (error) =>
        error instanceof SettingsError &&
        error.message === `SEKISHO_DATA_DIR: ${file} cannot be used: Not a directory (os error 20)`,
    );
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("readLocalSettings writes the address of a port as browsers do", async () => {
  const cases = { "": "http://localhost:54321", "8080": "http://localhost:8080", "80": "http://localhost" };
  for (const [PORT, publicUrl] of Object.entries(cases)) {
    assert.equal((await readLocalSettings({ ...BASE, PORT })).publicUrl, publicUrl);
  }
});

Deno.test("createProviders offers what has credentials, at the addresses that everybody knows", async () => {
  const credentials = { clientId: "1234567890", clientSecret: "s" };
  assert.deepEqual(createProviders({ google: null, line: null }), []);
  const [line, ...more] = createProviders({ google: null, line: credentials });
  assert.deepEqual(more, []);
  assert.equal(line?.name, "custom:line");
  const trip = { state: "s", nonce: "n", verifier: "v".repeat(43) };
  const url = await line?.authorizationUrl(trip, "http://localhost:54321/auth/v1/callback");
  assert.equal(`${url?.origin}${url?.pathname}`, "https://access.line.me/oauth2/v2.1/authorize");
  assert.deepEqual(Object.fromEntries(url?.searchParams ?? []), {
    client_id: "1234567890",
    response_type: "code",
    redirect_uri: "http://localhost:54321/auth/v1/callback",
    scope: "openid profile",
    state: "s",
    nonce: "n",
    code_challenge: url?.searchParams.get("code_challenge") ?? "",
    code_challenge_method: "S256",
  });
  const [google] = createProviders({ google: credentials, line: null });
  assert.equal(google?.name, "google");
});
