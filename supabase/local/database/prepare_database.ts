/**
 * Makes a database ready for the product: checks that it is empty or ours, lays the Supabase base where it is missing,
 * migrates, and lets the functions' roles in with passwords kept under SEKISHO_SECRET. Safe to run by several
 * processes at once and again at every start.
 */
import { getAuthSchemaSql } from "@supabase/lite";
import pg from "pg";
import type { KeyRing } from "../../functions/_shared/runtime/keys.ts";
import { errorCode } from "../../functions/_shared/runtime/sql.ts";
import { DatabaseError, describe } from "./database_error.ts";
import { keepPasswords, type Passwords } from "./kept_passwords.ts";
import { migrate } from "./migrate.ts";
import { scramVerifier } from "./scram_verifier.ts";

/** The database as each function reaches it. */
export interface FunctionUrls {
  readonly oauthUrl: string;
  readonly mcpUrl: string;
  readonly accountUrl: string;
}

export interface PreparedDatabase extends FunctionUrls {
  /** True when this call created the schema: the only moment at which demo data may be written. */
  readonly created: boolean;
  /** The same in every process, whatever key of SEKISHO_SECRET it has first. */
  readonly passwords: Passwords;
}

const LOGIN_ROLES = ["sekisho_oauth", "sekisho_mcp", "sekisho_account"] as const;

/** Schemas of Supabase itself and of Postgres: anything outside them in a database without ours is somebody's. */
const OURS_OR_SUPABASE =
  "^(pg_.*|information_schema|oauth|access|shop|auth|extensions|supabase_migrations|storage|realtime|vault|graphql.*|cron|net|pgsodium.*|pgbouncer|_.*)$";

/**
 * Prepares the database at this URL, whose role must be its owner or a superuser.
 *
 * @throws DatabaseError when it cannot be reached, is not ours, or the secret is not the one it knows.
 */
export async function prepareDatabase(url: string, keyRing: KeyRing): Promise<PreparedDatabase> {
  const client = await connectOwner(url, "sekisho start");
  try {
    await client.query("select pg_advisory_lock(hashtext('sekisho start'))");
    await refuseForeign(client);
    await layBase(client);
    const created = await migrate(client) > 0 && await isNew(client);
    await checkSecrets(client, keyRing);
    const passwords = await keepPasswords(client, keyRing);
    return { created, passwords, ...await letIn(client, url, passwords) };
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    throw new DatabaseError(`the database cannot be prepared: ${describe(error)}`);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Connects as the owner of the database. @throws DatabaseError when it cannot be reached. */
export async function connectOwner(url: string, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5000,
    application_name: applicationName,
  });
  // Notices (“already exists, skipping”) are not for people.
  client.on("notice", () => {});
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw new DatabaseError(`the database cannot be reached: ${describe(error)}`);
  }
  return client;
}

async function refuseForeign(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ foreign: boolean }>(
    `select to_regclass('oauth.clients') is null and exists (
      select from pg_catalog.pg_class as relation
      join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
      where relation.relkind in ('r', 'p', 'v', 'm', 'f') and schema.nspname !~ $1
    ) as foreign`,
    [OURS_OR_SUPABASE],
  );
  if (rows[0]?.foreign) {
    throw new DatabaseError("the database holds tables of something else: it must be empty or Sekisho's own");
  }
}

async function layBase(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ missing: boolean; factors_missing: boolean }>(
    `select to_regclass('auth.users') is null as missing,
      to_regclass('auth.mfa_factors') is null as factors_missing`,
  );
  if (rows[0]?.missing) {
    await client.query(await Deno.readTextFile(new URL("supabase_base.sql", import.meta.url)));
    await client.query(getAuthSchemaSql());
  }
  if (rows[0]?.factors_missing) {
    await client.query(
      await Deno.readTextFile(new URL("../second_factor/second_factor.sql", import.meta.url)),
    );
  }
}

/** Nobody has used it yet: what was migrated just now was not there before. */
async function isNew(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ empty: boolean }>(
    "select not exists (select from oauth.resources) as empty",
  );
  return rows[0]?.empty ?? false;
}

/** @throws DatabaseError when these secrets are not those that the database knows and needs. */
export async function checkSecrets(client: pg.Client, keyRing: KeyRing): Promise<void> {
  const checks = await keyRing.checks();
  const { rows } = await client.query<{ answer: { outcome: string } }>(
    "select oauth.check_secrets(p_secret_ids => $1::text[], p_check_values => $2::bytea[]) as answer",
    [checks.map((check) => check.id), checks.map((check) => check.value)],
  );
  const outcome = rows[0]?.answer.outcome;
  if (outcome === "missing") {
    throw new DatabaseError(
      "SEKISHO_SECRET lacks a key that this database still needs: see `deno task keys reseal`",
    );
  } else if (outcome !== "fits") {
    throw new DatabaseError("SEKISHO_SECRET is not the secret that this database was set up with");
  }
}

async function letIn(client: pg.Client, url: string, passwords: Passwords): Promise<FunctionUrls> {
  const urls = await Promise.all(LOGIN_ROLES.map(async (role) => {
    const roleUrl = new URL(url);
    roleUrl.username = role;
    roleUrl.password = await passwords.password(role);
    return roleUrl;
  }));
  for (const roleUrl of urls) {
    // A password that fits is left alone: setting it anew changes its salt, which poolers notice too late.
    if (!await isRefused(roleUrl.href)) continue;
    const verifier = client.escapeLiteral(await scramVerifier(roleUrl.password));
    await client.query(`alter role ${client.escapeIdentifier(roleUrl.username)} password ${verifier}`);
  }
  const [oauthUrl = "", mcpUrl = "", accountUrl = ""] = urls.map((roleUrl) => roleUrl.href);
  return { oauthUrl, mcpUrl, accountUrl };
}

/** Whether the server refuses this password. A server that cannot answer right now refuses nothing. */
async function isRefused(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on("error", () => {});
  try {
    await client.connect();
    return false;
  } catch (error) {
    if (["28P01", "28000"].includes(errorCode(error))) return true;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}
