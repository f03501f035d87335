/** The verifier lets in who has the password, and nobody else. */
import assert from "node:assert/strict";
import pg from "pg";
import { freshDatabase } from "../testing/test_database.ts";
import { scramVerifier } from "./scram_verifier.ts";

Deno.test("scramVerifier() is what Postgres checks the password with", async () => {
  await using database = await freshDatabase();
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  const role = `scram_${crypto.randomUUID().replaceAll("-", "")}`;
  try {
    await admin.query(`create role ${role} login password '${await scramVerifier("right")}'`);
    const { rows: [hba] } = await admin.query<{ scram: boolean }>(
      "select bool_and(auth_method = 'scram-sha-256') as scram from pg_hba_file_rules where type = 'host'",
    );
    const logIn = async (password: string) => {
      const url = new URL(database.url);
      url.username = role;
      url.password = password;
      const client = new pg.Client({ connectionString: url.href });
      client.on("error", () => {});
      try {
        await client.connect();
        return true;
      } catch {
        return false;
      } finally {
        await client.end().catch(() => {});
      }
    };
    assert.equal(await logIn("right"), true);
    // A server that trusts everyone cannot tell.
    assert.equal(await logIn("wrong"), !hba?.scram);
  } finally {
    await admin.query(`drop role ${role}`);
    await admin.end();
  }
});
