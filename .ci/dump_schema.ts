/**
 * Writes supabase/schema.sql: what the migrations amount to, for people who read the schema and for reviews that must
 * see what a change of a migration really changes. `--check` compares instead. Made by pg_dump of Debian's Postgres 15
 * from a database that is prepared as the product prepares it; everything that differs between machines is taken out.
 */
import { fileURLToPath } from "node:url";
import pg from "pg";
import { parseKeyRing } from "../supabase/functions/_shared/runtime/keys.ts";
import { prepareDatabase } from "../supabase/local/database/prepare_database.ts";
import { runCommand } from "../supabase/local/postgres/run_command.ts";
import { DEBIAN_BINARIES, startDebianPostgres } from "../supabase/local/testing/debian_postgres.ts";
import { onDatabase, TEST_SECRET } from "../supabase/local/testing/test_database.ts";

const FILE = fileURLToPath(new URL("../supabase/schema.sql", import.meta.url));
const SCHEMAS = ["oauth", "access", "shop"];
const HEADER =
  "-- What the migrations amount to. Made by .ci/dump_schema.ts from supabase/migrations; never edited by hand.\n";

const ROLES = `
  select format(
    '-- role %s: %s%s%s', rolname,
    array_to_string(array_remove(array[
      case when rolcanlogin then 'login' else 'nologin' end,
      case when rolinherit then 'inherit' else 'noinherit' end,
      case when rolsuper then 'superuser' end,
      case when rolbypassrls then 'bypassrls' end,
      case when rolcreaterole then 'createrole' end,
      case when rolcreatedb then 'createdb' end,
      case when rolreplication then 'replication' end
    ], null), ' '),
    (
      select ', member of ' || string_agg(roleid::regrole::text, ' ' order by roleid::regrole::text)
      from pg_auth_members
      where member = pg_roles.oid
    ),
    (select ', ' || string_agg(setting, ', ' order by setting) from unnest(rolconfig) as setting)
  ) as line
  from pg_roles
  where rolname like 'sekisho\\_%'
  order by rolname`;

/** The dump names no owners, since they differ between machines; this one decides which policies a function meets. */
const OWNERS = `
  select format('-- %s acts as %s', oid::regprocedure, proowner::regrole) as line
  from pg_proc
  where proowner::regrole::text like 'sekisho\\_%'
  order by oid::regprocedure::text collate "C"`;

/** The schema of the migrations as text, or null where Postgres 15 is not installed. */
export async function dumpSchema(): Promise<string | null> {
  const postgres = await startDebianPostgres();
  if (postgres === null) return null;
  try {
    const url = onDatabase(postgres.url, "schema_dump");
    await query(postgres.url, "create database schema_dump");
    await prepareDatabase(url, parseKeyRing(TEST_SECRET));
    const rights = [...await query(url, ROLES), ...await query(url, OWNERS)];
    const args = ["--schema-only", "--no-owner", ...SCHEMAS.map((schema) => `--schema=${schema}`), url];
    const { code, stdout, stderr } = await runCommand(`${DEBIAN_BINARIES}/pg_dump`, args);
    if (code !== 0) throw new Error(`pg_dump failed: ${stderr.trim()}`);
    return `${HEADER}\n${rights.map((row) => `${row.line}\n`).join("")}\n${normaliseDump(stdout)}`;
  } finally {
    await postgres.stop();
  }
}

/** Without versions, session settings and the comments that only say what the next statement says. */
export function normaliseDump(dump: string): string {
  return dump
    .split("\n")
    .filter((line) =>
      !/^(--$|-- (Name|Dumped|PostgreSQL)\b|SET \w+ = |SELECT pg_catalog\.set_config\(|\\(un)?restrict\b)/
        .test(line)
    )
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim() + "\n";
}

async function query(url: string, sql: string): Promise<{ line: string }[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ line: string }>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function main(): Promise<number> {
  const say = (text: string) => Deno.stdout.write(new TextEncoder().encode(`schema dump: ${text}\n`));
  const check = Deno.args.includes("--check");
  const dump = await dumpSchema();
  if (dump === null) {
    await say(check ? "skipped, Postgres 15 is not installed" : "Postgres 15 is not installed");
    return check ? 0 : 1;
  }
  if (!check) {
    await Deno.writeTextFile(FILE, dump);
    await say("written");
    return 0;
  }
  const committed = await Deno.readTextFile(FILE).catch(() => "");
  const fresh = committed === dump;
  await say(fresh ? "ok" : "supabase/schema.sql is stale: deno run -A .ci/dump_schema.ts");
  return fresh ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
