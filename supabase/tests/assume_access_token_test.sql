-- oauth.assume_access_token: opens the transaction of a tool. Claims come from the token's own row, hold for this
-- transaction only, and a dead token aborts it (SK401) so that no later statement of the pipeline can run.

begin;
select plan(15);

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
insert into oauth.token_families (id, client_id, person_id, resource, scope, expires_at) values (
  '10000000-0000-4000-8000-000000000001', 'client_a', '00000000-0000-4000-8000-00000000000a',
  'https://rs.test/mcp', '{product:read,product:write}', now() + interval '1 day'
);
insert into oauth.access_tokens (jti, family_id, client_id, person_id, resource, scope, expires_at) values
  (
    rpad('person', 22, '_'), '10000000-0000-4000-8000-000000000001', 'client_a',
    '00000000-0000-4000-8000-00000000000a', 'https://rs.test/mcp', '{product:read,product:write}',
    now() + interval '15 minutes'
  ),
  (
    rpad('service', 22, '_'), null, 'client_b', null, 'https://rs.test/mcp', '{product:read}',
    now() + interval '15 minutes'
  );
update oauth.access_tokens set authorization_details = '[{"type": "t", "maxAmount": 1}]' where person_id is not null;
grant usage on schema extensions to sekisho_mcp, sekisho_person;

create function pg_temp.claims() returns jsonb language sql as $$
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb;
$$;
create function pg_temp.assume(p_jti text, p_resource text default 'https://rs.test/mcp')
returns void
language sql
as $$
  select oauth.assume_access_token(p_jti => rpad(p_jti, 22, '_'), p_resource => p_resource);
$$;

savepoint no_claims;
select pg_temp.assume('person');
select is(
  pg_temp.claims(),
  '{
    "sub": "00000000-0000-4000-8000-00000000000a",
    "client_id": "client_a",
    "scope": "product:read product:write",
    "resource": "https://rs.test/mcp", "authorization_details": [{"type": "t", "maxAmount": 1}]
  }',
  'the claims are those of the row'
);
rollback to no_claims;
select is(pg_temp.claims(), null, 'they go when their transaction is undone');
-- What is set for the session would outlive this function, what is set for the transaction does not.
create function pg_temp.assume_within() returns void language sql set "request.jwt.claims" = '' as $$
  select pg_temp.assume('person');
$$;
select pg_temp.assume_within();
select is(pg_temp.claims(), null, 'and are never the session''s');

select set_config(
  'request.jwt.claims', '{"sub": "00000000-0000-4000-8000-00000000000b", "scope": "product:delete"}', true
);
select pg_temp.assume('person');
select is(
  pg_temp.claims() - 'client_id' - 'resource' - 'authorization_details',
  '{"sub": "00000000-0000-4000-8000-00000000000a", "scope": "product:read product:write"}',
  'claims that were there before do not survive'
);
select pg_temp.assume('service');
select is(
  pg_temp.claims(),
  '{"sub": null, "client_id": "client_b", "scope": "product:read", "resource": "https://rs.test/mcp", "authorization_details": []}',
  'a service token has no person'
);

select throws_ok(
  $$ select pg_temp.assume('unknown') $$, 'SK401', 'access token is not alive', 'an unknown token aborts'
);
select throws_ok($$ select pg_temp.assume('person', 'https://other.test') $$, 'SK401', null, 'and so elsewhere');
select throws_ok($$ select pg_temp.assume(null) $$, 'SK401', null, 'and so none at all');
update oauth.access_tokens set expires_at = clock_timestamp() where person_id is null;
select throws_ok($$ select pg_temp.assume('service') $$, 'SK401', null, 'an expired token aborts');

-- As a tool does it: the login role takes the claims, then the role that policies name.
set local session authorization sekisho_mcp;
select lives_ok($$ select pg_temp.assume('person') $$, 'sekisho_mcp may assume');
set local role sekisho_person;
select is(
  access.person_id(), '00000000-0000-4000-8000-00000000000a', 'sekisho_person sees the person of the row'
);
select is(access.has_scope('product:write'), true, 'and the scope');
select throws_ok(
  $$ select pg_temp.assume('person') $$, '42501', null, 'sekisho_person itself cannot assume another token'
);
reset session authorization;

select oauth.revoke_token_family('10000000-0000-4000-8000-000000000001', 'test');
select throws_ok($$ select pg_temp.assume('person') $$, 'SK401', null, 'a revoked token aborts at once');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.assume_access_token'::regproc and grantee <> proowner
  ),
  '{sekisho_mcp}',
  'only sekisho_mcp may execute it'
);

select * from finish();
rollback;
