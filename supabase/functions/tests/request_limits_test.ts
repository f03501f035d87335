/**
 * What is limited besides registration (ADR 0021), on the running product: wrong requests, authorize,
 * client_credentials, introspection. Two processes are one server, what is refused leaves little behind, and whoever asks
 * rightly is not refused for what others asked.
 */
import assert from "node:assert/strict";
import {
  type Answer,
  assertRetryAfter,
  counts,
  flood,
  onStage,
  send,
} from "./attacks/testing/attack_stage.ts";
import { grantCode, redeem, register, signInByPassword } from "./testing/http_flow.ts";

const HEADER = "X-Forwarded-For";

Deno.test("wrong requests without end, each under another name: bounded rows, and nobody else suffers", () =>
  onStage(async (stage) => {
    const { url, rows } = stage;
    const session = await signInByPassword(url);
    const client = await register(url);
    const tokens = (await redeem(url, await grantCode(url, client, session))).body;
    const code = await grantCode(url, client, session);

    const post = (at: string, path: string, form: Record<string, string>, address: string) =>
      send(`${at}${path}`, {
        method: "POST",
        headers: { [HEADER]: address },
        body: new URLSearchParams(form),
      });
    const wrong: Record<string, (at: string, index: number) => Promise<Answer>> = {
      "a client that does not exist": (at, index) =>
        post(
          at,
          "/oauth/token",
          { grant_type: "refresh_token", client_id: `made up ${index}` },
          "203.0.113.7",
        ),
      "a wrong refresh token": (at) =>
        post(at, "/oauth/token", {
          grant_type: "refresh_token",
          client_id: client.client_id,
          refresh_token: "x".repeat(43),
        }, "203.0.113.7"),
      "a wrong code": (at) =>
        post(at, "/oauth/token", {
          grant_type: "authorization_code",
          client_id: client.client_id,
          code: "x".repeat(43),
          code_verifier: "x".repeat(43),
        }, "203.0.113.7"),
      "a wrong secret": (at) =>
        post(at, "/oauth/introspect", {
          client_id: "demo-resource-server",
          client_secret: "x",
          token: "x",
        }, "203.0.113.7"),
    };
    await rows("delete from oauth.rate_counts");
    for (const [what, ask] of Object.entries(wrong)) {
      const answers = await flood(stage, 60, ask);
      assertRetryAfter(answers);
      const counted = counts(answers);
      assert.equal((counted[400] ?? 0) + (counted[401] ?? 0), 20, what);
      assert.equal(counted[429], 40, what);
    }
    assert.equal((await rows("select from oauth.rate_counts")).length, Object.keys(wrong).length);

    // The same client, from the same address, asking rightly.
    const rightly = await post(url, "/oauth/token", {
      grant_type: "refresh_token",
      client_id: client.client_id,
      refresh_token: tokens.refresh_token,
    }, "203.0.113.7");
    assert.equal(rightly.status, 200);
    assert.equal((await redeem(url, code)).status, 200);
  }, { processes: 2, env: { CLIENT_IP_HEADER: HEADER, TRUSTED_HOPS: "1", RATE_TOKEN: "20" } }));

Deno.test("authorize, client_credentials and introspection end in 429", () =>
  onStage(async (stage) => {
    const { url, rows } = stage;
    const client = await register(url);
    const query = new URLSearchParams({
      response_type: "code",
      client_id: client.client_id,
      redirect_uri: "http://127.0.0.1:9/callback",
      code_challenge: "x".repeat(43),
      code_challenge_method: "S256",
    });
    const begun = await flood(stage, 20, (at) =>
      send(`${at.replace("localhost", "127.0.0.1")}/oauth/authorize?${query}`));
    assert.deepEqual(counts(begun), { 303: 3, 429: 17 });
    for (const { status, headers, text } of begun) {
      if (status !== 429) {
        continue;
      }
      assert.ok(Number(headers.get("Retry-After")) >= 3000);
      assert.equal(headers.get("Location"), null);
      assert.ok(text.includes("<h1>Too many requests</h1>"));
    }
    assert.equal((await rows("select from oauth.authorization_requests")).length, 3);

    const basic = (id: string, secret: string) => ({ Authorization: `Basic ${btoa(`${id}:${secret}`)}` });
    const service = await flood(stage, 20, (at) =>
      send(`${at.replace("localhost", "127.0.0.1")}/oauth/token`, {
        method: "POST",
        headers: basic("simple-mcp-client", "simple-mcp-secret-123"),
        body: new URLSearchParams({ grant_type: "client_credentials" }),
      }));
    assert.deepEqual(counts(service), { 200: 3, 429: 17 });
    assertRetryAfter(service);

    const introspected = await flood(stage, 320, (at) =>
      send(`${at}/oauth/introspect`, {
        method: "POST",
        headers: basic("demo-resource-server", "demo-resource-secret"),
        body: new URLSearchParams({ token: "x".repeat(43) }),
      }));
    assert.deepEqual(counts(introspected), { 200: 300, 429: 20 });

    const told = await rows(
      `select client_id, details ->> 'reason' as reason, host(address_prefix) as network, count(*)::integer
      from oauth.audit_events where event = 'rate_limited' group by 1, 2, 3 order by 4`,
    );
    const network = { network: "127.0.0.0" };
    assert.deepEqual(
      told.filter((row) =>
        "reason" in row && row.reason !== "introspect"
      ),
      [
        { client_id: client.client_id, reason: "authorize", ...network, count: 17 },
        { client_id: "simple-mcp-client", reason: "client_credentials", ...network, count: 17 },
      ],
    );
  }, { processes: 2, env: { RATE_TOKEN: "3" } }));
