/**
 * `deno task sql`: the operator's statements, as the owner of the database. Takes them from the argument, or from a file on
 * stdin, as one transaction. Works on a running product, and needs no psql. Each row of an answer is one line of JSON.
 */
import pg from "pg";
import { DatabaseError, describe } from "./database/database_error.ts";
import { connectOwner } from "./database/prepare_database.ts";
import { LocalPostgresError } from "./postgres/local_postgres_error.ts";
import { runningPostgres } from "./postgres/running_postgres.ts";

const USAGE = "usage: deno task sql '<statements>'   or   deno task sql < file.sql";

// deno-lint-ignore no-console
const say = (line: string) => console.log(line);
// deno-lint-ignore no-console
const tell = (line: string) => console.error(line);

async function run(statements: string): Promise<void> {
  const url = Deno.env.get("SEKISHO_DATABASE_URL") ||
    await runningPostgres(Deno.env.get("SEKISHO_DATA_DIR") || ".sekisho");
  const client = await connectOwner(url, "sekisho sql");
  try {
    // Without values this is one message, whose statements the server runs in one transaction.
    const answer: pg.QueryResult | pg.QueryResult[] = await client.query(statements);
    for (const result of [answer].flat()) sayResult(result);
  } catch (error) {
    throw new DatabaseError(describe(error));
  } finally {
    await client.end().catch(() => {});
  }
}

function sayResult({ command, fields, rowCount, rows }: pg.QueryResult): void {
  if (fields.length === 0) say(rowCount === null ? `${command}` : `${command} ${rowCount}`);
  else if (rows.length === 0) say("no rows");
  for (const row of rows) say(JSON.stringify(row));
}

async function readStatements([argument, ...more]: readonly string[]): Promise<string | null> {
  if (more.length > 0) return null;
  if (argument !== undefined) return argument;
  if (Deno.stdin.isTerminal()) return null;
  return await new Response(Deno.stdin.readable).text();
}

const statements = await readStatements(Deno.args);
if (statements === null || statements.trim() === "") {
  tell(USAGE);
  Deno.exit(2);
}
try {
  await run(statements);
} catch (error) {
  const expected = error instanceof DatabaseError || error instanceof LocalPostgresError;
  tell(`SQL: ${expected ? error.message : error instanceof Error ? error.name : "unknown"}`);
  Deno.exitCode = 1;
}
