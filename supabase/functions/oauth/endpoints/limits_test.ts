/** What is limited, by whom it is counted, and what a full count never changes (ADR 0021). */
import assert from "node:assert/strict";
import type { OAuthSettings } from "../deps.ts";
import { assertReason, assertRefused, assertRefusedByPage } from "../testing/assert_refused.ts";
import {
  addClient,
  addConfidentialClient,
  authorizePath,
  type Changes,
  CLIENT_SECRET,
  codeForm,
  createTestServer,
  encode,
  obtainCode,
  obtainTokens,
  type TestServer,
} from "../testing/test_server.ts";

const HERE = "203.0.113.7";
const REASON = {
  register: "registration_limited",
  authorize: "authorize_limited",
  "an unknown document": "documents_limited",
  "a wrong code": "refusals_limited: code_not_found",
  "an unknown refresh token": "refusals_limited: refresh_token_not_found",
  "an unknown client": "refusals_limited: client_unknown",
  "an unknown client at introspection": "refusals_limited: client_unknown",
};

function setUp(settings: Partial<OAuthSettings> = {}): TestServer {
  const server = createTestServer({ registrationsPerHour: 2, tokenRequestsPerHour: 2, ...settings });
  addClient(server);
  return server;
}

function post(
  server: TestServer,
  path: string,
  form: Changes,
  peer?: string,
  headers: Record<string, string> = {},
) {
  const type = { "Content-Type": "application/x-www-form-urlencoded" };
  return server.request(path, { method: "POST", headers: { ...type, ...headers }, body: encode(form) }, peer);
}

const unknown = "x".repeat(43);
const refreshForm = (refresh_token: string): Changes => (
  { grant_type: "refresh_token", client_id: "client_public", refresh_token }
);

type Ask = (
  server: TestServer,
  peer: string | undefined,
  headers?: Record<string, string>,
) => Promise<Response>;

/** Everything that is counted by address: what is asked, and its answer while there is room. */
const BY_ADDRESS: Record<keyof typeof REASON, readonly [status: number, ask: Ask]> = {
  register: [201, (server, peer, headers = {}) =>
    server.request("/oauth/register", {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: '{"redirect_uris":["https://app.example/cb"]}',
    }, peer)],
  authorize: [303, (server, peer, headers = {}) => server.request(authorizePath(), { headers }, peer)],
  "an unknown document": [400, (server, peer, headers = {}) => {
    const client_id = `https://app.example/${Math.random()}`;
    return server.request(authorizePath({ client_id }), { headers }, peer);
  }],
  "a wrong code": [
    400,
    (server, peer, headers) => post(server, "/oauth/token", codeForm(unknown), peer, headers),
  ],
  "an unknown refresh token": [
    400,
    (server, peer, headers) => post(server, "/oauth/token", refreshForm(unknown), peer, headers),
  ],
  "an unknown client": [401, (server, peer, headers) => {
    const client_id = `made_up_${Math.random()}`;
    return post(server, "/oauth/token", { ...refreshForm(unknown), client_id }, peer, headers);
  }],
  "an unknown client at introspection": [
    401,
    (server, peer, headers) =>
      post(
        server,
        "/oauth/introspect",
        { client_id: `made_up_${Math.random()}`, token: unknown },
        peer,
        headers,
      ),
  ],
};

/** Two addresses that are one, and one that is another. */
const ADDRESSES = {
  "IPv4": [HERE, HERE, "203.0.113.8"],
  "IPv6": ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"],
  "mapped IPv6": [HERE, `::ffff:${HERE}`, "::ffff:203.0.113.8"],
  "no address": [undefined, "not an address", HERE],
} as const;

for (const [bucket, [status, ask]] of Object.entries(BY_ADDRESS)) {
  const reason = REASON[bucket as keyof typeof REASON];

  for (const [kind, [one, same, other]] of Object.entries(ADDRESSES)) {
    Deno.test(`limit of ${bucket}: counted by address, ${kind}`, async () => {
      const server = setUp();
      assert.equal((await ask(server, one)).status, status);
      assert.equal((await ask(server, same)).status, status);
      for (const peer of [one, same]) {
        const response = await ask(server, peer);
        assert.equal(response.status, 429);
        assert.match(response.headers.get("Retry-After") ?? "", /^3[56]\d\d$/);
        assert.equal(response.headers.get("Location"), null);
        assertReason(server, reason);
      }
      assert.equal((await ask(server, other)).status, status);
      server.deps.clock.elapse(3660);
      assert.equal((await ask(server, one)).status, status);
    });
  }

  Deno.test(`limit of ${bucket}: no header changes where a request comes from`, async () => {
    const server = setUp();
    const spoofed = (count: number) =>
      Object.fromEntries(
        ["X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP", "Fly-Client-IP"]
          .map(
            (name) => [name, `198.51.100.${count}`],
          ),
      );
    for (let count = 0; count < 2; count++) {
      assert.equal((await ask(server, HERE, spoofed(count))).status, status);
    }
    assert.equal((await ask(server, HERE, spoofed(3))).status, 429);
  });

  Deno.test(`limit of ${bucket}: behind trusted hops, what they wrote counts and what the client wrote does not`, async () => {
    const server = setUp({ addressSource: { header: "x-forwarded-for", trustedHops: 2 } });
    const from = (spoofed: string, address: string) =>
      ask(server, "10.0.0.1", { "X-Forwarded-For": `${spoofed}${address}, 10.0.0.2` });
    assert.equal((await from("", HERE)).status, status);
    assert.equal((await from("198.51.100.1, ", HERE)).status, status);
    assert.equal((await from("198.51.100.2, 198.51.100.3, ", `[::ffff:${HERE}]:443`)).status, 429);
    assert.equal((await from("", "203.0.113.8")).status, status);
  });

  Deno.test(`limit of ${bucket}: 0 is none`, async () => {
    const server = setUp({ registrationsPerHour: 0, tokenRequestsPerHour: 0 });
    for (let count = 0; count < 20; count++) assert.equal((await ask(server, HERE)).status, status);
    assert.equal(server.deps.memory.tables.rateCounts.size, 0);
  });
}

Deno.test("a limit of refusals is counted by client too, and by grant; unknown clients leave one row", async () => {
  const server = setUp();
  addClient(server, { id: "client_other" });
  const [, wrongCode] = BY_ADDRESS["a wrong code"];
  const [, unknownToken] = BY_ADDRESS["an unknown refresh token"];
  const [, unknownClient] = BY_ADDRESS["an unknown client"];
  for (let count = 0; count < 2; count++) await wrongCode(server, HERE);
  assert.equal((await wrongCode(server, HERE)).status, 429);
  assert.equal((await unknownToken(server, HERE)).status, 400);
  const other = await post(server, "/oauth/token", { ...codeForm(unknown), client_id: "client_other" }, HERE);
  assert.equal(other.status, 400);
  const rows = server.deps.memory.tables.rateCounts.size;
  for (let count = 0; count < 50; count++) await unknownClient(server, HERE);
  assert.equal(server.deps.memory.tables.rateCounts.size, rows + 1);
});

Deno.test("whoever asks rightly is in nobody's way: codes and refreshes pass a full count of refusals", async () => {
  const server = setUp({ tokenRequestsPerHour: 4 });
  const code = await obtainCode(server);
  const { refresh_token } = await obtainTokens(server);
  for (const ask of [BY_ADDRESS["a wrong code"][1], BY_ADDRESS["an unknown refresh token"][1]]) {
    for (let count = 0; count < 4; count++) await ask(server, HERE);
    assert.equal((await ask(server, HERE)).status, 429);
  }
  assert.equal((await post(server, "/oauth/token", codeForm(code), HERE)).status, 200);
  assert.equal((await post(server, "/oauth/token", refreshForm(refresh_token), HERE)).status, 200);
});

Deno.test("a full count does not change the answer for a dead, replayed or stolen grant", async () => {
  const server = setUp({ tokenRequestsPerHour: 5 });
  const code = await obtainCode(server);
  const first = await (await post(server, "/oauth/token", codeForm(code), HERE)).json();
  const other = await obtainTokens(server);
  const refresh = async (token: string) => await post(server, "/oauth/token", refreshForm(token), HERE);

  let last = first;
  for (let count = 0; count < 5; count++) last = await (await refresh(last.refresh_token)).json();
  const limited = await refresh(last.refresh_token);
  await assertRefused(server, limited, {
    status: 429,
    code: "too_many_requests",
    description: "Too many requests in this hour. Try again later.",
    reason: "refresh_limited",
  });
  for (let count = 0; count < 6; count++) await refresh(unknown);
  assert.equal((await refresh(unknown)).status, 429, "the count of refusals is full, too");

  const description =
    "The refresh token is invalid, expired, revoked or used, or was issued to another client.";
  const dead = (reason: string) => ({ status: 400, code: "invalid_grant", description, reason });
  await assertRefused(server, await refresh(first.refresh_token), dead("refresh_token_reused"));
  for (const token of [last.refresh_token, first.refresh_token]) {
    await assertRefused(server, await refresh(token), dead("refresh_token_revoked"));
  }
  server.deps.clock.elapse(86_400);
  for (let count = 0; count < 6; count++) await refresh(unknown);
  await assertRefused(server, await refresh(other.refresh_token), dead("refresh_token_expired"));

  for (let count = 0; count < 6; count++) await post(server, "/oauth/token", codeForm(unknown), HERE);
  assert.equal((await post(server, "/oauth/token", codeForm(unknown), HERE)).status, 429);
  await post(server, "/oauth/token", codeForm(code), HERE);
  assertReason(server, "code_replayed_and_revoked");
});

Deno.test("refreshes are counted by family: one client id may stand for thousands of people at one address", async () => {
  const server = setUp({ tokenRequestsPerHour: 3 });
  for (let person = 0; person < 3; person++) {
    let { refresh_token } = await obtainTokens(server);
    for (let count = 0; count < 3; count++) {
      const response = await post(server, "/oauth/token", refreshForm(refresh_token), HERE);
      assert.equal(response.status, 200);
      ({ refresh_token } = await response.json());
    }
    assert.equal((await post(server, "/oauth/token", refreshForm(refresh_token), HERE)).status, 429);
    server.deps.clock.elapse(1);
  }
});

Deno.test("client_credentials and introspection are counted by client, wherever it is", async () => {
  const server = setUp();
  const id = await addConfidentialClient(server, "client_secret_basic");
  server.deps.memory.changeClient(id, {
    grantTypes: ["client_credentials"],
    serviceScope: ["product:read"],
  });
  const headers = { Authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${CLIENT_SECRET}`)}` };
  const ask = (peer: string) =>
    post(server, "/oauth/token", { grant_type: "client_credentials" }, peer, headers);
  assert.equal((await ask("203.0.113.1")).status, 200);
  assert.equal((await ask("203.0.113.2")).status, 200);
  const limited = await ask("203.0.113.3");
  assert.equal(limited.status, 429);
  assert.notEqual(limited.headers.get("Retry-After"), null);
  assertReason(server, "client_limited");

  const introspect = (peer: string) => post(server, "/oauth/introspect", { token: unknown }, peer, headers);
  for (let count = 0; count < 200; count++) {
    assert.equal((await introspect(`203.0.113.${count}`)).status, 200);
  }
  assert.equal((await introspect(HERE)).status, 429);
  assertReason(server, "introspection_limited");
  const publicly = (peer: string) =>
    post(server, "/oauth/introspect", { client_id: "client_public", token: unknown }, peer);
  for (let count = 0; count < 200; count++) assert.equal((await publicly(HERE)).status, 200);
  assert.equal((await publicly(HERE)).status, 429);
  assert.equal((await publicly("203.0.113.8")).status, 200, "anybody may name a public client");
});

Deno.test("a registration that a flow completed no longer counts", async () => {
  const server = setUp();
  const [, register] = BY_ADDRESS.register;
  const { client_id } = await (await register(server, HERE)).json();
  await register(server, HERE);
  assert.equal((await register(server, HERE)).status, 429);
  server.deps.memory.tables.clients.get(client_id)!.used = true;
  assert.equal((await register(server, HERE)).status, 201);
  assert.equal((await register(server, HERE)).status, 429);
});

Deno.test("authorize says a limit on a page, which comes with no cookie and goes nowhere", async () => {
  const server = setUp();
  const [, authorize] = BY_ADDRESS.authorize;
  for (let count = 0; count < 2; count++) await authorize(server, HERE);
  const response = await authorize(server, HERE);
  assert.equal(response.headers.get("Set-Cookie"), null);
  const title = "Too many requests";
  await assertRefusedByPage(server, response, { status: 429, title, reason: "authorize_limited" });
});

Deno.test("revocation is not limited: it is what ends a stolen token", async () => {
  const server = setUp();
  for (let count = 0; count < 10; count++) {
    const response = await post(
      server,
      "/oauth/revoke",
      { client_id: "client_public", token: unknown },
      HERE,
    );
    assert.equal(response.status, 200);
  }
});
