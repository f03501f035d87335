/**
 * Hosted wall: the runtime. The functions are served by the Deno line of hosted Supabase, each a process of its own
 * with a connection pool of its own, behind a gateway that strips `/functions/v1` as the hosted one does. Type checks and
 * unit tests under that line are a suite of their own: `supabase/local/testing/run_hosted_deno.ts`.
 */
import assert from "node:assert/strict";
import { functionEnvironment, readLocalSettings } from "../../local/local_settings.ts";
import { freePort, onTestDatabase, startProductProcess } from "../../local/testing/product_process.ts";
import { hasHostedDeno } from "../../local/testing/run_hosted_deno.ts";
import { freshDemoDatabase } from "../../local/testing/test_database.ts";
import { callTool, grantCode, redeem, refresh, register, signInByPassword } from "./testing/http_flow.ts";
import { hostedDenoPath, serveFunction, serveGateway } from "./testing/hosted_runtime.ts";

const CALLERS = 50;

Deno.test({
  name: "served by the hosted Deno line, the whole flow and its races pass",
  ignore: !hasHostedDeno(),
  async fn() {
    const [port, gatewayPort] = [freePort(), freePort()];
    const origin = `http://localhost:${gatewayPort}`;
    const publicUrl = `${origin}/functions/v1`;
    await using database = await freshDemoDatabase(publicUrl);
    const shape = { ...onTestDatabase(database), PORT: String(port), PUBLIC_URL: publicUrl, WEB_URL: origin };
    // Prepares the database and stands in for Supabase Auth; its own functions are not asked.
    await using _product = await startProductProcess(shape);
    const { SEKISHO_MCP_DATABASE_URL = "", SEKISHO_ACCOUNT_DATABASE_URL = "", ...settings } =
      await functionEnvironment(
        await readLocalSettings(shape),
        database,
      );
    const shared = { PUBLIC_URL: publicUrl, WEB_URL: origin, RATE_TOKEN: "0", RATE_MCP: "0" };
    const deno = await hostedDenoPath();
    await using oauth = await serveFunction(deno, "oauth", { ...settings, ...shared });
    // The resource server holds no secret but its own way to the database.
    await using mcp = await serveFunction(deno, "mcp", { ...shared, SEKISHO_MCP_DATABASE_URL });
    // Nor does the account, which asks Supabase Auth who somebody is.
    const { SUPABASE_URL = "", SUPABASE_PUBLISHABLE_KEYS = "" } = settings;
    const signIn = { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEYS };
    await using account = await serveFunction(deno, "account", {
      ...shared,
      ...signIn,
      SEKISHO_ACCOUNT_DATABASE_URL,
    });
    await using _gateway = serveGateway(
      gatewayPort,
      { oauth: oauth.url, mcp: mcp.url, account: account.url },
      `http://localhost:${port}`,
    );

    const client = await register(publicUrl);
    const session = await signInByPassword(origin);
    const granted = await grantCode(publicUrl, client, session);
    const redeemed = await Promise.all(Array.from({ length: CALLERS }, () => redeem(publicUrl, granted)));
    assert.deepEqual(redeemed.map(({ status }) => status).sort(), [200, ...Array(CALLERS - 1).fill(400)]);
    const first = redeemed.find(({ status }) => status === 200)?.body;
    assert.ok(first);

    const refreshed = await Promise.all(
      Array.from({ length: CALLERS }, () => refresh(publicUrl, client, first.refresh_token)),
    );
    assert.deepEqual(refreshed.map(({ status }) => status), Array(CALLERS).fill(200));
    assert.equal(new Set(refreshed.map(({ body }) => body.refresh_token)).size, 1);

    const token = refreshed[0]?.body.access_token ?? "";
    assert.match((await callTool(publicUrl, token, "get_time")).text, /time_zone/);
    assert.match((await callTool(publicUrl, token, "product_list")).text, /Iron teapot/);
    assert.equal((await callTool(publicUrl, "not.a.token", "get_time")).status, 401);
    assert.equal((await redeem(publicUrl, granted)).status, 400);

    const bearer = { headers: { Authorization: `Bearer ${session}`, Origin: origin } };
    const listed = await fetch(`${publicUrl}/account/apps`, bearer);
    const { apps } = await listed.json();
    assert.deepEqual([listed.status, apps.length, apps[0].client.id], [200, 1, client.client_id]);
    const path = `${publicUrl}/account/apps/${encodeURIComponent(client.client_id)}`;
    assert.equal((await fetch(path, { method: "DELETE", ...bearer })).status, 204);
    assert.equal((await callTool(publicUrl, token, "product_list")).status, 401);
  },
});
