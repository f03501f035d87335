/**
 * Demo data: people, clients and products to try the product with. Written once, only on this computer; a server with
 * demo data is never public, because everybody knows its passwords.
 */
import pg from "pg";
import { isLoopback } from "../functions/_shared/public_urls.ts";
import { DatabaseError } from "./database/database_error.ts";

export const DEMO_SIGN_IN = "demo_user@example.com / demo_password";

/**
 * Writes the demo data if this start created the schema and everything is on this computer.
 *
 * @throws DatabaseError when the database holds demo data and PUBLIC_URL is public.
 * @returns whether the database holds demo data.
 */
export async function applyDemo(databaseUrl: string, publicUrl: string, created: boolean): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    if (
      created && await isEmpty(client) && isLoopback(publicUrl) &&
      isLoopback(`http://${new URL(databaseUrl).hostname}`)
    ) {
      await client.query("begin");
      await client.query(await Deno.readTextFile(new URL("demo.sql", import.meta.url)));
      await client.query("commit");
      return true;
    }
    const { rows } = await client.query<{ demo: boolean }>(
      `select exists (select from oauth.clients where secret_hash = sha256('simple-mcp-secret-123'))
        or exists (select from auth.users where email = 'demo_user@example.com') as demo`,
    );
    const demo = rows[0]?.demo ?? false;
    if (demo && !isLoopback(publicUrl)) {
      throw new DatabaseError(
        "the database holds demo data, whose passwords are public: PUBLIC_URL must be on loopback",
      );
    }
    return demo;
  } finally {
    await client.end();
  }
}

/** Nobody has ever signed up here: a project with people of its own gets no demo ones, however it is reached. */
async function isEmpty(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ empty: boolean }>(
    "select not exists (select from auth.users) as empty",
  );
  return rows[0]?.empty ?? false;
}
