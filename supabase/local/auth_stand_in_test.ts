/** The Supabase Auth stand-in on the running product: it signs people in and opens nothing else. */
import assert from "node:assert/strict";
import pg from "pg";
import { signInByPassword } from "../functions/tests/testing/http_flow.ts";
import { onTestDatabase, startProductProcess } from "./testing/product_process.ts";
import { freshDemoDatabase } from "./testing/test_database.ts";

Deno.test("the sign-in stand-in serves sign-in only and grants the API roles nothing in our schemas", async () => {
  await using database = await freshDemoDatabase("http://localhost");
  await using product = await startProductProcess(onTestDatabase(database));
  assert.ok(await signInByPassword(product.url));
  assert.ok(await signInByPassword(product.url, "second_user@example.com"));

  for (const path of ["/rest/v1/", "/storage/v1/bucket", "/auth/v1/admin/users"]) {
    const response = await fetch(`${product.url}${path}`);
    await response.body?.cancel();
    // Either there is nothing, or it is a page of ours: never an answer of the stand-in's other halves.
    const isPage = response.headers.get("Content-Type")?.startsWith("text/html") ?? false;
    assert.ok(response.status >= 400 || isPage, `${path}: ${response.status}`);
  }

  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ role: string; schema: string; usage: boolean }>(
      `select role, schema, has_schema_privilege(role, schema, 'usage') as usage
      from unnest(array['anon', 'authenticated', 'service_role']) as role,
        unnest(array['oauth', 'access', 'shop']) as schema`,
    );
    assert.deepEqual(rows.filter((row) => row.usage), []);
  } finally {
    await client.end();
  }
});
