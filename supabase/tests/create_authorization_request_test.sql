-- oauth.create_authorization_request: a request that passed every check of authorize becomes a row, bound to one
-- browser (RFC 6749 §4.1.1). What an isolate knows from a cache is checked again, and the scope is decided here: what exists
-- of what was asked, by name.

begin;
select plan(24);

insert into oauth.resources (identifier, name, scopes, default_scope) values
  ('https://rs.test/mcp', 'Test', '[{"name": "product:read"}, {"name": "product:write"}, {"name": "order:read"}]', '{product:read}'),
  ('https://bare.test/mcp', 'Without scopes', '[]', '{product:read}');
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types
) values
  ('client_a', 'registered', 'A', 'none', null, '{https://a.test/callback}', '{authorization_code,refresh_token}', '{code}'),
  ('client_b', 'operator', 'B', 'client_secret_basic', sha256('secret'), '{https://b.test/callback}', '{authorization_code}', '{code}');

create function pg_temp.request(
  p_id text,
  p_client_id text default 'client_a',
  p_registered text default 'https://a.test/callback',
  p_resource text default 'https://rs.test/mcp',
  p_scope text[] default '{product:read,product:write}',
  p_challenge text default repeat('a', 43),
  p_details jsonb default '[]'
)
returns jsonb
language sql
as $$
  select oauth.create_authorization_request(
    p_id_hash => sha256(convert_to(p_id, 'UTF8')),
    p_browser_hash => sha256('browser'),
    p_client_id => p_client_id,
    p_redirect_uri => 'https://a.test/callback',
    p_registered_redirect_uri => p_registered,
    p_resource => p_resource,
    p_scope => p_scope,
    p_authorization_details => p_details,
    p_state => 'state',
    p_code_challenge => p_challenge,
    p_lifetime_seconds => 600
  );
$$;

select is(pg_temp.request('one', 'client_x'), '{"outcome": "client_changed"}', 'an unknown client');
select is(
  pg_temp.request('one', p_registered => 'https://a.test/removed'),
  '{"outcome": "client_changed"}',
  'a redirect URI that the client no longer has'
);
select is(
  pg_temp.request('one', p_resource => 'https://other.test'), '{"outcome": "resource_unknown"}', 'an unknown resource'
);
update oauth.clients set blocked_at = now() where id = 'client_b';
select is(
  pg_temp.request('one', 'client_b', 'https://b.test/callback'), '{"outcome": "client_changed"}', 'a blocked client'
);
select is(
  pg_temp.request('one', p_scope => scope), '{"outcome": "scope_unknown"}', format('a scope that does not exist: %s', scope)
)
from unnest(array['admin', 'PRODUCT:READ', '*', 'booking:*']) as name, lateral (select array[name]) as asked (scope);
select is(
  pg_temp.request('one', p_resource => 'https://bare.test/mcp', p_scope => scope),
  '{"outcome": "scope_unknown"}',
  format('%s at a resource that offers nothing', scope)
)
from (values ('{}'::text[]), ('{product:*}')) as asked (scope);
select is_empty('table oauth.authorization_requests', 'no refusal writes anything');

select is(pg_temp.request('one'), '{"outcome": "created"}', 'a good request is recorded');
select results_eq(
  $$
    select id_hash, browser_hash, client_id, redirect_uri, registered_redirect_uri, resource, scope, state,
      code_challenge, decision, person_id, granted_scope, continue_secret_hash, decided_at, ended_at
    from oauth.authorization_requests
  $$,
  $$
    values (
      sha256('one'), sha256('browser'), 'client_a', 'https://a.test/callback', 'https://a.test/callback',
      'https://rs.test/mcp', '{product:read,product:write}'::text[], 'state', repeat('a', 43), null::text,
      null::uuid, null::text[], null::bytea, null::timestamptz, null::timestamptz
    )
  $$,
  'as it was asked, undecided, its id and browser by their hashes only'
);
select is(
  (select expires_at between now() + interval '600 seconds' and clock_timestamp() + interval '600 seconds'
   from oauth.authorization_requests),
  true,
  'for its lifetime from now'
);

-- The scope.
create function pg_temp.scope_of(p_asked text[]) returns text[] language plpgsql as $$
declare
  v_id text := array_to_string(p_asked, ' ');
begin
  perform pg_temp.request(v_id, p_scope => p_asked);
  return (select scope from oauth.authorization_requests where id_hash = sha256(convert_to(v_id, 'UTF8')));
end
$$;
select results_eq(
  $$
    select pg_temp.scope_of(asked::text[])
    from unnest(array['{}', '{admin,order:read,product:read}', '{order:read,product:*}', '{*,product:read}']) as asked
  $$,
  $$
    values ('{product:read}'::text[]), ('{order:read,product:read}'), ('{order:read,product:read,product:write}'),
      ('{product:read}')
  $$,
  'none asked is the default; what exists is kept; a wildcard becomes its names'
);
delete from oauth.authorization_requests where id_hash <> sha256('one');

select throws_ok($$ select pg_temp.request('one') $$, '23505', null, 'an id is given once');
select throws_ok(
  $$ update oauth.authorization_requests set scope = '{}' $$, '23514', null, 'a request asks for a scope'
);
select throws_ok(
  $$ update oauth.authorization_requests set scope = '{product:read,product:*}' $$,
  '23514', null, 'by names, without wildcards'
);
select throws_ok(
  $$ select pg_temp.request('two', p_challenge => 'plain') $$, '23514', null, 'a challenge is S256'
);
select throws_ok(
  $$ select pg_temp.request('two', p_challenge => repeat('a', 43) || E'\n') $$, '23514', null, 'to the last byte'
);
select throws_ok(
  $$ select pg_temp.request('two', p_challenge => null) $$, '23502', null, 'there is none without a challenge'
);
select throws_ok(
  $$ update oauth.authorization_requests set id_hash = 'id' $$, '23514', null, 'an id is kept as its hash'
);
select throws_ok(
  $$ update oauth.authorization_requests set browser_hash = 'cookie' $$, '23514', null, 'a browser is, too'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.create_authorization_request'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
