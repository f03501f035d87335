/** Housekeeping after a long rest: a backlog larger than one run can take goes run by run, within the timeouts of the role. */
import assert from "node:assert/strict";
import pg from "pg";
import { connectSql } from "../_shared/runtime/sql.ts";
import { freshDatabase } from "../../local/testing/test_database.ts";

/** Families with a token of each kind, all long over. */
const BACKLOG = `
  insert into auth.users (id) values ('00000000-0000-4000-8000-00000000000a');
  insert into oauth.resources (identifier, name, scopes, default_scope) values ('https://rs.test/mcp', 'Test', '[]', '{}');
  insert into oauth.clients (
    id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types
  )
  values ('client_a', 'operator', 'A', 'none', '{}', '{}', '{}');
  insert into oauth.token_families (client_id, person_id, resource, scope, expires_at)
  select 'client_a', '00000000-0000-4000-8000-00000000000a', 'https://rs.test/mcp', '{a:read}', now() - interval '2 days'
  from generate_series(1, 50000);
  insert into oauth.access_tokens (jti, family_id, client_id, kid, person_id, resource, scope, expires_at)
  select left(md5(id::text), 22), id, client_id, 'a kid', person_id, resource, scope, expires_at
  from oauth.token_families;
  insert into oauth.refresh_tokens (token_hash, family_id, generation, expires_at)
  select sha256(id::text::bytea), id, 1, expires_at
  from oauth.token_families;
  insert into oauth.authorization_codes (
    code_hash, client_id, person_id, redirect_uri, resource, scope, code_challenge, expires_at, used_at, family_id
  )
  select sha256(id::text::bytea), client_id, person_id, '', resource, scope, repeat('a', 43), expires_at, expires_at, id
  from oauth.token_families;
`;

Deno.test("a backlog of housekeeping is worked off run by run, as the role of the timer", async () => {
  await using database = await freshDatabase();
  await using cleanup = new AsyncDisposableStack();
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  cleanup.defer(() => owner.end());
  await owner.query(BACKLOG);
  const left = async () =>
    (await owner.query<{ count: number }>("select count(*)::integer as count from oauth.token_families"))
      .rows[0]?.count ?? 0;

  const timer = connectSql(database.oauthUrl, "housekeeping");
  cleanup.defer(() => timer.close());
  for (let before = await left(), after; before > 0; before = after) {
    await timer.query({ text: "select oauth.purge_expired()" });
    after = await left();
    assert.ok(after < before, `${after} of ${before} are left`);
  }
});
