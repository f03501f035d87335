/** The Supabase Auth stand-in on the running product: it signs people in and opens nothing else. */
import assert from "node:assert/strict";
import pg from "pg";
import { signInByPassword } from "../functions/tests/testing/http_flow.ts";
import { createAuthStandIn } from "./auth_stand_in.ts";
import { publishableKey } from "./local_settings.ts";
import { onTestDatabase, startProductProcess } from "./testing/product_process.ts";
import { freshDemoDatabase } from "./testing/test_database.ts";

Deno.test("the sign-in stand-in serves sign-in only and grants the API roles nothing in our schemas", async () => {
  await using database = await freshDemoDatabase("http://localhost");
  await using product = await startProductProcess(onTestDatabase(database));
  assert.ok(await signInByPassword(product.url));
  assert.ok(await signInByPassword(product.url, "second_user@example.com"));

  for (const path of ["/rest/v1/", "/storage/v1/bucket", "/auth/v1/admin/users"]) {
    const response = await fetch(`${product.url}${path}`);
    await response.body?.cancel();
    // Either there is nothing, or it is a page of ours: never an answer of the stand-in's other halves.
    const isPage = response.headers.get("Content-Type")?.startsWith("text/html") ?? false;
    assert.ok(response.status >= 400 || isPage, `${path}: ${response.status}`);
  }

  // No mail leaves: a code of six digits could only be guessed, and a million guesses are an hour's work.
  const { publishable_key } = await (await fetch(`${product.url}/config.json`)).json();
  for (const path of ["recover", "otp", "magiclink", "resend", "reauthenticate", "verify"]) {
    const response = await fetch(`${product.url}/auth/v1/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", apikey: publishable_key },
      body: JSON.stringify({ type: "recovery", email: "demo_user@example.com", token: "000000" }),
    });
    await response.body?.cancel();
    assert.equal(response.status, 404, path);
  }

  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows: sent } = await client.query("select from auth.users where recovery_sent_at is not null");
    assert.deepEqual(sent, []);
    const { rows } = await client.query<{ role: string; schema: string; usage: boolean }>(
      `select role, schema, has_schema_privilege(role, schema, 'usage') as usage
      from unnest(array['anon', 'authenticated', 'service_role']) as role,
        unnest(array['oauth', 'access', 'shop']) as schema`,
    );
    assert.deepEqual(rows.filter((row) => row.usage), []);
  } finally {
    await client.end();
  }
});

Deno.test("the sign-in stand-in survives the end of its database sessions: whoever asks is told to come back", async () => {
  const siteUrl = "http://localhost";
  await using database = await freshDemoDatabase(siteUrl);
  const { url: databaseUrl, keyRing } = database;
  const key = await publishableKey(keyRing);
  const auth = await createAuthStandIn({
    databaseUrl,
    passwords: keyRing,
    publishableKey: key,
    publicUrl: siteUrl,
    siteUrl,
    providers: [],
    signUp: true,
    wrongPasswordsPerHour: 100,
  });
  const signedIn = await auth.fetch(
    new Request(`${siteUrl}/auth/v1/token?grant_type=password`, {
      method: "POST",
      headers: { "Content-Type": "application/json", apikey: key },
      body: JSON.stringify({ email: "demo_user@example.com", password: "demo_password" }),
    }),
    "192.0.2.1",
  );
  const { access_token } = await signedIn.json();
  const askUser = async () => {
    const headers = { Authorization: `Bearer ${access_token}`, apikey: key };
    const response = await auth.fetch(new Request(`${siteUrl}/auth/v1/user`, { headers }), "192.0.2.1");
    await response.body?.cancel();
    return { status: response.status, retryAfter: response.headers.get("Retry-After") };
  };
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    let refused = 0;
    for (let round = 0; round < 20; round++) {
      const answers = Array.from({ length: 8 }, askUser);
      await new Promise((resolve) => setTimeout(resolve, round));
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
      );
      for (const { status, retryAfter } of await Promise.all(answers)) {
        assert.ok(status === 200 || (status === 503 && retryAfter !== null), `answered ${status}`);
        if (status === 503) refused++;
      }
    }
    assert.ok(refused > 0, "no request met the end of a session");
    while ((await askUser()).status !== 200);
  } finally {
    await client.end();
    await auth.close();
  }
});

Deno.test("the sign-in stand-in refuses bodies that it would fail on", async () => {
  await using database = await freshDemoDatabase("http://localhost");
  await using product = await startProductProcess(onTestDatabase(database));
  const { publishable_key } = await (await fetch(`${product.url}/config.json`)).json();
  const session = await signInByPassword(product.url);
  const ask = async (method: string, path: string, body: string) => {
    const response = await fetch(`${product.url}/auth/v1/${path}`, {
      method,
      headers: {
        "Content-Type": "application/json",
        apikey: publishable_key,
        Authorization: `Bearer ${session}`,
      },
      body,
    });
    assert.doesNotMatch(await response.text(), /canary/);
    return response.status;
  };
  const values = [String.raw`"canary\u0000"`, String.raw`"canary\ud800"`, "5", "{}", "[]", "true"];
  for (const value of values) {
    for (
      const [method, path, name] of [
        ["POST", "token?grant_type=password", "email"],
        ["POST", "token?grant_type=refresh_token", "refresh_token"],
        ["POST", "token?grant_type=pkce", "auth_code"],
        ["POST", "signup", "password"],
        ["PUT", "user", "email"],
        ["POST", "factors", "friendly_name"],
      ] as const
    ) {
      const body = {
        email: "demo_user@example.com",
        password: "wrong",
        code_verifier: "x",
        factor_type: "totp",
      };
      const text = JSON.stringify({ ...body, [name]: "@" }).replace('"@"', () => value);
      assert.equal(await ask(method, path, text), 400, `${path} ${name} ${value}`);
    }
  }
  for (const body of ["null", "[]", "5", String.raw`{"data": {"x": "canary\u0000"}}`, "{", "\xff"]) {
    assert.equal(await ask("PUT", "user", body), 400, body);
  }
});

Deno.test("the sign-in stand-in counts wrong passwords of an address, and right ones of nobody", async () => {
  await using database = await freshDemoDatabase("http://localhost");
  await using product = await startProductProcess({
    ...onTestDatabase(database),
    RATE_TOKEN: "5",
    CLIENT_IP_HEADER: "X-Caller",
  });
  const { publishable_key } = await (await fetch(`${product.url}/config.json`)).json();
  const ask = async (password: string, address: string) => {
    const response = await fetch(`${product.url}/auth/v1/token?grant_type=password`, {
      method: "POST",
      headers: { "Content-Type": "application/json", apikey: publishable_key, "X-Caller": address },
      body: JSON.stringify({ email: "demo_user@example.com", password }),
    });
    await response.body?.cancel();
    return [response.status, Number(response.headers.get("Retry-After") ?? 0) > 3000];
  };
  for (let time = 0; time < 6; time++) {
    assert.deepEqual(await ask("demo_password", "192.0.2.1"), [200, false]);
  }
  const guesses = await Promise.all(
    Array.from({ length: 8 }, (_, time) => ask(`wrong ${time}`, "192.0.2.1")),
  );
  assert.equal(guesses.filter(([status]) => status === 400).length, 5);
  assert.equal(guesses.filter(([status]) => status === 429).length, 3);
  assert.deepEqual(await ask("demo_password", "192.0.2.1"), [429, true]);
  assert.deepEqual(await ask("demo_password", "192.0.2.2"), [200, false]);
});
