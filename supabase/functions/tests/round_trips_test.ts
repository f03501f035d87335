/** One network round trip to Postgres per OAuth request: counted where statements leave the process. */
import assert from "node:assert/strict";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import { createApp } from "../oauth/app.ts";
import { SELF_REGISTERED_GRANTS } from "../oauth/grants/index.ts";
import { createDeps } from "../oauth/store/create_deps.ts";
import { readOAuthSettings } from "../_shared/runtime/env.ts";
import { connectSql, type Statement } from "../_shared/runtime/sql.ts";
import { newSecret } from "../oauth/tokens/secrets.ts";
import { sha256 } from "../_shared/encoding.ts";
import { authorizeParameters, REDIRECT_URI } from "./testing/http_flow.ts";

const PUBLIC_URL = "http://localhost";
const VERIFIER = "v".repeat(43);
const DEMO_PERSON = "00000000-0000-4000-8000-000000000001";
const quiet = { write() {} };

Deno.test("authorize, token and refresh cost one round trip each once client, resource and key are known", async () => {
  await using database = await freshDemoDatabase(PUBLIC_URL);
  const sql = connectSql(database.oauthUrl, "sekisho test");
  const trips: string[] = [];
  const counted = {
    query<Row extends object>(statement: Statement) {
      trips.push(/oauth\.(\w+)/.exec(statement.text)?.[1] ?? "?");
      return sql.query<Row>(statement);
    },
  };
  try {
    const settings = readOAuthSettings({
      PUBLIC_URL,
      SUPABASE_URL: PUBLIC_URL,
      SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_x"}',
      SEKISHO_SECRET: `test:${"A".repeat(43)}`,
      SEKISHO_OAUTH_DATABASE_URL: database.oauthUrl,
    });
    const deps = createDeps(settings, counted, quiet, SELF_REGISTERED_GRANTS);
    const app = createApp(deps);
    const registration = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: "none" };
    const client = await (await app.request("/oauth/register", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(registration),
    })).json();

    /** A whole flow; the person decides in the store, which is not what is counted. */
    const flow = async () => {
      const authorize = `/oauth/authorize?${new URLSearchParams(
        await authorizeParameters(client, VERIFIER),
      )}`;
      const begun = await app.request(authorize);
      const id = new URL(begun.headers.get("Location") ?? "").searchParams.get("request") ?? "";
      const cookie = begun.headers.get("Set-Cookie")?.split(";")[0] ?? "";
      const secret = await newSecret(deps);
      await deps.store.decideAuthorizationRequest({
        idHash: await sha256(id),
        personId: DEMO_PERSON,
        decision: "approve",
        scope: ["product:read"],
        authorizationDetails: null,
        continueSecretHash: secret.hash,
      });
      const continued = await app.request(`/oauth/continue/${secret.value}`, { headers: { Cookie: cookie } });
      const code = new URL(continued.headers.get("Location") ?? "").searchParams.get("code") ?? "";
      const ask = async (form: Record<string, string>) => {
        const body = new URLSearchParams({ client_id: client.client_id, ...form });
        const response = await app.request("/oauth/token", { method: "POST", body });
        assert.equal(response.status, 200);
        return await response.json();
      };
      const tokens = await ask({ grant_type: "authorization_code", code, code_verifier: VERIFIER });
      await ask({ grant_type: "refresh_token", refresh_token: tokens.refresh_token });
    };

    await flow();
    trips.length = 0;
    await flow();
    assert.deepEqual(trips, [
      "lease_and_create_authorization_request",
      "decide_authorization_request",
      "continue_authorization_request",
      "redeem_authorization_code",
      "lease_and_rotate_refresh_token",
    ]);
  } finally {
    await sql.close();
  }
});
