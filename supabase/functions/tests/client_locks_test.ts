/**
 * A client's row is what every token of it refers to: whoever issues holds it (KEY SHARE). Reading its document or its keys
 * again, and forgetting where it came from, must neither wait for that nor hold it up.
 */
import assert from "node:assert/strict";
import pg from "pg";
import { connectSql } from "../_shared/runtime/sql.ts";
import { freshDatabase } from "../../local/testing/test_database.ts";

const CLIENTS = `
  insert into oauth.resources (identifier, name, scopes, default_scope) values ('https://rs.test/mcp', 'Test', '[]', '{}');
  insert into oauth.clients (
    id, origin, name, token_endpoint_auth_method, jwks_uri, redirect_uris, grant_types, response_types, created_at,
    fetched_at, fresh_until, address_hash
  )
  values
    (
      'https://app.example/client.json', 'document', 'A', 'private_key_jwt', 'https://app.example/keys', '{}', '{}', '{}',
      now(), now(), now(), null
    ),
    ('client_old', 'registered', 'B', 'none', null, '{}', '{}', '{}', now() - interval '2 hours', null, null, sha256('x'))`;
const ISSUE = `
  insert into oauth.access_tokens (jti, client_id, kid, resource, scope, expires_at)
  select left(md5(random()::text), 22), id, 'a kid', 'https://rs.test/mcp', '{a:read}', now() + interval '1 hour'
  from oauth.clients`;
const READ: Readonly<Record<string, string>> = {
  "its document is read": `
    select oauth.record_client_document(
      p_id => 'https://app.example/client.json', p_name => 'Another',
      p_token_endpoint_auth_method => 'private_key_jwt', p_jwks => null, p_jwks_uri => 'https://app.example/keys',
      p_redirect_uris => '{}', p_grant_types => '{}', p_fresh_seconds => 60
    )`,
  "its keys are read": `
    select oauth.record_client_keys(
      p_id => 'https://app.example/client.json', p_jwks_uri => 'https://app.example/keys', p_jwks => '[]',
      p_fresh_seconds => 60
    )`,
  "its keys are not read": `
    select oauth.record_unread_client_keys(
      p_id => 'https://app.example/client.json', p_jwks_uri => 'https://app.example/keys'
    )`,
  "where it came from is forgotten": "select oauth.purge_clients(1000)",
};

Deno.test("a client's row is read again and issued for at the same time, by nobody waiting", async (t) => {
  await using database = await freshDatabase();
  await using cleanup = new AsyncDisposableStack();
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  cleanup.defer(() => owner.end());
  await owner.query(CLIENTS);
  const other = connectSql(database.url, "client locks");
  cleanup.defer(() => other.close());
  // Whoever would have to wait fails.
  const impatient = { text: "set local lock_timeout = '100ms'" };

  for (const [what, text] of Object.entries(READ)) {
    await t.step(`${what} while a token is being issued`, async () => {
      await owner.query("begin");
      await owner.query(ISSUE);
      await other.transaction([impatient, { text }]);
      await owner.query("rollback");
    });
    await t.step(`a token is issued while ${what}`, async () => {
      await owner.query("begin");
      await owner.query("update oauth.clients set address_hash = sha256('x') where id = 'client_old'");
      await owner.query("commit");
      await owner.query("begin");
      await owner.query(text);
      await other.transaction([impatient, { text: ISSUE }]);
      await owner.query("commit");
    });
  }
  const [forgotten] =
    (await owner.query("select address_hash from oauth.clients where id = 'client_old'")).rows;
  assert.equal(forgotten.address_hash, null);
});
