import assert from "node:assert/strict";
import { readSettings, refuseUnknownNames, SettingsError } from "./env.ts";

const SECRET = `id:${"A".repeat(43)}`;

/** As little as a hosted function needs. */
const LEAST = {
  PUBLIC_URL: "https://auth.example",
  SUPABASE_URL: "https://ref.supabase.example",
  SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_x"}',
  SEKISHO_SECRET: SECRET,
  SEKISHO_OAUTH_DATABASE_URL: "postgresql://sekisho_oauth:password@db.example:5432/postgres",
  SEKISHO_MCP_DATABASE_URL: "postgresql://sekisho_mcp:password@db.example:5432/postgres",
};

/** Refused with exactly this line, which holds nothing of the value. */
function assertRefused(changes: Record<string, string>, line: string): void {
  assert.throws(() => readSettings({ ...LEAST, ...changes }), (error) => {
    assert.ok(error instanceof SettingsError);
    assert.equal(error.message, line);
    return true;
  });
}

Deno.test("readSettings fills in every default", () => {
  const { keyRing: _, ...settings } = readSettings(LEAST);
  assert.deepEqual(settings, {
    publicUrl: "https://auth.example",
    webUrl: "https://auth.example",
    allowedOrigins: ["https://auth.example", "https://auth.example"],
    registration: "open",
    accessTokenSeconds: 900,
    refreshTokenSeconds: 2_592_000,
    refreshReplaySeconds: 60,
    codeReplaySeconds: 10,
    supabaseUrl: "https://ref.supabase.example",
    publishableKey: "sb_publishable_x",
    oauthDatabaseUrl: LEAST.SEKISHO_OAUTH_DATABASE_URL,
    mcpDatabaseUrl: LEAST.SEKISHO_MCP_DATABASE_URL,
  });
});

Deno.test("readSettings reads every setting that is given", () => {
  const settings = readSettings({
    ...LEAST,
    PUBLIC_URL: "https://ref.supabase.example/functions/v1",
    WEB_URL: "https://web.example",
    ALLOWED_ORIGINS: "https://a.example, http://b.example:8080",
    REGISTRATION: "off",
    ACCESS_TOKEN_SECONDS: "30",
    REFRESH_TOKEN_SECONDS: "60",
    REFRESH_REPLAY_SECONDS: "0",
    CODE_REPLAY_SECONDS: "0",
  });
  assert.equal(settings.publicUrl, "https://ref.supabase.example/functions/v1");
  assert.equal(settings.webUrl, "https://web.example");
  assert.deepEqual(settings.allowedOrigins, [
    "https://ref.supabase.example",
    "https://web.example",
    "https://a.example",
    "http://b.example:8080",
  ]);
  assert.equal(settings.registration, "off");
  assert.equal(settings.accessTokenSeconds, 30);
  assert.equal(settings.refreshTokenSeconds, 60);
  assert.equal(settings.refreshReplaySeconds, 0);
  assert.equal(settings.codeReplaySeconds, 0);
});

Deno.test("readSettings lets the inspector call a server on this computer, unless origins are given", () => {
  const local = { ...LEAST, PUBLIC_URL: "http://localhost:54321" };
  assert.ok(readSettings(local).allowedOrigins.includes("http://localhost:6274"));
  const given = readSettings({ ...local, ALLOWED_ORIGINS: "https://a.example" }).allowedOrigins;
  assert.ok(!given.includes("http://localhost:6274"));
  assert.ok(!readSettings(LEAST).allowedOrigins.includes("http://localhost:6274"));
});

Deno.test("readSettings takes an empty value for none", () => {
  assert.equal(readSettings({ ...LEAST, WEB_URL: "", ACCESS_TOKEN_SECONDS: "" }).webUrl, LEAST.PUBLIC_URL);
  assertRefused({ PUBLIC_URL: "" }, "PUBLIC_URL: is missing");
});

Deno.test("readSettings takes the publishable key from the dictionary, then the legacy key", () => {
  const key = (keys?: string, anonKey?: string) =>
    readSettings({
      ...LEAST,
      SUPABASE_PUBLISHABLE_KEYS: keys ?? "",
      ...(anonKey === undefined ? {} : { SUPABASE_ANON_KEY: anonKey }),
    }).publishableKey;
  assert.equal(key('{"web":"w","default":"d"}', "legacy"), "d");
  assert.equal(key('{"web":"w"}', "legacy"), "w");
  assert.equal(key(undefined, "legacy"), "legacy");
  assert.equal(key("{}", "legacy"), "legacy");
  assert.equal(key("not json", "legacy"), "legacy");
  const line = "SUPABASE_PUBLISHABLE_KEYS: is missing or not a dictionary of keys";
  assertRefused({ SUPABASE_PUBLISHABLE_KEYS: "" }, line);
  assertRefused({ SUPABASE_PUBLISHABLE_KEYS: '["canary"]' }, line);
});

Deno.test("readSettings names every required setting that is missing", () => {
  for (
    const name of [
      "PUBLIC_URL",
      "SUPABASE_URL",
      "SEKISHO_SECRET",
      "SEKISHO_OAUTH_DATABASE_URL",
      "SEKISHO_MCP_DATABASE_URL",
    ]
  ) assertRefused({ [name]: "" }, `${name}: is missing`);
});

const URL_LINE = "must be an http or https URL";
const HTTPS_LINE = "must be https unless its host is loopback";

Deno.test("readSettings refuses a malformed URL by name and rule", () => {
  for (const name of ["PUBLIC_URL", "WEB_URL"]) {
    for (
      const [value, rule] of [
        ["canary", URL_LINE],
        ["ftp://canary.example", URL_LINE],
        ["https://user:canary@a.example", URL_LINE],
        ["https://canary.example?query", URL_LINE],
        ["https://canary.example#fragment", URL_LINE],
        ["https://canary.example\\x", URL_LINE],
        ["HTTPS://canary.example", URL_LINE],
        [" https://canary.example", URL_LINE],
        ["https://canary.example/", "must not end with a slash"],
        ["https://canary.example/path/", "must not end with a slash"],
        ["https://canary:99999", URL_LINE],
        ["http://canary.example", HTTPS_LINE],
        ["http://localhost.canary.example", HTTPS_LINE],
        ["http://127.0.0.2", HTTPS_LINE],
      ] as const
    ) assertRefused({ [name]: value }, `${name}: ${rule}`);
  }
});

Deno.test("readSettings refuses seconds that are no whole number or out of bounds", () => {
  for (
    const [name, least, most] of [
      ["ACCESS_TOKEN_SECONDS", 30, 86_400],
      ["REFRESH_TOKEN_SECONDS", 60, 31_536_000],
      ["REFRESH_REPLAY_SECONDS", 0, 600],
      ["CODE_REPLAY_SECONDS", 0, 600],
    ] as const
  ) {
    for (const value of ["canary", "-1", "1.5", "1e3", " 60", "0x3c", "9".repeat(10)]) {
      assertRefused({ [name]: value }, `${name}: must be a whole number of seconds`);
    }
    const bounds = `${name}: must be between ${least} and ${most}`;
    if (least > 0) assertRefused({ [name]: String(least - 1) }, bounds);
    assertRefused({ [name]: String(most + 1) }, bounds);
    readSettings({ ...LEAST, [name]: String(least) });
    readSettings({ ...LEAST, [name]: String(most) });
  }
});

Deno.test("readSettings refuses everything else that is malformed", () => {
  for (const name of ["RATE_REGISTER", "RATE_TOKEN", "RATE_MCP"]) {
    for (const value of ["canary", "-1", "1.5"]) {
      assertRefused({ [name]: value }, `${name}: must be a whole number per hour`);
    }
  }
  for (const value of ["canary", "Open", "on"]) {
    assertRefused({ REGISTRATION: value }, "REGISTRATION: must be open or off");
  }
  for (
    const value of [
      "canary",
      "https://a.example/",
      "https://a.example/path",
      "null",
      "*",
      "https://a.example,x",
    ]
  ) {
    assertRefused({ ALLOWED_ORIGINS: value }, "ALLOWED_ORIGINS: must be a list of origins");
  }
  assertRefused({ SUPABASE_URL: "canary" }, "SUPABASE_URL: must be a URL");
  for (const name of ["SEKISHO_OAUTH_DATABASE_URL", "SEKISHO_MCP_DATABASE_URL"]) {
    for (const value of ["canary", "mysql://canary", "postgresql://["]) {
      assertRefused({ [name]: value }, `${name}: must be a postgresql:// URL`);
    }
  }
});

Deno.test("readSettings refuses a malformed secret without a letter of it", () => {
  const rule = "SEKISHO_SECRET: must be id:key[,id:key] with keys of 32 bytes in base64url";
  for (const value of ["canary", "id:canary", "A".repeat(43), `${SECRET},`]) {
    assertRefused({ SEKISHO_SECRET: value }, rule);
  }
  assertRefused({ SEKISHO_SECRET: `${SECRET},${SECRET}` }, "SEKISHO_SECRET: names a key id twice");
});

Deno.test("refuseUnknownNames refuses a mistyped name and leaves other people's names alone", () => {
  for (const name of ["SEKISHO_SECRETS", "SEKISHO_", "SEKISHO_PUBLIC_URL"]) {
    assertRefused({ [name]: "canary" }, `${name}: is not a setting of Sekisho`);
    assert.throws(() => refuseUnknownNames({ [name]: "" }), SettingsError);
  }
  refuseUnknownNames({ PATH: "x", SEKISHO: "x", sekisho_secret: "x", SEKISHO_DATA_DIR: "x" });
});
