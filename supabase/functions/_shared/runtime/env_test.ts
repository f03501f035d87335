import assert from "node:assert/strict";
import {
  readAccountSettings,
  readMcpSettings,
  readOAuthSettings,
  refuseUnknownNames,
  SettingsError,
} from "./env.ts";

const SECRET = `id:${"A".repeat(43)}`;

/** As little as a hosted function needs. */
const LEAST = {
  PUBLIC_URL: "https://auth.example",
  SUPABASE_URL: "https://ref.supabase.example",
  SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_x"}',
  SEKISHO_SECRET: SECRET,
  SEKISHO_OAUTH_DATABASE_URL: "postgresql://sekisho_oauth:password@db.example:5432/postgres",
};

/** Refused with exactly this line, which holds nothing of the value. */
function assertRefused(changes: Record<string, string>, line: string): void {
  assert.throws(() => readOAuthSettings({ ...LEAST, ...changes }), (error) => {
    assert.ok(error instanceof SettingsError);
    assert.equal(error.message, line);
    return true;
  });
}

Deno.test("readOAuthSettings fills in every default", () => {
  const { keyRing: _, ...settings } = readOAuthSettings(LEAST);
  assert.deepEqual(settings, {
    publicUrl: "https://auth.example",
    webUrl: "https://auth.example",
    allowedOrigins: ["https://auth.example", "https://auth.example"],
    registration: "open",
    trustedClientHosts: [],
    accessTokenSeconds: 900,
    refreshTokenSeconds: 2_592_000,
    refreshReplaySeconds: 60,
    codeReplaySeconds: 10,
    signingKeyDays: 90,
    registrationsPerHour: 10,
    tokenRequestsPerHour: 100,
    addressSource: { header: null, trustedHops: 1 },
    supabaseUrl: "https://ref.supabase.example",
    publishableKey: "sb_publishable_x",
    databaseUrl: LEAST.SEKISHO_OAUTH_DATABASE_URL,
  });
});

Deno.test("readOAuthSettings reads every setting that is given", () => {
  const settings = readOAuthSettings({
    ...LEAST,
    PUBLIC_URL: "https://ref.supabase.example/functions/v1",
    WEB_URL: "https://web.example",
    ALLOWED_ORIGINS: "https://a.example, http://b.example:8080",
    REGISTRATION: "off",
    ACCESS_TOKEN_SECONDS: "30",
    REFRESH_TOKEN_SECONDS: "60",
    REFRESH_REPLAY_SECONDS: "0",
    CODE_REPLAY_SECONDS: "0",
    SIGNING_KEY_DAYS: "30",
    RATE_REGISTER: "0",
    RATE_TOKEN: "7",
    CLIENT_IP_HEADER: "X-Forwarded-For",
    TRUSTED_HOPS: "2",
  });
  assert.equal(settings.registrationsPerHour, 0);
  assert.equal(settings.tokenRequestsPerHour, 7);
  assert.deepEqual(settings.addressSource, { header: "x-forwarded-for", trustedHops: 2 });
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
  assert.equal(settings.signingKeyDays, 30);
});

Deno.test("readOAuthSettings lets the inspector call a server on this computer, unless origins are given", () => {
  const local = { ...LEAST, PUBLIC_URL: "http://localhost:54321" };
  assert.ok(readOAuthSettings(local).allowedOrigins.includes("http://localhost:6274"));
  const given = readOAuthSettings({ ...local, ALLOWED_ORIGINS: "https://a.example" }).allowedOrigins;
  assert.ok(!given.includes("http://localhost:6274"));
  assert.ok(!readOAuthSettings(LEAST).allowedOrigins.includes("http://localhost:6274"));
});

Deno.test("readOAuthSettings takes an empty value for none", () => {
  assert.equal(
    readOAuthSettings({ ...LEAST, WEB_URL: "", ACCESS_TOKEN_SECONDS: "" }).webUrl,
    LEAST.PUBLIC_URL,
  );
  assertRefused({ PUBLIC_URL: "" }, "PUBLIC_URL: is missing");
});

Deno.test("readOAuthSettings takes the publishable key from the dictionary, then the legacy key", () => {
  const key = (keys?: string, anonKey?: string) =>
    readOAuthSettings({
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

Deno.test("readOAuthSettings names every required setting that is missing", () => {
  for (
    const name of [
      "PUBLIC_URL",
      "SUPABASE_URL",
      "SEKISHO_SECRET",
      "SEKISHO_OAUTH_DATABASE_URL",
    ]
  ) assertRefused({ [name]: "" }, `${name}: is missing`);
});

const URL_LINE = "must be an http or https URL";
const HTTPS_LINE = "must be https unless its host is loopback";

Deno.test("readOAuthSettings refuses a malformed URL by name and rule", () => {
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

Deno.test("readOAuthSettings refuses seconds and days that are no whole number or out of bounds", () => {
  for (
    const [name, least, most] of [
      ["ACCESS_TOKEN_SECONDS", 30, 86_400],
      ["REFRESH_TOKEN_SECONDS", 60, 31_536_000],
      ["REFRESH_REPLAY_SECONDS", 0, 600],
      ["CODE_REPLAY_SECONDS", 0, 600],
      ["SIGNING_KEY_DAYS", 1, 3650],
    ] as const
  ) {
    for (const value of ["canary", "-1", "1.5", "1e3", " 60", "0x3c", "9".repeat(10)]) {
      const unit = name.endsWith("DAYS") ? "days" : "seconds";
      assertRefused({ [name]: value }, `${name}: must be a whole number of ${unit}`);
    }
    const bounds = `${name}: must be between ${least} and ${most}`;
    if (least > 0) assertRefused({ [name]: String(least - 1) }, bounds);
    assertRefused({ [name]: String(most + 1) }, bounds);
    readOAuthSettings({ ...LEAST, [name]: String(least) });
    readOAuthSettings({ ...LEAST, [name]: String(most) });
  }
});

Deno.test("readOAuthSettings refuses everything else that is malformed", () => {
  for (const name of ["RATE_REGISTER", "RATE_TOKEN", "RATE_MCP"]) {
    // A hundred times the last would be more than a Postgres integer.
    for (const value of ["canary", "-1", "1.5", "21474837"]) {
      assertRefused({ [name]: value }, `${name}: must be a whole number per hour, below ten million`);
    }
    readOAuthSettings({ ...LEAST, [name]: "9999999" });
  }
  const header = "CLIENT_IP_HEADER: must be the name of a header";
  for (const value of ["can ary", "canary:", "canary,x", "é", "x".repeat(101)]) {
    assertRefused({ CLIENT_IP_HEADER: value }, header);
  }
  assertRefused(
    { CLIENT_IP_HEADER: "Forwarded" },
    "CLIENT_IP_HEADER: must be a header that holds addresses and nothing else",
  );
  for (const value of ["canary", "0", "-1", "1.5", "11", "01"]) {
    assertRefused(
      { CLIENT_IP_HEADER: "X-Forwarded-For", TRUSTED_HOPS: value },
      "TRUSTED_HOPS: must be a whole number between 1 and 10",
    );
  }
  assertRefused({ TRUSTED_HOPS: "1" }, "TRUSTED_HOPS: needs CLIENT_IP_HEADER");
  assert.equal(readOAuthSettings({ ...LEAST, REGISTRATION: "token" }).registration, "token");
  for (const value of ["canary", "Open", "on", "tokens", "open,token"]) {
    assertRefused({ REGISTRATION: value }, "REGISTRATION: must be open, token or off");
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
  assertRefused({ SUPABASE_URL: "canary" }, "SUPABASE_URL: must be an http or https URL");
  assertRefused({ SUPABASE_URL: "javascript:canary" }, "SUPABASE_URL: must be an http or https URL");
  assertRefused({ SUPABASE_URL: "http://kong:8000/" }, "SUPABASE_URL: must not end with a slash");
  const written = "must be written as browsers write it: lower case, no default port, no dots in the path";
  assertRefused({ WEB_URL: "https://Web.Example" }, `WEB_URL: ${written}`);
  assertRefused({ PUBLIC_URL: "https://a.example:443" }, `PUBLIC_URL: ${written}`);
  assertRefused({ PUBLIC_URL: "https://a.example/x/../y" }, `PUBLIC_URL: ${written}`);
  for (const value of ["canary", "mysql://canary", "postgresql://["]) {
    const name = "SEKISHO_OAUTH_DATABASE_URL";
    assertRefused({ [name]: value }, `${name}: must be a postgresql:// URL`);
  }
});

Deno.test("readOAuthSettings refuses a malformed secret without a letter of it", () => {
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

Deno.test("readMcpSettings needs no secret but its own way to the database", () => {
  const least = {
    PUBLIC_URL: "https://auth.example",
    SEKISHO_MCP_DATABASE_URL: "postgresql://mcp@db.example/postgres",
  };
  assert.deepEqual(readMcpSettings(least), {
    publicUrl: "https://auth.example",
    webUrl: "https://auth.example",
    allowedOrigins: ["https://auth.example", "https://auth.example"],
    databaseUrl: "postgresql://mcp@db.example/postgres",
    callsPerHour: 1000,
    apiKeyInQuery: false,
  });
  assert.equal(readMcpSettings({ ...least, API_KEY_IN_QUERY: "on" }).apiKeyInQuery, true);
  assert.throws(
    () => readMcpSettings({ ...least, API_KEY_IN_QUERY: "yes" }),
    /API_KEY_IN_QUERY: must be on or off/,
  );
  assert.throws(
    () => readMcpSettings({ ...least, SEKISHO_MCP_DATABASE_URL: "" }),
    /SEKISHO_MCP_DATABASE_URL: is missing/,
  );
});

Deno.test("readAccountSettings needs no secret but its own way to the database, and who to ask about people", () => {
  const least = {
    PUBLIC_URL: "https://auth.example",
    SEKISHO_ACCOUNT_DATABASE_URL: "postgresql://account@db.example/postgres",
    SUPABASE_URL: "https://ref.supabase.example",
    SUPABASE_ANON_KEY: "key",
  };
  assert.deepEqual(
    readAccountSettings({ ...least, TRUSTED_CLIENT_HOSTS: "a.example", CLIENT_IP_HEADER: "X-Real-IP" }),
    {
      publicUrl: "https://auth.example",
      webUrl: "https://auth.example",
      allowedOrigins: ["https://auth.example", "https://auth.example"],
      databaseUrl: "postgresql://account@db.example/postgres",
      trustedClientHosts: ["a.example"],
      addressSource: { header: "x-real-ip", trustedHops: 1 },
      supabaseUrl: "https://ref.supabase.example",
      publishableKey: "key",
    },
  );
  for (const name of ["SEKISHO_ACCOUNT_DATABASE_URL", "SUPABASE_URL"]) {
    assert.throws(() => readAccountSettings({ ...least, [name]: "" }), new RegExp(`${name}: is missing`));
  }
});

Deno.test("readOAuthSettings asks for WEB_URL where PUBLIC_URL has a path", () => {
  assertRefused(
    { PUBLIC_URL: "https://ref.supabase.example/functions/v1" },
    "WEB_URL: is required when PUBLIC_URL has a path, where no pages are served",
  );
});
