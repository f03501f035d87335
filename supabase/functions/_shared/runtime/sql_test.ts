import assert from "node:assert/strict";
import { type Bytes, utf8 } from "../encoding.ts";
import { OAuthError } from "../oauth_error.ts";
import { connectSql, isUnavailable, type Sql } from "./sql.ts";

/** A message of the wire protocol (PostgreSQL documentation, "Message Formats"). */
function message(type: string, body: string): Bytes {
  const bytes = utf8(`${type}....${body}`);
  new DataView(bytes.buffer).setInt32(1, bytes.length - 1);
  return bytes;
}

const AUTHENTICATED = message("R", "\0\0\0\0");
const READY = message("Z", "I");
const SHUTDOWN = message("E", "SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0");

/** Runs against a server that answers every connection with these bytes, in one piece, and hangs up. */
async function withServer(answer: readonly Bytes[], run: (sql: Sql) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(1024));
      await connection.write(
        new Uint8Array(await new Blob(answer.map((part) => part.slice())).arrayBuffer()),
      );
      connection.close();
    }
  })();
  const sql = connectSql(`postgresql://x:x@127.0.0.1:${listener.addr.port}/x`, "test");
  try {
    await run(sql);
  } finally {
    await sql.close();
    listener.close();
    await served;
  }
}

const isTemporary = (error: unknown) =>
  error instanceof OAuthError && error.code === "temporarily_unavailable" && error.reason === "database";

/** What Supavisor says when its own connection to Postgres is lost. */
const POOLER_LOST = message("E", "SFATAL\0CXX000\0M{:shutdown, :db_termination}\0\0");

Deno.test("a shutdown that arrives with the greeting, before anybody has the connection in hand, is a refusal", () =>
  withServer([AUTHENTICATED, READY, SHUTDOWN], async (sql) => {
    const statement = { text: "select 1" };
    await assert.rejects(sql.transaction([statement]), isTemporary);
    await assert.rejects(sql.query(statement), isTemporary);
  }));

Deno.test("a pooler whose connection to Postgres was lost is a refusal", () =>
  withServer([AUTHENTICATED, READY, POOLER_LOST], async (sql) => {
    await assert.rejects(sql.transaction([{ text: "select 1" }]), isTemporary);
    await assert.rejects(sql.query({ text: "select 1" }), isTemporary);
  }));

const failure = (code: string, message = "") =>
  Object.assign(new Error(message), code === "" ? {} : { code });

for (
  const [what, error] of [
    ["a session ended by the administrator", failure("57P01")],
    ["a session ended because another crashed", failure("57P02")],
    ["a database that is still starting", failure("57P03")],
    ["a server without free connections", failure("53300")],
    ["a connection failure", failure("08006")],
    ["a wait for a lock that took too long", failure("55P03")],
    ["a statement that took too long", failure("57014")],
    ["two deadlocks in a row", failure("40P01")],
    ["two serialization failures in a row", failure("40001")],
    ["a refused connection", failure("ECONNREFUSED")],
    ["a reset connection", failure("ECONNRESET")],
    ["a broken pipe", failure("EPIPE")],
    ["a name that does not resolve right now", failure("EAI_AGAIN")],
    ["a name that does not resolve", failure("ENOTFOUND")],
    ["a connection that ended", failure("", "Connection terminated unexpectedly")],
    ["a pool whose connections are all busy", failure("", "timeout exceeded when trying to connect")],
    ["an answer that does not come", failure("", "Query read timeout")],
    ["a server that cannot begin TLS", failure("", "There was an error establishing an SSL connection")],
    ["a pooler without a free connection", failure("XX000", "MaxClientsInSessionMode: max clients reached")],
  ] as const
) {
  Deno.test(`isUnavailable takes ${what} for a passing state`, () =>
    assert.equal(isUnavailable(error), true));
}

for (
  const [what, error] of [
    ["a violated constraint", failure("23505")],
    ["a forbidden function", failure("42501")],
    ["a malformed value", failure("22P02")],
    ["an exception of ours", failure("SK401")],
    ["an internal error", failure("XX000", "cache lookup failed for relation 1")],
    ["a programming error", new TypeError("x is not a function")],
    ["an error of the runtime", failure("ERR_INVALID_ARG_TYPE")],
    ["what is no error", "57P01"],
  ] as const
) {
  Deno.test(`isUnavailable takes ${what} for a bug`, () => assert.equal(isUnavailable(error), false));
}
