/**
 * Applies `supabase/migrations` as the official CLI does, and keeps its books: `supabase db push` afterwards finds
 * nothing to do, and the other way round. Under an advisory lock, so that several starts on one database take turns.
 *
 * It must never go on with a database whose migrations say something else today: nobody knows what is in it.
 */
import type pg from "pg";
import { DatabaseError, describe } from "./database_error.ts";

const MIGRATIONS = new URL("../../migrations/", import.meta.url);

interface Migration {
  readonly version: string;
  readonly name: string;
  readonly sql: string;
}

/**
 * Applies what is missing, each file in a transaction of its own. Answers how many were applied.
 *
 * @throws DatabaseError when a file cannot be applied, or was changed since it was.
 */
export async function migrate(client: pg.Client): Promise<number> {
  await client.query("create schema if not exists supabase_migrations");
  await client.query(
    "create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text)",
  );
  const { rows } = await client.query<{ version: string; statements: string[] | null }>(
    "select version, statements from supabase_migrations.schema_migrations",
  );
  const applied = new Map(rows.map(({ version, statements }) => [version, statements]));
  const migrations = await readMigrations();
  refuseChanged(migrations, applied);
  const missing = migrations.filter((migration) => !applied.has(migration.version));
  for (const migration of missing) await apply(client, migration);
  return missing.length;
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query("begin");
    await client.query(migration.sql);
    await client.query(
      "insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)",
      [migration.version, [migration.sql], migration.name],
    );
    await client.query("commit");
  } catch (error) {
    throw new DatabaseError(`${pathOf(migration)} cannot be applied: ${describe(error)}`);
  }
}

function refuseChanged(
  migrations: readonly Migration[],
  applied: ReadonlyMap<string, readonly string[] | null>,
): void {
  for (const migration of migrations) {
    const statements = applied.get(migration.version);
    // Books without the text tell nothing.
    if (statements === undefined || statements === null || statements.length === 0) continue;
    if (meaningOf(statements.join(";\n")) === meaningOf(migration.sql)) continue;
    throw new DatabaseError(
      `${
        pathOf(migration)
      } was changed after this database was made: begin with an empty one (--fresh), or undo the change`,
    );
  }
}

/** Without comments, line ends and what lies between statements: the CLI splits a file, and nobody minds a new comment. */
function meaningOf(sql: string): string {
  return sql.replace(/--.*$/gm, "").replace(/[\s;]+/g, " ").trim();
}

function pathOf({ version, name }: Migration): string {
  return `supabase/migrations/${version}_${name}.sql`;
}

async function readMigrations(): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for await (const entry of Deno.readDir(MIGRATIONS)) {
    const [, version, name] = /^(\d{14})_(\w+)\.sql$/.exec(entry.name) ?? [];
    if (version === undefined || name === undefined) continue;
    migrations.push({ version, name, sql: await Deno.readTextFile(new URL(entry.name, MIGRATIONS)) });
  }
  return migrations.sort((left, right) => left.version < right.version ? -1 : 1);
}
