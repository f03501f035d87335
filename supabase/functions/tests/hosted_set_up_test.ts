/**
 * Hosted wall: `deno task deploy` leaves all that a project needs. What it wrote is taken as it stands: the secrets to the
 * functions, each in a process of its own behind a gateway, the site to a static host that knows nothing of us.
 */
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { allow, findBrowser, launchBrowser } from "../../local/testing/browser.ts";
import {
  freePort,
  onTestDatabase,
  spawnProduct,
  startProductProcess,
} from "../../local/testing/product_process.ts";
import { freshDatabase, freshDemoDatabase, type TestDatabase } from "../../local/testing/test_database.ts";
import { startHostedProject } from "./testing/hosted_project.ts";
import {
  authorizeParameters,
  callTool,
  grantCode,
  redeem,
  REDIRECT_URI,
  register,
  signInByPassword,
} from "./testing/http_flow.ts";
import { serveSite } from "./testing/static_site.ts";

const DEPLOY = ["task", "--quiet", "deploy"];
const KEY = "sb_publishable_of_the_project";

/** Runs the command with these settings. */
async function deploy(env: Record<string, string>): Promise<{ code: number; said: string }> {
  const run = spawnProduct(env, [], DEPLOY);
  return { code: await run.exited, said: run.output() };
}

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sekisho_deploy_" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const settings = (database: TestDatabase, folder: string, publicUrl: string, supabaseUrl: string) => ({
  ...onTestDatabase(database),
  SEKISHO_DATA_DIR: folder,
  PUBLIC_URL: publicUrl,
  SUPABASE_URL: supabaseUrl,
  SUPABASE_PUBLISHABLE_KEY: KEY,
});

Deno.test("what deno task deploy leaves serves the whole flow, through a static host in front of the functions", () =>
  withFolder(async (folder) => {
    const [site, supabase] = [freePort(), freePort()];
    const publicUrl = `http://localhost:${site}`;
    const supabaseUrl = `http://localhost:${supabase}`;
    await using database = await freshDemoDatabase(publicUrl);
    // For its Supabase Auth, which lets these pages call it, and the people in it.
    await using embedded = await startProductProcess({ ...onTestDatabase(database), WEB_URL: publicUrl });
    const { publishable_key } = await (await fetch(`${embedded.url}/config.json`)).json();

    const { code, said } = await deploy({
      ...settings(database, folder, publicUrl, supabaseUrl),
      SUPABASE_PUBLISHABLE_KEY: publishable_key,
      ACCESS_TOKEN_SECONDS: "60",
    });
    assert.equal(code, 0, said);
    assert.match(said, new RegExp(`^Sekisho is prepared {2}${publicUrl}$`, "m"));
    const secretsFile = `${folder}/deploy/functions.env`;
    assert.equal((await Deno.stat(secretsFile)).mode! & 0o777, 0o600);
    const secrets = await Deno.readTextFile(secretsFile);
    // The platform refuses names of its own, and the owner's way in is not for functions.
    assert.doesNotMatch(secrets, /^SUPABASE_|^SEKISHO_DATABASE_URL=/m);
    for (const [, value = ""] of secrets.matchAll(/^SEKISHO_\w+='(.*)'$/gm)) {
      assert.ok(!said.includes(value), "a secret was printed");
    }

    await using project = await startHostedProject({
      port: supabase,
      secretsFile,
      publishableKey: publishable_key,
      authUrl: embedded.url,
    });
    await using _site = await serveSite(`${folder}/deploy/site`, site);

    const metadata = await (await fetch(`${publicUrl}/.well-known/oauth-authorization-server`)).json();
    assert.equal(metadata.issuer, publicUrl);
    const challenged = await fetch(`${publicUrl}/mcp`, { method: "POST", body: "{}" });
    await challenged.body?.cancel();
    assert.equal(challenged.status, 401);
    const [, announced = ""] =
      /resource_metadata="([^"]*)"/.exec(challenged.headers.get("WWW-Authenticate") ?? "") ?? [];
    assert.deepEqual((await (await fetch(announced)).json()).authorization_servers, [publicUrl]);

    const client = await register(publicUrl);
    const session = await signInByPassword(publicUrl);
    const { status, body } = await redeem(publicUrl, await grantCode(publicUrl, client, session));
    assert.equal(status, 200, project.output());
    const { iss, aud } = decodeJwt(body.access_token);
    assert.deepEqual([iss, aud, body.expires_in], [publicUrl, `${publicUrl}/mcp`, 60]);
    assert.match((await callTool(publicUrl, body.access_token, "get_time")).text, /time_zone/);
    const apps = await fetch(`${publicUrl}/api/apps`, { headers: { Authorization: `Bearer ${session}` } });
    assert.equal((await apps.json()).apps.length, 1);

    await assertPages(publicUrl, supabaseUrl);
    if (findBrowser() !== null) {
      await using browser = await launchBrowser();
      const asked = new URLSearchParams(await authorizeParameters(client, "v".repeat(43)));
      const page = await browser.newPerson();
      const answer = await allow(page, new URL(`${publicUrl}/oauth/authorize?${asked}`), REDIRECT_URI);
      assert.ok(answer.searchParams.get("code"));
    }
  }));

/** What the static host itself answers. */
async function assertPages(publicUrl: string, supabaseUrl: string): Promise<void> {
  const expected: readonly (readonly [string, number, string])[] = [
    ["/", 200, "text/html"],
    ["/consent?request=x", 200, "text/html"],
    ["/account", 200, "text/html"],
    ["/nowhere", 404, "text/html"],
    ["/assets/nothing.js", 404, "application/json"],
    ["/.well-known/anything", 404, "application/json"],
    ["/.well-known/oauth-authorization-server/elsewhere", 404, "application/json"],
    ["/health", 200, "application/json"],
    ["/config.json", 200, "application/json"],
  ];
  for (const [path, status, type] of expected) {
    const got = await fetch(`${publicUrl}${path}`);
    await got.body?.cancel();
    assert.deepEqual([got.status, got.headers.get("Content-Type")?.split(";")[0]], [status, type], path);
    assert.equal(got.headers.get("X-Frame-Options"), "DENY", path);
    const policy = got.headers.get("Content-Security-Policy") ?? "";
    assert.ok(policy.includes(`connect-src 'self' ${publicUrl} ${supabaseUrl};`), `${path}: ${policy}`);
  }
}

Deno.test("deno task deploy says in one line what is missing or wrong, and leaves nothing", () =>
  withFolder(async (folder) => {
    await using database = await freshDatabase();
    const whole = settings(database, folder, "https://auth.example.com", "https://ref.supabase.co");
    const { SUPABASE_URL: _url, ...without } = whole;
    const nowhere = `postgresql://postgres:a_password@127.0.0.1:${freePort()}/postgres`;
    const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
      [without, /^Sekisho cannot be deployed: SUPABASE_URL: is needed: .+$/],
      [
        { ...whole, PUBLIC_URL: "http://auth.example.com" },
        /^Sekisho cannot be deployed: PUBLIC_URL: must be https/,
      ],
      [
        { ...whole, RATE_MCP: "many" },
        /^Sekisho cannot be deployed: RATE_MCP: must be a whole number per hour, below ten million$/,
      ],
      [
        { ...whole, SEKISHO_SECRTE: "x" },
        /^Sekisho cannot be deployed: SEKISHO_SECRTE: is not a setting of Sekisho$/,
      ],
      [
        { ...whole, SEKISHO_DATABASE_URL: nowhere },
        /^Sekisho cannot be deployed: the database cannot be reached: /m,
      ],
    ];
    for (const [env, why] of wrong) {
      const { code, said } = await deploy(env);
      assert.equal(code, 1, said);
      assert.match(said.trim().split("\n").at(-1) ?? "", why);
      assert.doesNotMatch(said, /a_password|^ +at /m);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    }
  }));

Deno.test("deno task deploy refuses a database with demo people, whose passwords everybody knows", () =>
  withFolder(async (folder) => {
    await using database = await freshDemoDatabase("http://localhost:1");
    const { code, said } = await deploy(
      settings(database, folder, "https://auth.example.com", "https://ref.supabase.co"),
    );
    assert.equal(code, 1);
    assert.match(said, /the database holds demo data, whose passwords are public/);
  }));

Deno.test("on the bare host, the site of deno task deploy has pages and no way to a function", () =>
  withFolder(async (folder) => {
    await using database = await freshDatabase();
    const supabaseUrl = "https://ref.supabase.co";
    const env = {
      ...settings(database, folder, `${supabaseUrl}/functions/v1`, supabaseUrl),
      WEB_URL: "https://pages.example.com",
    };
    for (const time of ["first", "second"]) {
      const { code, said } = await deploy(env);
      assert.equal(code, 0, `${time}: ${said}`);
      assert.match(said, /MCP URL {6}https:\/\/ref\.supabase\.co\/functions\/v1\/mcp$/m);
    }
    const site = `${folder}/deploy/site`;
    assert.doesNotMatch(await Deno.readTextFile(`${site}/_redirects`), /http/);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${site}/config.json`)), {
      supabase_url: supabaseUrl,
      publishable_key: KEY,
      public_url: `${supabaseUrl}/functions/v1`,
      providers: ["password"],
    });
  }));
