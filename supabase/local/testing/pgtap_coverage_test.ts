/** Every SQL function of ours has a pgTAP file of its own; see also schema_rules_test.sql for what needs a database. */
import assert from "node:assert/strict";

const SUPABASE = new URL("../../", import.meta.url);

async function filesOf(folder: string): Promise<string[]> {
  const names = [];
  for await (const entry of Deno.readDir(new URL(folder, SUPABASE))) names.push(entry.name);
  return names.filter((name) => name.endsWith(".sql"));
}

Deno.test("supabase/tests has a file for every function of the migrations", async () => {
  const functions = new Set<string>();
  for (const name of await filesOf("migrations/")) {
    const sql = await Deno.readTextFile(new URL(`migrations/${name}`, SUPABASE));
    for (
      const [, created = ""] of sql.matchAll(/^create (?:or replace )?(?:function|procedure) \w+\.(\w+)/gm)
    ) {
      functions.add(`${created}_test.sql`);
    }
  }
  assert.ok(functions.size > 0);
  const tests = new Set(await filesOf("tests/"));
  assert.deepEqual([...functions].filter((name) => !tests.has(name)), []);
});
