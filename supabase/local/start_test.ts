/** The start command as outsiders meet it: what it prints, when it refuses, and that nothing is left running. */
import assert from "node:assert/strict";
import pg from "pg";
import { wipePostgres } from "./postgres/start_postgres.ts";
import { postmasterPid, postmastersOn } from "./postgres/testing/temporary_folder.ts";
import {
  freePort,
  onTestDatabase,
  type ProductProcess,
  spawnProduct,
  startProductProcess,
} from "./testing/product_process.ts";
import { freshDatabase, onDatabase, TEST_SECRET, TEST_SERVER_VARIABLE } from "./testing/test_database.ts";

/** Waits for a start that must fail and answers its one line. */
async function refusal(env: Record<string, string>, args: readonly string[] = []): Promise<string> {
  await using product = spawnProduct(env, args);
  assert.notEqual(await product.exited, 0);
  const lines = product.output().trim().split("\n");
  assert.equal(lines.length, 1, product.output());
  return lines[0] ?? "";
}

/** A data folder that the Postgres account can reach, removed with everything in it. */
async function withDataFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.realPath(await Deno.makeTempDir({ prefix: "sekisho_start_" }));
  await Deno.chmod(parent, 0o755);
  const folder = `${parent}/data`;
  try {
    await run(folder);
  } finally {
    await wipePostgres(folder).catch(() => {});
    await Deno.remove(parent, { recursive: true });
  }
}

async function isServing(product: ProductProcess): Promise<boolean> {
  const response = await fetch(`${product.url}/.well-known/oauth-authorization-server`);
  return response.status === 200 && (await response.json()).issuer === product.url;
}

const refusals: readonly [what: string, env: Record<string, string>, line: RegExp][] = [
  ["a malformed PORT", { PORT: "eighty" }, /PORT: must be a number/],
  [
    "a PUBLIC_URL with a trailing slash",
    { PUBLIC_URL: "http://localhost:1/" },
    /PUBLIC_URL: must not end with a slash/,
  ],
  ["a public PUBLIC_URL without https", { PUBLIC_URL: "http://example.com" }, /PUBLIC_URL: must be https/],
  [
    "a malformed ACCESS_TOKEN_SECONDS",
    { ACCESS_TOKEN_SECONDS: "1h" },
    /ACCESS_TOKEN_SECONDS: must be a whole number/,
  ],
  ["an unknown SEKISHO_ name", { SEKISHO_SECRETS: "x" }, /SEKISHO_SECRETS: is not a setting/],
  ["a malformed SEKISHO_SECRET", { SEKISHO_SECRET: "canary-value" }, /SEKISHO_SECRET: must be id:key/],
  [
    "a REGISTRATION that does not exist",
    { REGISTRATION: "canary-value" },
    /REGISTRATION: must be open, token or off/,
  ],
  [
    "a database without a secret",
    { SEKISHO_DATABASE_URL: "postgresql://x@127.0.0.1:1/x" },
    /SEKISHO_SECRET: is required/,
  ],
  [
    "a database that cannot be reached",
    { SEKISHO_DATABASE_URL: "postgresql://x:canary-value@127.0.0.1:1/x", SEKISHO_SECRET: TEST_SECRET },
    /the database cannot be reached/,
  ],
];

for (const [what, env, line] of refusals) {
  Deno.test(`deno task start refuses ${what} in one line`, async () => {
    const said = await refusal({ PORT: String(freePort()), ...env });
    assert.match(said, line);
    assert.doesNotMatch(said, /canary-value/);
  });
}

Deno.test("deno task start refuses an unknown argument in one line", async () => {
  assert.match(await refusal({}, ["--help-me"]), /the only argument is --fresh/);
});

Deno.test("deno task start refuses a taken port before it touches anything", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = String((taken.addr as Deno.NetAddr).port);
  try {
    await withDataFolder(async (folder) => {
      assert.match(
        await refusal({ PORT: port, SEKISHO_DATA_DIR: folder }),
        /port \d+ is taken: set PORT to another/,
      );
      await assert.rejects(Deno.stat(`${folder}/postgres`), Deno.errors.NotFound);
    });
  } finally {
    taken.close();
  }
});

Deno.test("deno task start refuses a foreign database and changes nothing in it", async () => {
  const server = Deno.env.get(TEST_SERVER_VARIABLE) ?? "";
  const name = `foreign_${crypto.randomUUID().replaceAll("-", "")}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const foreign = new pg.Client({ connectionString: onDatabase(server, name) });
  await foreign.connect();
  try {
    await foreign.query("create table somebodys (id integer)");
    const env = { SEKISHO_DATABASE_URL: onDatabase(server, name), SEKISHO_SECRET: TEST_SECRET };
    assert.match(await refusal(env), /the database holds tables of something else/);
    const { rows } = await foreign.query(
      "select from pg_namespace where nspname in ('oauth', 'auth', 'access')",
    );
    assert.equal(rows.length, 0);
  } finally {
    await foreign.end();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  }
});

Deno.test("deno task start refuses a wrong SEKISHO_SECRET", async () => {
  await using database = await freshDatabase();
  const env = { SEKISHO_DATABASE_URL: database.url, SEKISHO_SECRET: `test:${"B".repeat(43)}` };
  assert.match(await refusal(env), /SEKISHO_SECRET is not the secret that this database was set up with/);
});

Deno.test("deno task start prints the ready line, serves at once, and SIGTERM ends it with 0", async () => {
  await using database = await freshDatabase();
  await using product = await startProductProcess(onTestDatabase(database));
  assert.ok(await isServing(product));
  const [first = "", second = ""] = product.output().split("\n");
  assert.equal(first, `Sekisho ready  ${product.url}`);
  assert.match(second, new RegExp(`${product.url}/mcp`));
  assert.equal(await product.stop("SIGTERM"), 0);
});

Deno.test("deno task start on a data folder: second start refused, kill -9 survived, data kept, SIGINT ends all", () =>
  withDataFolder(async (folder) => {
    const env = { SEKISHO_DATA_DIR: folder };
    const killed = await startProductProcess(env);
    const registered = await fetch(`${killed.url}/oauth/register`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ redirect_uris: ["http://127.0.0.1/cb"], token_endpoint_auth_method: "none" }),
    });
    const { client_id } = await registered.json();

    assert.match(await refusal({ ...env, PORT: String(freePort()) }), /another Sekisho is running/);
    assert.ok(await isServing(killed));

    await killNow(killed);
    await using again = await startProductProcess({ ...env, PORT: String(killed.port) });
    const asked = await fetch(`${again.url}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        client_id,
        code: "x",
        code_verifier: "v".repeat(43),
      }),
    });
    // A client that is still known is told that its code is wrong.
    assert.equal((await asked.json()).error, "invalid_grant");
    assert.equal(await again.stop("SIGINT"), 0);
    await assert.rejects(Deno.stat(`${folder}/postgres/postmaster.pid`), Deno.errors.NotFound);
  }));

Deno.test("deno task start whose own Postgres is killed says so, stops with 1 and leaves nothing behind", () =>
  withDataFolder(async (folder) => {
    await using product = await startProductProcess({ SEKISHO_DATA_DIR: folder });
    assert.ok(await isServing(product));
    Deno.kill(await postmasterPid(folder), "SIGKILL");
    assert.equal(await product.exited, 1);
    assert.match(product.output(), /^Sekisho stops: Postgres ended \(signal SIGKILL\)/m);
    assert.deepEqual(await postmastersOn(folder), []);
    await assert.rejects(isServing(product));
  }));

Deno.test("deno task start that is interrupted on its way ends with 0, is never ready, and leaves nothing behind", () =>
  withDataFolder(async (folder) => {
    const env = { SEKISHO_DATA_DIR: folder };
    await using product = spawnProduct(env);
    while (!product.output().includes("Creating the database")) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(await product.stop("SIGINT"), 0);
    assert.match(product.output(), /Stopping …\n$/);
    assert.doesNotMatch(product.output(), /ready|cannot/);
    assert.deepEqual(await postmastersOn(folder), []);

    await using again = await startProductProcess(env);
    assert.ok(await isServing(again));
  }));

/** Kills the server process itself without warning, as the system would. */
async function killNow(product: ProductProcess): Promise<void> {
  const listing = new Deno.Command("ps", {
    args: ["-o", "pid=", "--ppid", String(product.pid)],
    stdout: "piped",
  });
  const children = new TextDecoder().decode((await listing.output()).stdout).trim().split(/\s+/).map(Number);
  for (const pid of [...children, product.pid]) {
    if (pid > 0) Deno.kill(pid, "SIGKILL");
  }
  await product.exited;
}

Deno.test("deno task start --fresh begins with an empty database", () =>
  withDataFolder(async (folder) => {
    const env = { SEKISHO_DATA_DIR: folder };
    const first = await startProductProcess(env);
    const keys = await (await fetch(`${first.url}/oauth/jwks`)).json();
    await first.stop();
    await using second = spawnProduct(env, ["--fresh"]);
    while (!second.output().includes("Sekisho ready")) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const other = await (await fetch(`${second.url}/oauth/jwks`)).json();
    assert.notEqual(keys.keys[0].kid, other.keys[0].kid);
  }));
