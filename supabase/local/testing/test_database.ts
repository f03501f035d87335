/**
 * A fresh database for a test: a copy of the migrated template on the server that the test run started. Cheap (tens of
 * milliseconds), so that no test sees another's rows.
 */
import pg from "pg";
import { type KeyRing, parseKeyRing } from "../../functions/_shared/runtime/keys.ts";
import { prepareDatabase } from "../database/prepare_database.ts";
import { applyDemo } from "../demo.ts";
import { recordResource } from "../record_resource.ts";

/** Where the test run says which server to use: a superuser's URL. */
export const TEST_SERVER_VARIABLE = "TEST_POSTGRES_URL";
const TEMPLATE = "sekisho_template";

/** The secret of every test database: roles are shared by a server's databases, and so are their passwords. */
export const TEST_SECRET = `test:${"A".repeat(43)}`;

export interface TestDatabase extends AsyncDisposable {
  /** A superuser's. */
  readonly url: string;
  readonly oauthUrl: string;
  readonly mcpUrl: string;
  readonly accountUrl: string;
  readonly keyRing: KeyRing;
}

/** URL of another database on the same server. */
export function onDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** Creates the template on this server. Once per test run, before any test. */
export async function createTemplate(serverUrl: string): Promise<void> {
  await administrate(serverUrl, `create database ${TEMPLATE}`);
  await prepareDatabase(onDatabase(serverUrl, TEMPLATE), parseKeyRing(TEST_SECRET));
}

/** A database with the schema, no rows, and the roles' passwords set. Dropped when disposed. */
export async function freshDatabase(): Promise<TestDatabase> {
  const serverUrl = Deno.env.get(TEST_SERVER_VARIABLE);
  if (serverUrl === undefined) {
    throw new Error(`no ${TEST_SERVER_VARIABLE}: run the tests with \`deno task test\``);
  }
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await administrate(serverUrl, `create database ${name} template ${TEMPLATE}`);
  const url = onDatabase(serverUrl, name);
  const keyRing = parseKeyRing(TEST_SECRET);
  const as = async (role: string) => {
    const roleUrl = new URL(url);
    roleUrl.username = role;
    roleUrl.password = await keyRing.password(role);
    return roleUrl.href;
  };
  return {
    url,
    oauthUrl: await as("sekisho_oauth"),
    mcpUrl: await as("sekisho_mcp"),
    accountUrl: await as("sekisho_account"),
    keyRing,
    [Symbol.asyncDispose]: () => administrate(serverUrl, `drop database ${name} with (force)`),
  };
}

/** A fresh database with the demo data, whose resource is that of this PUBLIC_URL. */
export async function freshDemoDatabase(publicUrl: string): Promise<TestDatabase> {
  const database = await freshDatabase();
  await recordResource(database.url, publicUrl);
  await applyDemo(database.url, publicUrl, true);
  return database;
}

async function administrate(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
