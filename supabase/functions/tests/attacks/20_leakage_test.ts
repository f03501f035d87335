/**
 * Attack 20: secrets that are left lying about (RFC 9700 §4.2 and §4.3, RFC 6749 §10.8, RFC 6750 §5.3; CVE-2026-27840). Every
 * flow is driven with marked secrets; none of them is then in the log, in a refusal, in a table, or in a URL that is not
 * its own. Nothing is cached, and an altered token is none.
 */
import assert from "node:assert/strict";
import { toBase64Url } from "../../_shared/encoding.ts";
import { newClientKey } from "../../oauth/testing/client_key.ts";
import { type Answer, assertAnswer, onStage, send, type Stage } from "./testing/attack_stage.ts";
import { type Canaries, createCanaries, dumpTables } from "./testing/canaries.ts";

const REDIRECT_URI = "http://127.0.0.1:9/callback";
const PASSWORD = "demo_password";
const PEOPLE = ["demo_user@example.com", "second_user@example.com"];
/** What only the person's browser and the client may see in an address. */
const IN_REDIRECT = ["code", "state"];

interface Recorder {
  readonly canaries: Canaries;
  /** Sends, keeps the answer, and holds its addresses and refusals to the rule at the end. */
  ask(what: string, url: string, init?: RequestInit): Promise<Answer>;
  readonly answers: { what: string; url: string; answer: Answer }[];
}

function createRecorder(): Recorder {
  const answers: Recorder["answers"] = [];
  return {
    canaries: createCanaries(),
    answers,
    async ask(what, url, init) {
      const answer = await send(url, init);
      answers.push({ what, url, answer });
      return answer;
    },
  };
}

const random = () => toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
const form = (parameters: Record<string, string>, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers,
  body: new URLSearchParams(parameters),
});
const basic = (id: string, secret: string) => ({ Authorization: `Basic ${btoa(`${id}:${secret}`)}` });

/** One whole flow of this client and person, each step also done wrong: secrets are marked as they occur. */
async function drive(
  { url, rows }: Stage,
  { ask, canaries: { mark } }: Recorder,
  method: string,
  email: string,
) {
  const json = (body: unknown, headers = {}): RequestInit => ({
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const key = await newClientKey();
  const [made] = await rows<{ token: string }>(
    "select oauth.create_registration_token(p_name => $1, p_lifetime => '1 hour', p_most_uses => 1) as token",
    [`${method} ${email}`],
  );
  const registrationToken = mark("registration token", made?.token ?? "");
  const register = (what: string, token: string, metadata: object) =>
    ask(what, `${url}/oauth/register`, json(metadata, { Authorization: `Bearer ${token}` }));
  const metadata = {
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: method,
    ...(method === "private_key_jwt" ? { jwks: { keys: [key.jwk] } } : {}),
  };
  await register("register refused: metadata", registrationToken, {});
  await register("register refused: altered", `${registrationToken}x`, metadata);
  await register(
    "register refused: unknown",
    `registration_${mark("registration token", random())}`,
    metadata,
  );
  await ask(
    "register in the query",
    `${url}/oauth/register?access_token=${registrationToken}`,
    json(metadata),
  );
  const registered = await register("register", registrationToken, metadata);
  await register("register refused: used up", registrationToken, metadata);
  const client = JSON.parse(registered.text);
  if (client.client_secret !== undefined) mark("client secret", client.client_secret);
  const { client_id, client_secret } = client;
  const credentials = async (): Promise<[Record<string, string>, Record<string, string>]> => {
    switch (method) {
      case "client_secret_basic":
        return [{}, basic(client_id, client_secret)];
      case "client_secret_post":
        return [{ client_id, client_secret }, {}];
      case "private_key_jwt": {
        const jti = mark("jti", random());
        const signed = await key.present(client_id, url, { claims: { jti } });
        mark("assertion", signed.client_assertion);
        return [signed, {}];
      }
      default:
        return [{ client_id }, {}];
    }
  };
  const token = async (what: string, parameters: Record<string, string>) => {
    const [proof, headers] = await credentials();
    return await ask(what, `${url}/oauth/token`, form({ ...proof, ...parameters }, headers));
  };

  const { supabase_url, publishable_key } = JSON.parse((await ask("config", `${url}/config.json`)).text);
  const signedIn = await ask(
    "sign in",
    `${supabase_url}/auth/v1/token?grant_type=password`,
    json({ email, password: PASSWORD }, { apikey: publishable_key }),
  );
  const session = JSON.parse(signedIn.text);
  const bearer = { Authorization: `Bearer ${mark("session", session.access_token)}` };

  const verifier = mark("verifier", random());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  const state = mark("state", `state ${random()}`);
  const authorize = (overrides: Record<string, string>) =>
    `${url}/oauth/authorize?${new URLSearchParams({
      response_type: "code",
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      code_challenge: toBase64Url(digest),
      code_challenge_method: "S256",
      state,
      ...overrides,
    })}`;
  await ask("authorize refused by redirect", authorize({ prompt: "none" }));
  await ask("authorize refused on a page", authorize({ redirect_uri: "https://evil.example/" }));

  /** From authorize to the address of the client. */
  const walk = async (decision: string) => {
    const begun = await ask("authorize", authorize({}));
    const id = mark(
      "request id",
      new URL(begun.headers.get("Location") ?? "").searchParams.get("request") ?? "",
    );
    const cookie = begun.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    mark("cookie", cookie.split("=")[1] ?? "");
    const place = `${url}/oauth/interaction/${id}`;
    await ask("interaction of nobody", place);
    await ask("interaction of a foreign page", place, {
      headers: { ...bearer, Origin: "https://evil.example" },
    });
    await ask("interaction", place, { headers: bearer });
    await ask(
      "decision refused",
      place,
      json({ decision: "approve", scopes: ["order:write"], x: verifier }, bearer),
    );
    const decided = await ask("decision", place, json({ decision, scopes: ["product:read"] }, bearer));
    await ask("decision again", place, json({ decision, scopes: [] }, bearer));
    const { continue_to } = JSON.parse(decided.text);
    const secret = mark("continue secret", continue_to.split("/").at(-1));
    const answer = await ask("continue", continue_to, { headers: { Cookie: cookie } });
    await ask("continue again", continue_to, { headers: { Cookie: cookie } });
    await ask("continue elsewhere", `${url}/oauth/nothing/${secret}`);
    await ask("interaction afterwards", place, { headers: bearer });
    return new URL(answer.headers.get("Location") ?? "").searchParams;
  };
  assert.equal((await walk("deny")).get("error"), "access_denied");
  const code = mark("code", (await walk("approve")).get("code") ?? "");

  const redemption = { grant_type: "authorization_code", code, code_verifier: verifier };
  const wrongVerifier = mark("verifier", random());
  await token("code refused: verifier", { ...redemption, code_verifier: wrongVerifier });
  await token("code refused: resource", { ...redemption, resource: `https://${random()}.example` });
  await token("code refused: grant", { ...redemption, grant_type: "password", password: PASSWORD });
  const first = JSON.parse((await token("code", redemption)).text);
  await token("code replayed", redemption);
  mark("access token", first.access_token);
  mark("refresh token", first.refresh_token);

  const refreshing = { grant_type: "refresh_token", refresh_token: first.refresh_token };
  await token("refresh refused: scope", { ...refreshing, scope: "order:write" });
  await token("refresh refused: twice", { ...refreshing, scope: "a\0b" });
  const second = JSON.parse((await token("refresh", refreshing)).text);
  mark("access token", second.access_token);
  mark("refresh token", second.refresh_token);
  const replayed = JSON.parse((await token("refresh replayed", refreshing)).text);
  mark("access token", replayed.access_token);
  assert.equal(replayed.refresh_token, second.refresh_token);
  const guess = mark("client secret", random());
  await ask("secret refused", `${url}/oauth/token`, form(refreshing, basic(client.client_id, guess)));
  await ask("tokens in the query", `${url}/oauth/token?refresh_token=${second.refresh_token}`, form({}));

  const call = (what: string, accessToken: string, method = "tools/call", query = "") =>
    ask(
      what,
      `${url}/mcp${query}`,
      json({ jsonrpc: "2.0", id: 1, method, params: { name: "product_list", arguments: {} } }, {
        Authorization: `Bearer ${accessToken}`,
        Accept: "application/json, text/event-stream",
      }),
    );
  const called = await call("tool", second.access_token);
  assert.equal(called.status, 200);
  await call("unknown method", second.access_token, "nothing/known");
  await call("tool by the query", "none", "tools/call", `?access_token=${second.access_token}`);
  await call("tool by the session", session.access_token);
  // Altered, cut and stretched: none of them is a token (CVE-2026-27840).
  const [header = "", payload = "", signature = ""] = second.access_token.split(".");
  const flipped = `${signature[0] === "A" ? "B" : "A"}${signature.slice(1)}`;
  for (
    const altered of [
      second.access_token.slice(0, -1),
      `${second.access_token}A`,
      `${header}.${payload}.${flipped}`,
      `${header}.${payload}`,
      `${header}.${payload.slice(0, -2)}.${signature}`,
      second.refresh_token,
      code,
    ]
  ) {
    assert.equal((await call("altered token", altered)).status, 401);
  }
  for (
    const altered of [
      second.refresh_token.slice(0, -1),
      `${second.refresh_token}A`,
      second.refresh_token.toLowerCase(),
    ]
  ) {
    const answer = await token("altered refresh token", {
      grant_type: "refresh_token",
      refresh_token: altered,
    });
    assertAnswer(answer, 400, "invalid_grant");
  }
  return { token, stolen: first.refresh_token, latest: second.refresh_token };
}

Deno.test("attack 20: marked secrets of every flow", (t) =>
  onStage(async (stage) => {
    const { url, rows, products } = stage;
    const recorder = createRecorder();
    const { canaries, answers } = recorder;
    const [demo = "", second = ""] = PEOPLE;
    const { token, latest, stolen } = await drive(stage, recorder, "none", demo);
    await drive(stage, recorder, "client_secret_basic", second);
    await drive(stage, recorder, "client_secret_post", demo);
    await drive(stage, recorder, "private_key_jwt", second);
    // Theft, noticed: what is written down about it must not tell the token either.
    const rotated = await token("refresh", { grant_type: "refresh_token", refresh_token: latest });
    canaries.mark("refresh token", JSON.parse(rotated.text).refresh_token);
    canaries.mark("access token", JSON.parse(rotated.text).access_token);
    assertAnswer(
      await token("theft", { grant_type: "refresh_token", refresh_token: stolen }),
      400,
      "invalid_grant",
    );
    // And what nobody foresaw: a database that breaks in the middle.
    await rows("alter table oauth.refresh_tokens rename to hidden");
    const broken = await token("broken", { grant_type: "refresh_token", refresh_token: stolen });
    await rows("alter table oauth.hidden rename to refresh_tokens");
    assertAnswer(broken, 500, "server_error");
    const unused = canaries.mark("registration token", `registration_${random()}`);
    await rows("alter table oauth.registration_tokens rename to hidden");
    const brokenToo = await recorder.ask("broken", `${url}/oauth/register`, {
      method: "POST",
      headers: { Authorization: `Bearer ${unused}`, "Content-Type": "application/json" },
      body: JSON.stringify({ redirect_uris: [REDIRECT_URI] }),
    });
    await rows("alter table oauth.hidden rename to registration_tokens");
    assertAnswer(brokenToo, 500, "server_error");
    canaries.mark("password", PASSWORD);
    canaries.mark("demo secret", "simple-mcp-secret-123");

    await t.step("every kind of secret was marked, in every flow", () => {
      assert.deepEqual(Object.fromEntries(canaries.kinds), {
        "registration token": 9,
        "client secret": 6,
        assertion: 12,
        jti: 12,
        session: 4,
        verifier: 8,
        state: 4,
        "request id": 8,
        cookie: 8,
        "continue secret": 8,
        code: 4,
        "access token": 13,
        "refresh token": 9,
        password: 1,
        "demo secret": 1,
      });
    });

    await t.step("nothing of it is in what the process wrote, which did write about refusals", async () => {
      // Only then has everything been read that it wrote.
      for (const product of products) await product.stop();
      const written = products.map((product) =>
        product.output().replaceAll("demo_user@example.com / demo_password", "")
      );
      assert.match(written.join(), /"reason":"code_verifier_mismatch"/);
      assert.match(written.join(), /"reason":"registration_token_used_up"/);
      assert.match(written.join(), /"level":"error"/);
      assert.deepEqual(canaries.foundIn(written.join("\n")), []);
    });

    await t.step("nothing of it is in the body or a header of a refusal", () => {
      const refusals = answers.filter(({ answer }) => answer.status >= 400);
      assert.ok(refusals.length > 60);
      for (const { what, answer } of refusals) {
        assert.deepEqual(canaries.foundIn(answer.text), [], what);
        assert.deepEqual(canaries.foundIn([...answer.headers].join("\n")), [], what);
      }
    });

    const tables = await dumpTables(stage, ["oauth", "shop", "public", "access"]);
    await t.step("nothing of it is in a table, but for the state, which must be given back", () => {
      for (
        const name of [
          "registration_tokens",
          "clients",
          "authorization_requests",
          "authorization_codes",
          "access_tokens",
          "refresh_tokens",
        ]
      ) {
        assert.ok((tables.get(`oauth.${name}`) ?? "").length > 100, name);
      }
      for (const [name, rows] of tables) {
        const except = name === "oauth.authorization_requests" ? ["state"] : [];
        assert.deepEqual(canaries.foundIn(rows, except), [], name);
      }
    });

    await t.step("no private key and no secret of the server is in a table", () => {
      const all = [...tables.values()].join("\n");
      assert.doesNotMatch(all, /"d"\s*:|PRIVATE KEY|A{43}/);
    });

    await t.step("an address holds nothing but what is its own", () => {
      const redirects = answers.filter(({ answer }) => answer.headers.get("Location") !== null);
      assert.ok(redirects.length >= 12);
      for (const { what, answer } of redirects) {
        const location = answer.headers.get("Location") ?? "";
        const except = location.startsWith(`${REDIRECT_URI}?`)
          ? IN_REDIRECT
          : location.startsWith(`${url}/consent?request=`)
          ? ["request id"]
          : [];
        assert.deepEqual(canaries.foundIn(location, except), [], what);
      }
    });

    await t.step("an answer that succeeded tells each secret to its owner only", () => {
      const allowed: Record<string, string[]> = {
        register: ["client secret"],
        "sign in": ["session"],
        decision: ["continue secret"],
        code: ["access token", "refresh token"],
        refresh: ["access token", "refresh token"],
        "refresh replayed": ["access token", "refresh token"],
      };
      for (const { what, answer } of answers.filter(({ answer }) => answer.status < 300)) {
        assert.deepEqual(canaries.foundIn(answer.text, allowed[what]), [], what);
      }
    });

    await t.step("no answer of a function may be cached or tells its address on", () => {
      for (
        const { what, url: asked, answer } of answers.filter(({ url: asked }) =>
          /\/(oauth|mcp)\b/.test(asked)
        )
      ) {
        if (new URL(asked).pathname === "/mcp" && answer.status < 400) continue;
        assert.equal(answer.headers.get("Cache-Control"), "no-store", what);
        assert.equal(answer.headers.get("Referrer-Policy"), "no-referrer", what);
      }
    });
  }, { env: { REGISTRATION: "token" } }));
