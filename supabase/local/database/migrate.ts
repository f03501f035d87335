/**
 * Applies `supabase/migrations` as the official CLI does, and keeps its books: `supabase db push` afterwards finds
 * nothing to do, and the other way round. Under an advisory lock, so that several starts on one database take turns.
 */
import type pg from "pg";

const MIGRATIONS = new URL("../../migrations/", import.meta.url);

interface Migration {
  readonly version: string;
  readonly name: string;
  readonly sql: string;
}

/** Applies what is missing, each file in a transaction of its own. Answers how many were applied. */
export async function migrate(client: pg.Client): Promise<number> {
  await client.query("create schema if not exists supabase_migrations");
  await client.query(
    "create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text)",
  );
  const { rows } = await client.query<{ version: string }>(
    "select version from supabase_migrations.schema_migrations",
  );
  const applied = new Set(rows.map((row) => row.version));
  const missing = (await readMigrations()).filter((migration) => !applied.has(migration.version));
  for (const migration of missing) {
    await client.query("begin");
    await client.query(migration.sql);
    await client.query(
      "insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)",
      [migration.version, [migration.sql], migration.name],
    );
    await client.query("commit");
  }
  return missing.length;
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
