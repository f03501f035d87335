-- oauth.create_operator_client: a client that the operator registers by hand. Its secret is told once.

begin;
select plan(24);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope) values
  ('https://rs.test/mcp', 'Test', '[]', '{product:read}');
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types
) values
  ('client_a', 'registered', 'A', 'none', null, '{https://a.test/callback}', '{authorization_code,refresh_token}', '{code}'),
  ('client_b', 'operator', 'B', 'client_secret_basic', sha256('secret'), '{https://b.test/callback}', '{authorization_code}', '{code}');

create temp table made as
select * from oauth.create_operator_client(p_name => 'Confidential', p_redirect_uris => '{https://c.test/callback}');
select matches((select client_id from made), '^client_[0-9a-f]{24}$', 'it gets an id');
select matches((select client_secret from made), '^[A-Za-z0-9_-]{43}$', 'and a secret');
select results_eq(
  $$
    select origin, verified, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types,
      service_scope, blocked_at
    from oauth.clients
    where id = (select client_id from made)
  $$,
  $$
    select 'operator', true, 'Confidential', 'client_secret_basic', sha256(client_secret::bytea),
      '{https://c.test/callback}'::text[], '{authorization_code,refresh_token}'::text[], '{code}'::text[], '{}'::text[],
      null::timestamptz
    from made
  $$,
  'of which only the hash is kept'
);
select results_eq(
  $$ select event, client_id, details from oauth.audit_events $$,
  $$ select 'client_registered', client_id, '{"origin": "operator"}'::jsonb from made $$,
  'the audit trail tells of it'
);
select isnt(
  (select client_secret from oauth.create_operator_client(p_name => 'Other', p_redirect_uris => '{https://c.test/cb}')),
  (select client_secret from made),
  'another has another'
);
select results_eq(
  $$
    select * from oauth.create_operator_client(
      p_id => 'public', p_name => 'Public', p_token_endpoint_auth_method => 'none',
      p_redirect_uris => '{http://127.0.0.1/callback,http://localhost:3030/callback,http://[::1]/,cursor://auth}'
    )
  $$,
  $$ values ('public', null) $$,
  'a public client has no secret, and may have an id of the operator''s choice'
);
select lives_ok(
  $$
    select * from oauth.create_operator_client(
      p_id => 'keys', p_name => 'Keys', p_token_endpoint_auth_method => 'private_key_jwt', p_grant_types => '{client_credentials}',
      p_jwks => '{"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}]}', p_service_scope => '{product:*}'
    )
  $$,
  'keys come as they are published'
);
select results_eq(
  $$ select jwks, response_types, service_scope, secret_hash from oauth.clients where id = 'keys' $$,
  $$ values (
    '[{"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}]'::jsonb, '{}'::text[], '{product:*}'::text[], null::bytea
  ) $$,
  'and are kept as a list; who asks nobody needs no redirect URI'
);
select lives_ok(
  $$
    select * from oauth.create_operator_client(
      p_id => 'url', p_name => 'URL', p_token_endpoint_auth_method => 'private_key_jwt', p_grant_types => '{client_credentials}',
      p_jwks_uri => 'https://k.test/jwks'
    )
  $$,
  'or are at a URL'
);
select lives_ok(
  $$
    select * from oauth.create_operator_client(
      p_id => 'server', p_name => 'Server', p_grant_types => '{}', p_resource => 'https://rs.test/mcp'
    )
  $$,
  'a resource server'
);

create function pg_temp.refused(p_code text, p_uri text, p_what text) returns text language sql as $$
  select throws_ok(
    format('select oauth.create_operator_client(p_name => %L, p_redirect_uris => array[%L])', 'X', p_uri), p_code, null, p_what
  );
$$;
select pg_temp.refused('P0001', uri, format('no redirect URI: %s', uri))
from unnest(array[
  'http://c.test/callback', 'https:/c.test', 'https://c.test/#fragment', 'javascript:/alert()', 'data:/x', 'c.test', 'https://c.test/ x',
  'http://localhost.c.test/', E'https://c.test/\nx'
]) as uri;
select throws_ok(
  $$ select oauth.create_operator_client(p_name => 'X') $$, 'P0001', null, 'who asks people needs a redirect URI'
);
select throws_ok(
  $$ select oauth.create_operator_client(p_id => 'public', p_name => 'X', p_redirect_uris => '{https://c.test/}') $$,
  '23505', null, 'an id is taken once'
);
select throws_ok(
  $$
    select oauth.create_operator_client(
      p_name => 'X', p_token_endpoint_auth_method => 'private_key_jwt', p_grant_types => '{}',
      p_jwks => '[{"kty": "EC", "d": "private"}]'
    )
  $$,
  '23514', null, 'no private keys'
);
select throws_ok(
  $$
    select oauth.create_operator_client(
      p_name => 'X', p_token_endpoint_auth_method => 'private_key_jwt', p_grant_types => '{}', p_jwks => '[{"x": "y"}]'
    )
  $$,
  'P0001', null, 'and nothing that is no key'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.create_operator_client'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
