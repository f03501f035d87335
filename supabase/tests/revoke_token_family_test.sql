-- oauth.revoke_token_family: kills everything that one consent led to (RFC 7009, RFC 9700 §4.14). The first reason stays.

begin;
select plan(9);

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
insert into oauth.token_families (id, client_id, person_id, resource, scope, expires_at)
select id::uuid, 'client_a', '00000000-0000-4000-8000-00000000000a', 'https://rs.test/mcp', '{product:read}',
  now() + interval '1 day'
from unnest(array['10000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000002']) as id;

select lives_ok(
  $$ select oauth.revoke_token_family('10000000-0000-4000-8000-000000000001', 'the first reason') $$, 'it revokes'
);
select results_eq(
  $$ select revoked_at is not null, revoked_because from oauth.token_families order by id $$,
  $$ values (true, 'the first reason'), (false, null) $$,
  'this family, and no other'
);

update oauth.token_families set revoked_at = revoked_at - interval '1 hour' where revoked_at is not null;
create temp table before as select * from oauth.token_families;
select oauth.revoke_token_family('10000000-0000-4000-8000-000000000001', 'another reason');
select bag_eq('table oauth.token_families', 'table before', 'revoking again changes neither time nor reason');
select lives_ok(
  $$ select oauth.revoke_token_family('10000000-0000-4000-8000-000000000009', 'a reason') $$,
  'an unknown family is no error'
);
select lives_ok($$ select oauth.revoke_token_family(null, 'a reason') $$, 'nor is none');
select results_eq(
  $$ select event, client_id, person_id, resource, family_id, details from oauth.audit_events $$,
  $$
    values (
      'tokens_revoked', 'client_a', '00000000-0000-4000-8000-00000000000a'::uuid, 'https://rs.test/mcp',
      '10000000-0000-4000-8000-000000000001'::uuid, '{"because": "the first reason"}'::jsonb
    )
  $$,
  'the audit trail tells of the one revocation, once'
);
select throws_ok(
  $$ select oauth.revoke_token_family('10000000-0000-4000-8000-000000000002', null) $$,
  '23514', null, 'a revocation has a reason'
);
select throws_ok($$ update oauth.token_families set scope = '{}' $$, '23514', null, 'a family has a scope');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.revoke_token_family'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
