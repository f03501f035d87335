-- oauth.purge_token_families: a family goes a day after its last token expired, and takes its tokens with it.

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
  now() - age::interval
from (
  values
    ('10000000-0000-4000-8000-000000000001', '-1 hour'),
    ('10000000-0000-4000-8000-000000000002', '23 hours'),
    ('10000000-0000-4000-8000-000000000003', '25 hours'),
    ('10000000-0000-4000-8000-000000000004', '26 hours')
) as family (id, age);
insert into oauth.refresh_tokens (token_hash, family_id, generation, expires_at)
select sha256(id::text::bytea), id, 1, expires_at from oauth.token_families;
insert into oauth.access_tokens (jti, family_id, client_id, person_id, resource, scope, expires_at)
select rpad(right(id::text, 1), 22, 'j'), id, client_id, person_id, resource, scope, expires_at
from oauth.token_families;
insert into oauth.authorization_codes (
  code_hash, client_id, person_id, redirect_uri, resource, scope, code_challenge, expires_at, used_at, family_id
)
select sha256('code'), client_id, person_id, 'https://a.test/callback', resource, scope, repeat('a', 43), now(), now(), id
from oauth.token_families
where id = '10000000-0000-4000-8000-000000000003';

select is(oauth.purge_token_families(1), 1::bigint, 'it takes no more than it may');
select is((select count(*) from oauth.token_families), 3::bigint, 'and removes as many as it says');
select is(oauth.purge_token_families(100), 1::bigint, 'the next run takes the rest');
select is(oauth.purge_token_families(100), 0::bigint, 'then there is nothing left to do');
select results_eq(
  $$ select right(id::text, 1) from oauth.token_families order by id $$,
  $$ values ('1'), ('2') $$,
  'what lives, and what expired less than a day ago, stays'
);
select is((select count(*) from oauth.refresh_tokens), 2::bigint, 'refresh tokens go with their family');
select is((select count(*) from oauth.access_tokens), 2::bigint, 'and so do access tokens');
select results_eq(
  $$ select family_id, used_at is not null from oauth.authorization_codes $$,
  $$ values (null::uuid, true) $$,
  'a used code outlives its family, still used'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_token_families'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
