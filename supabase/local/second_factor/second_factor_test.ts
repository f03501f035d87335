/** Second factors over HTTP, as auth-js asks for them: enrolled, challenged, proved, lost. */
import assert from "node:assert/strict";
import { AuthClient } from "@supabase/auth-js";
import pg from "pg";
import { freePort, onTestDatabase, startProductProcess } from "../testing/product_process.ts";
import { freshDemoDatabase, type TestDatabase } from "../testing/test_database.ts";
import { codeAt } from "./totp.ts";

type Auth = InstanceType<typeof AuthClient>;

interface Scene {
  readonly url: string;
  readonly database: TestDatabase;
  /** A browser with storage of its own, signed in by password. */
  signIn(): Promise<Auth>;
  rows(sql: string): Promise<Record<string, unknown>[]>;
}

function test(name: string, run: (scene: Scene) => Promise<void>): void {
  Deno.test(name, async () => {
    const port = freePort();
    const url = `http://localhost:${port}`;
    await using database = await freshDemoDatabase(url);
    await using product = await startProductProcess({ ...onTestDatabase(database), PORT: String(port) });
    const { publishable_key } = await (await fetch(`${product.url}/config.json`)).json();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await run({
        url,
        database,
        async signIn() {
          const auth = new AuthClient({
            url: `${url}/auth/v1`,
            headers: { apikey: publishable_key },
            autoRefreshToken: false,
            persistSession: false,
          });
          const { error } = await auth.signInWithPassword({
            email: "demo_user@example.com",
            password: "demo_password",
          });
          assert.equal(error, null);
          return auth;
        },
        rows: async (sql) => (await client.query(sql)).rows,
      });
    } finally {
      await client.end();
    }
  });
}

/** Enrols and proves the factor with the code of the step before: later codes stay unused. */
async function enrol(auth: Auth): Promise<{ id: string; secret: string; used: string }> {
  const { data, error } = await auth.mfa.enroll({ factorType: "totp", friendlyName: "phone" });
  assert.equal(error, null);
  assert.ok(data?.type === "totp");
  assert.match(data.totp.uri, /^otpauth:\/\/totp\//);
  const used = codeAt(data.totp.secret, Date.now() - 30_000);
  const verified = await auth.mfa.challengeAndVerify({ factorId: data.id, code: used });
  assert.equal(verified.error, null);
  return { id: data.id, secret: data.totp.secret, used };
}

const levels = async (auth: Auth) => {
  const { data } = await auth.mfa.getAuthenticatorAssuranceLevel();
  return [data?.currentLevel, data?.nextLevel];
};

test("second factor: a code raises the session, and the level survives a refresh", async ({ signIn, rows }) => {
  const first = await signIn();
  assert.deepEqual(await levels(first), ["aal1", "aal1"]);
  const elsewhere = await signIn();
  const { secret } = await enrol(first);
  assert.deepEqual(await levels(first), ["aal2", "aal2"]);
  // Sessions that lack the factor ended.
  assert.ok((await elsewhere.getUser()).error);

  const second = await signIn();
  assert.deepEqual(await levels(second), ["aal1", "aal2"]);
  const { data: factors } = await second.mfa.listFactors();
  const [factor] = factors?.totp ?? [];
  assert.ok(factor);
  const raised = await second.mfa.challengeAndVerify({
    factorId: factor.id,
    code: codeAt(secret, Date.now()),
  });
  assert.equal(raised.error, null);
  assert.equal((await second.refreshSession()).error, null);
  assert.deepEqual(await levels(second), ["aal2", "aal2"]);
  const { data } = await second.mfa.getAuthenticatorAssuranceLevel();
  const methods = (data?.currentAuthenticationMethods ?? []).map((entry) =>
    typeof entry === "string" ? entry : entry.method
  );
  assert.deepEqual(methods.sort(), ["password", "totp"]);
  // The database alone makes no code.
  const [row] = await rows("select secret from auth.mfa_factors");
  assert.ok(!JSON.stringify(row).includes(secret));
});

test("second factor: a code is good once, in its time, and guesses are counted", async ({ signIn, rows }) => {
  const { id, secret, used } = await enrol(await signIn());
  const auth = await signIn();
  const tell = async (code: string) => {
    const { error } = await auth.mfa.challengeAndVerify({ factorId: id, code });
    return error?.code ?? "right";
  };
  assert.equal(await tell(used), "mfa_verification_failed");
  assert.equal(await tell(codeAt(secret, Date.now() + 300_000)), "mfa_verification_failed");
  for (const code of ["", "12345", "no code"]) {
    assert.equal(await tell(code), "mfa_verification_failed");
  }
  // Five wrong ones: even the right one waits.
  assert.equal(await tell(codeAt(secret, Date.now())), "over_request_rate_limit");
  await rows("update auth.second_factor_tries set wrong_since = now() - interval '6 minutes'");
  assert.equal(await tell(codeAt(secret, Date.now())), "right");
});

test("second factor: simultaneous guesses are all counted, and one code raises one session", async (scene) => {
  const { id, secret } = await enrol(await scene.signIn());
  const auth = await scene.signIn();
  const guesses = await Promise.all(
    Array.from({ length: 12 }, () => auth.mfa.challengeAndVerify({ factorId: id, code: "000000" })),
  );
  const told = guesses.map(({ error }) => error?.code);
  assert.equal(told.filter((code) => code === "mfa_verification_failed").length, 5);
  assert.equal(told.filter((code) => code === "over_request_rate_limit").length, 7);
  await scene.rows("update auth.second_factor_tries set wrong = 0");
  const two = await Promise.all([scene.signIn(), scene.signIn()]);
  const code = codeAt(secret, Date.now());
  const raised = await Promise.all(two.map((each) => each.mfa.challengeAndVerify({ factorId: id, code })));
  assert.equal(raised.filter(({ error }) => error === null).length, 1);
});

test("second factor: a session without it changes nothing that guards the account", async ({ url, signIn, rows }) => {
  const { id } = await enrol(await signIn());
  const auth = await signIn();
  assert.equal((await auth.mfa.unenroll({ factorId: id })).error?.code, "insufficient_aal");
  assert.equal((await auth.mfa.enroll({ factorType: "totp" })).error?.code, "insufficient_aal");
  assert.equal((await auth.updateUser({ password: "another_password" })).error?.code, "insufficient_aal");
  // The same address in another spelling is none.
  const { publishable_key } = await (await fetch(`${url}/config.json`)).json();
  const session = (await auth.getSession()).data.session?.access_token;
  const spelled = await fetch(`${url}/auth/v1/use%72`, {
    method: "PUT",
    headers: {
      "Content-Type": "application/json",
      apikey: publishable_key,
      Authorization: `Bearer ${session}`,
    },
    body: JSON.stringify({ password: "another_password" }),
  });
  await spelled.body?.cancel();
  assert.equal(spelled.status, 404);
  assert.equal((await rows("select from auth.mfa_factors")).length, 1);
});

test("second factor: a factor that was enrolled as another was proved raises nothing", async ({ signIn, rows }) => {
  const { data: late } = await (await signIn()).mfa.enroll({ factorType: "totp" });
  assert.ok(late?.type === "totp");
  await rows("create table public.late as select * from auth.mfa_factors");
  await enrol(await signIn());
  // As if its row had been written a moment later.
  await rows("insert into auth.mfa_factors select * from public.late");

  const auth = await signIn();
  const code = codeAt(late.totp.secret, Date.now());
  const { error } = await auth.mfa.challengeAndVerify({ factorId: late.id, code });
  assert.equal(error?.code, "insufficient_aal");
  assert.deepEqual(await levels(auth), ["aal1", "aal2"]);
});

test("second factor: challenges are good once, for five minutes, for their factor's person", async (scene) => {
  const { signIn, rows } = scene;
  const { id, secret } = await enrol(await signIn());
  const auth = await signIn();
  const { data: challenge } = await auth.mfa.challenge({ factorId: id });
  await rows("update auth.mfa_challenges set created_at = now() - interval '6 minutes'");
  const code = codeAt(secret, Date.now());
  const late = await auth.mfa.verify({ factorId: id, challengeId: challenge?.id ?? "", code });
  assert.equal(late.error?.code, "mfa_challenge_expired");

  const { error } = await auth.mfa.challenge({ factorId: crypto.randomUUID() });
  assert.equal(error?.code, "mfa_factor_not_found");
  const other = await signIn();
  assert.equal(
    (await other.signInWithPassword({ email: "second_user@example.com", password: "demo_password" })).error,
    null,
  );
  const foreign = await other.mfa.challengeAndVerify({ factorId: id, code });
  assert.equal(foreign.error?.code, "mfa_factor_not_found");
});

test("second factor: without the factor a raised session is an ordinary one again", async ({ signIn }) => {
  const auth = await signIn();
  const { id } = await enrol(auth);
  assert.equal((await auth.mfa.unenroll({ factorId: id })).error, null);
  assert.equal((await auth.refreshSession()).error, null);
  assert.deepEqual(await levels(auth), ["aal1", "aal1"]);
});

test("second factor: malformed requests are refused with a fixed text", async ({ url, signIn }) => {
  const { data: { session } } = await (await signIn()).getSession();
  const { publishable_key } = await (await fetch(`${url}/config.json`)).json();
  const ask = async (path: string, body: string, bearer = session?.access_token ?? "") => {
    const headers = {
      apikey: publishable_key,
      Authorization: `Bearer ${bearer}`,
      "Content-Type": "application/json",
    };
    const answer = await fetch(`${url}/auth/v1/factors${path}`, { method: "POST", headers, body });
    const text = await answer.text();
    assert.doesNotMatch(text, /script>/);
    return answer.status;
  };
  assert.equal(await ask("", "{"), 400);
  assert.equal(await ask("", '{"factor_type": "<script>"}'), 400);
  assert.equal(await ask("/<script>/verify", "{}"), 404);
  assert.equal(await ask(`/${crypto.randomUUID()}/verify`, '{"challenge_id": "<script>", "code": "1"}'), 400);
  assert.equal(await ask(`/${crypto.randomUUID()}/other`, "{}"), 404);
  assert.equal(await ask("", '{"factor_type": "totp"}', "x.y.z"), 403);
  assert.equal(await ask("", '{"factor_type": "totp"}', ""), 401);
});
