-- oauth.issue_service_token: a client in its own name gets at most what the operator allows (RFC 6749 §4.4).

begin;
select plan(21);

insert into oauth.resources (identifier, name, scopes, default_scope, is_default) values
  ('https://rs.test/mcp', 'Test', '[{"name": "a:read"}, {"name": "b:read"}]', '{a:read}', true),
  ('https://other.test/mcp', 'Other', '[{"name": "b:read"}]', '{b:read}', false);
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types, service_scope
) values
  ('service', 'operator', 'S', 'client_secret_basic', sha256('secret'), '{}', '{client_credentials}', '{}', '{b:read,a:read,c:read}'),
  ('wide', 'operator', 'W', 'client_secret_basic', sha256('secret'), '{}', '{client_credentials}', '{}', '{b:*,a:read,*}'),
  ('plain', 'operator', 'P', 'client_secret_basic', sha256('secret'), '{}', '{client_credentials}', '{}', default);

create function pg_temp.issue(
  p_jti text, p_scope text[] default null, p_resource text default null, p_client text default 'service', p_secret text default 'secret'
)
returns jsonb
language sql
as $$
  select oauth.issue_service_token(
    p_client => row(p_client, sha256(p_secret::bytea), null, null, null)::oauth.client_proof, p_resource => p_resource,
    p_scope => p_scope, p_jti => rpad(p_jti, 22, '_'), p_access_token_seconds => 900
  );
$$;

select is(
  pg_temp.issue('all') - 'issued_at',
  '{
    "outcome": "issued", "resource": "https://rs.test/mcp", "scope": ["b:read", "a:read"], "authorization_details": [],
    "kid": "base"
  }',
  'without a scope it gets all that is allowed and exists, at the default resource'
);
select is(
  (select row(person_id, family_id, client_id, scope)::text from oauth.access_tokens where jti = rpad('all', 22, '_')),
  row(null::uuid, null::uuid, 'service', '{b:read,a:read}'::text[])::text,
  'the token belongs to nobody and to no family'
);
select is(
  (select expires_at - issued_at from oauth.access_tokens where jti = rpad('all', 22, '_')), interval '900 seconds', 'it lives as long as asked'
);
select is(pg_temp.issue('some', '{a:read,x:read}') -> 'scope', '["a:read"]', 'what is not allowed is dropped');
select is(pg_temp.issue('there', null, 'https://other.test/mcp') -> 'scope', '["b:read"]', 'what does not exist at the resource is dropped');
select is(pg_temp.issue('none', '{x:read}'), '{"outcome": "scope_exceeded"}', 'nothing left is refused');
select is(pg_temp.issue('ceiling', null, null, 'plain'), '{"outcome": "scope_exceeded"}', 'a client without a ceiling gets nothing');
select is(pg_temp.issue('where', null, 'https://nowhere.test'), '{"outcome": "resource_unknown"}', 'the resource must exist');
select is(pg_temp.issue('who', null, null, 'nobody'), '{"outcome": "client_changed"}', 'the client must exist');
select is(pg_temp.issue('wrong', null, null, 'service', 'wrong'), '{"outcome": "client_changed"}', 'its secret must still be the same');
select is((select count(*)::integer from oauth.access_tokens), 3, 'refusals leave nothing behind');
select isnt((select first_used_at from oauth.clients where id = 'service'), null, 'the client counts as used');

-- Wildcards, asked and allowed.
create function pg_temp.scope_of(p_asked text[], p_client text) returns jsonb language sql as $$
  select coalesce(answer -> 'scope', answer -> 'outcome')
  from pg_temp.issue(left(gen_random_uuid()::text, 22), p_asked, p_client => p_client) as answer;
$$;
select is(pg_temp.scope_of('{a:*}', 'service'), '["a:read"]', 'a wildcard asked for is what of it is allowed');
select is(pg_temp.scope_of('{c:*}', 'service'), '"scope_exceeded"', 'and exists');
select is(pg_temp.scope_of(null, 'wide'), '["b:read", "a:read"]', 'a wildcard in the ceiling is what of it exists');
select is(pg_temp.scope_of('{a:read,b:read}', 'wide'), '["a:read", "b:read"]', 'from which names may be asked for, in their order');
select is(pg_temp.scope_of('{a:*,b:*,a:read}', 'wide'), '["a:read", "b:read"]', 'and wildcards');
select is(pg_temp.scope_of(array[name], 'wide'), '"scope_exceeded"', format('%s is more than that', name))
from unnest(array['*', 'c:*']) as name;
select throws_ok(
  $$ update oauth.access_tokens set scope = '{b:read,b:*}' $$, '23514', null, 'no token holds a wildcard'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.issue_service_token'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only the oauth function may execute it'
);

select * from finish();
rollback;
