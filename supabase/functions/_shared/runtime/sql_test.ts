import assert from "node:assert/strict";
import { type Bytes, utf8 } from "../encoding.ts";
import { OAuthError } from "../oauth_error.ts";
import { connectSql, type Sql } from "./sql.ts";

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

Deno.test("a shutdown that arrives with the greeting, before anybody has the connection in hand, is a refusal", () =>
  withServer([AUTHENTICATED, READY, SHUTDOWN], async (sql) => {
    const statement = { text: "select 1" };
    await assert.rejects(sql.transaction([statement]), isTemporary);
    await assert.rejects(sql.query(statement), isTemporary);
  }));
