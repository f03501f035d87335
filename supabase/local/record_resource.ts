/** Writes the MCP resource, as the registry of tools describes it, to where consent and metadata read it. */
import pg from "pg";
import { publicUrls } from "../functions/_shared/public_urls.ts";
import { describeResource } from "../functions/mcp/protocol/resource_description.ts";

/** Records it as the default resource of the server at this PUBLIC_URL. */
export async function recordResource(databaseUrl: string, publicUrl: string): Promise<void> {
  const { name, scopes, defaultScope } = describeResource();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `select oauth.record_resource(
        p_identifier => $1::text, p_name => $2::text, p_scopes => $3::jsonb, p_default_scope => $4::text[],
        p_is_default => true
      )`,
      [publicUrls(publicUrl).resource, name, JSON.stringify(scopes), defaultScope],
    );
  } finally {
    await client.end();
  }
}
