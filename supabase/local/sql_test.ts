/** `deno task sql` as an operator meets it. */
import assert from "node:assert/strict";
import { freshDatabase } from "./testing/test_database.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

async function sql(args: readonly string[], url: string, input = "") {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "sql", ...args],
    cwd: ROOT,
    env: { SEKISHO_DATA_DIR: "/nowhere", SEKISHO_DATABASE_URL: url },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // Whoever takes no input may be gone before it is written.
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, said: text(stdout), told: text(stderr) };
}

Deno.test("deno task sql answers each row as a line of JSON, from the argument and from a file", async () => {
  await using database = await freshDatabase();
  const made = await sql(
    [`select * from oauth.create_operator_client(p_name => 'It''s "mine"', p_redirect_uris => '{https://a.test/cb}')`],
    database.url,
  );
  assert.equal(made.code, 0, made.told);
  const { client_id, client_secret } = JSON.parse(made.said);
  assert.match(client_secret, /^[\w-]{40,}$/);

  const file = `select name from oauth.clients where id = '${client_id}';
    create temporary table kept (n integer); insert into kept values (1), (2); select n from kept where n > 2;`;
  assert.deepEqual(await sql([], database.url, file), {
    code: 0,
    said: '{"name":"It\'s \\"mine\\""}\nCREATE\nINSERT 2\nno rows',
    told: "",
  });
});

Deno.test("deno task sql runs all or nothing, and says in one line why", async () => {
  await using database = await freshDatabase();
  const failed = await sql(["create table kept (); select nothing_such"], database.url);
  assert.deepEqual(failed, { code: 1, said: "", told: 'SQL: column "nothing_such" does not exist (42703)' });
  const { said } = await sql(["select to_regclass('kept') as kept"], database.url);
  assert.equal(said, '{"kept":null}');
});

Deno.test("deno task sql says how it is used, and where it cannot work", async () => {
  for (const args of [[], ["select", "1"], [" "]]) {
    const { code, told } = await sql(args, "");
    assert.deepEqual([code, told.startsWith("usage: deno task sql ")], [2, true]);
  }
  assert.match((await sql(["select 1"], "")).told, /^SQL: no running Sekisho in \/nowhere/);
  const away = await sql(["select 1"], "postgresql://x:canary@127.0.0.1:1/x");
  assert.match(away.told, /^SQL: the database cannot be reached/);
  assert.doesNotMatch(away.told, /canary/);
});
