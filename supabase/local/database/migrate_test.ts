/** Migrations on a database that has a past: what was applied and what stands in the files today. */
import assert from "node:assert/strict";
import pg from "pg";
import { freshDatabase, type TestDatabase } from "../testing/test_database.ts";
import { DatabaseError } from "./database_error.ts";
import { prepareDatabase } from "./prepare_database.ts";

const VERSION = "20261121000450";
const FILE = /^supabase\/migrations\/20261121000450_signing_keys\.sql /;

/** Runs one statement as the owner, in the books of the migrations. */
async function rewrite(database: TestDatabase, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    assert.equal((await client.query(statement)).rowCount, 1);
  } finally {
    await client.end();
  }
}

/** What a start says about this database; null when it goes on. */
async function refusal({ url, keyRing }: TestDatabase): Promise<string | null> {
  try {
    await prepareDatabase(url, keyRing);
    return null;
  } catch (error) {
    assert.ok(error instanceof DatabaseError);
    return error.message;
  }
}

const books = (change: string) =>
  `update supabase_migrations.schema_migrations set statements = ${change} where version = '${VERSION}'`;

Deno.test("migrate refuses a database that was made with another text of a file, and says what to do", async () => {
  await using database = await freshDatabase();
  await rewrite(database, books("array[statements[1] || 'select 1;']"));
  const said = await refusal(database) ?? "";
  assert.match(said, FILE);
  assert.match(said, /was changed after this database was made: begin with an empty one \(--fresh\)/);
  assert.doesNotMatch(said, /\n/);
});

Deno.test("migrate minds no comment, no line end and no empty line", async () => {
  await using database = await freshDatabase();
  await rewrite(
    database,
    books(`array[E'-- an older comment\\r\\n\\r\\n' || replace(statements[1], E'\\n', E'\\r\\n')]`),
  );
  assert.equal(await refusal(database), null);
});

Deno.test("migrate minds neither the books of the CLI, which splits files, nor books without a text", async () => {
  await using database = await freshDatabase();
  await rewrite(database, books(`regexp_split_to_array(rtrim(statements[1], E'; \\n'), E';\\\\s*\\n')`));
  assert.equal(await refusal(database), null);
  await rewrite(database, books("null"));
  assert.equal(await refusal(database), null);
});

Deno.test("migrate names the file that cannot be applied", async () => {
  await using database = await freshDatabase();
  await rewrite(
    database,
    `delete from supabase_migrations.schema_migrations where version = '${VERSION}'`,
  );
  const said = await refusal(database) ?? "";
  assert.match(said, FILE);
  assert.match(said, /cannot be applied: .+ already exists \(42\w+\)$/);
});
