/** `deno task keys` as an operator meets it. What it does to a running product: `functions/tests/key_rotation_test.ts`. */
import assert from "node:assert/strict";
import { connectSql } from "../functions/_shared/runtime/sql.ts";
import { onTestDatabase } from "./testing/product_process.ts";
import { freshDatabase, TEST_SECRET } from "./testing/test_database.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

async function keys(args: readonly string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "keys", ...args],
    cwd: ROOT,
    env: { SEKISHO_DATA_DIR: "/nowhere", SEKISHO_DATABASE_URL: "", SEKISHO_SECRET: "", ...env },
  }).output();
  const [said, told] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  return { code, said, told };
}

Deno.test("deno task keys says how it is used, and changes nothing", async () => {
  for (const args of [[], ["rotate"], ["revoke"], ["revoke", "a", "b"], ["list", "x"], ["reseal", "x"]]) {
    assert.deepEqual(await keys(args, {}), {
      code: 2,
      said: "usage: deno task keys list | revoke <kid> | reseal",
      told: "",
    });
  }
});

Deno.test("deno task keys says in one line why it cannot work", async () => {
  await using database = await freshDatabase();
  const refused = async (args: string[], env: Record<string, string>, line: RegExp) => {
    const { code, said, told } = await keys(args, env);
    assert.deepEqual([code, said], [1, ""]);
    assert.match(told ?? "", line);
    assert.equal((told ?? "").split("\n").length, 1);
    assert.doesNotMatch(told ?? "", /canary/);
  };
  await refused(["list"], {}, /no running Sekisho in \/nowhere/);
  await refused(
    ["list"],
    { SEKISHO_DATABASE_URL: "postgresql://x:canary@127.0.0.1:1/x" },
    /cannot be reached/,
  );
  await refused(["reseal"], { SEKISHO_DATABASE_URL: database.url }, /SEKISHO_SECRET: is required/);
  const wrong = { ...onTestDatabase(database), SEKISHO_SECRET: `test:${"B".repeat(43)}` };
  await refused(["reseal"], wrong, /is not the secret that this database was set up with/);
});

Deno.test("deno task keys lists keys without private parts, and revokes the one that is named", async () => {
  await using database = await freshDatabase();
  const env = { SEKISHO_DATABASE_URL: database.url, SEKISHO_SECRET: TEST_SECRET };
  assert.equal((await keys(["list"], env)).said, "no keys yet: the first token request makes one");
  const sql = connectSql(database.url, "keys test");
  try {
    for (const kid of ["one", "two"]) {
      await sql.query({
        text: "select oauth.create_signing_key($1, '{}', 'sealed canary', 'test', 90)",
        values: [kid],
      });
    }
  } finally {
    await sql.close();
  }
  const lines = (await keys(["list"], env)).said?.split("\n") ?? [];
  assert.match(lines[0] ?? "", /^two {2}next {6}signs from \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
  assert.match(lines[1] ?? "", /^one {2}active {4}signs from /);
  assert.deepEqual(await keys(["revoke", "three"], env), { code: 2, said: "there is no such key", told: "" });
  assert.equal((await keys(["revoke", "one"], env)).said, "revoked; two signs now");
  assert.equal((await keys(["revoke", "one"], env)).said, "revoked; two signs now");
  assert.match((await keys(["revoke", "two"], env)).said ?? "", /the next token request makes one$/);
});
