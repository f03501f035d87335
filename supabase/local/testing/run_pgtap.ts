/**
 * Runs supabase/tests/*.sql (pgTAP) on a database that is prepared as the product prepares it. Alone, it runs them on
 * every server of this machine: Debian's Postgres 15 with the real pg_cron, and the embedded 17. Only for throw-away
 * servers: where pg_cron is loaded, its own database is the one that is prepared.
 */
import { basename } from "node:path";
import pg from "pg";
import { parseKeyRing } from "../../functions/_shared/runtime/keys.ts";
import { prepareDatabase } from "../database/prepare_database.ts";
import { readTap } from "./pgtap_output.ts";
import { pgTapScript } from "./pgtap_script.ts";
import { onEveryServer } from "./pgtap_servers.ts";
import { onDatabase, TEST_SECRET } from "./test_database.ts";

export interface PgTapResult {
  readonly passed: number;
  readonly failed: number;
  /** `<label> <file>: <what>`, one line each. */
  readonly failures: readonly string[];
  /** `<label> <file>: <why>`, one line per file and reason. */
  readonly skips: readonly string[];
}

/** No access token can be recorded without a key that signs it. Nothing else is there, not even in the audit trail. */
const BASE_KEY = `
  insert into oauth.signing_keys (kid, public_jwk, sealed_private_key, secret_id)
  values ('base', '{"kty": "EC"}', 'sealed', 'test')`;

const TESTS = new URL("../../tests/", import.meta.url);

/** @param serverUrl a superuser's @param label names the server in what is printed */
export async function runPgTap(serverUrl: string, label: string, tests: URL = TESTS): Promise<PgTapResult> {
  const cronDatabase = await ask<string | null>(
    serverUrl,
    "select current_setting('cron.database_name', true)",
  );
  const name = cronDatabase ?? `pgtap_${crypto.randomUUID().replaceAll("-", "")}`;
  const url = onDatabase(serverUrl, name);
  if (cronDatabase === null) await ask(serverUrl, `create database ${name}`);
  try {
    await prepareDatabase(url, parseKeyRing(TEST_SECRET));
    await installPgTap(url, name);
    await ask(url, BASE_KEY);
    return await runFiles(url, label, tests);
  } finally {
    if (cronDatabase === null) await ask(serverUrl, `drop database ${name} with (force)`);
  }
}

async function runFiles(url: string, label: string, tests: URL): Promise<PgTapResult> {
  let passed = 0;
  const failures: string[] = [];
  const skips: string[] = [];
  for (const file of await sqlFiles(tests)) {
    const place = `${label} ${basename(file.pathname)}`;
    const { output, error } = await execute(url, await Deno.readTextFile(file));
    const result = readTap(output);
    passed += result.passed;
    failures.push(...result.failures.map((what) => `${place}: ${what}`));
    if (error !== null) failures.push(`${place}: ${error}`);
    skips.push(...result.skips.map((why) => `${place}: ${why}`));
  }
  if (passed === 0 && failures.length === 0) failures.push(`${label}: there are no tests`);
  return { passed, failed: failures.length, failures, skips };
}

/** As hosted projects have it: pgTAP lies in schema extensions, which is on the search path. */
async function installPgTap(url: string, name: string): Promise<void> {
  const available = await ask(
    url,
    "select exists (select from pg_available_extensions where name = 'pgtap')",
  );
  const installed = await ask<boolean>(url, "select to_regproc('extensions.finish') is not null");
  if (available) {
    await ask(url, "create extension if not exists pgtap with schema extensions");
  } else if (!installed) {
    const { error } = await execute(url, `set search_path = extensions;\n${await pgTapScript()}`);
    if (error !== null) throw new Error(`pgTAP cannot be installed: ${error}`);
  }
  await ask(url, `alter database ${name} set search_path = "$user", public, extensions`);
}

/** A connection of its own: what a file leaves behind dies with it. Output up to an error is kept. */
async function execute(url: string, sql: string): Promise<{ output: string[]; error: string | null }> {
  const client = await connect(url);
  const output: string[] = [];
  try {
    const query = new pg.Query<Record<string, unknown>>(sql);
    query.on("row", (row) => output.push(...Object.values(row).filter((value) => typeof value === "string")));
    await new Promise<void>((resolve, reject) => {
      query.on("end", () => resolve());
      query.on("error", reject);
      client.query(query);
    });
    return { output, error: null };
  } catch (error) {
    return { output, error: describe(error, sql) };
  } finally {
    await client.end();
  }
}

function describe(error: unknown, sql: string): string {
  if (!(error instanceof pg.DatabaseError)) return String(error);
  const line = error.position === undefined
    ? ""
    : `line ${sql.slice(0, Number(error.position)).split("\n").length}: `;
  return `${line}${error.message} (${error.code})${error.where ? ` | ${error.where.split("\n")[0]}` : ""}`;
}

async function ask<Answer>(url: string, sql: string): Promise<Answer> {
  const client = await connect(url);
  try {
    const { rows } = await client.query({ text: sql, rowMode: "array" });
    return rows[0]?.[0] as Answer;
  } finally {
    await client.end();
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function sqlFiles(folder: URL): Promise<URL[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.endsWith("_test.sql")) names.push(entry.name);
  }
  return names.sort().map((name) => new URL(name, folder));
}

/** Whether what one server had to skip (pg_cron, say) was run on another: then nothing is untested. */
function ranElsewhere(skip: string, skips: readonly string[], servers: number): boolean {
  const [file = ""] = /\w+_test\.sql/.exec(skip) ?? [];
  return skips.filter((other) => other.includes(file)).length < servers;
}

async function main(): Promise<never> {
  let passed = 0;
  let failed = 0;
  const skips: string[] = [];
  let servers = 0;
  const print = (line: string) => Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
  const missing = await onEveryServer(async (url, label) => {
    const result = await runPgTap(url, label);
    passed += result.passed;
    failed += result.failed;
    skips.push(...result.skips);
    servers++;
    for (const failure of result.failures) await print(failure);
  });
  const skipped = skips.filter((skip) => !ranElsewhere(skip, skips, servers));
  skipped.push(...missing.map((label) => `${label}: this server is not available`));
  const last = `${passed} passed, ${failed} failed`;
  await print(skipped.length === 0 ? last : `${last}, ${skipped.length} skipped (${skipped.join("; ")})`);
  Deno.exit(failed === 0 && passed > 0 ? 0 : 1);
}

if (import.meta.main) await main();
