-- oauth.purge_authorization_codes: unused codes go when they expire; used ones stay a day, so that a replay is
-- recognised (RFC 6749 §4.1.2).

begin;
select plan(5);

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
insert into oauth.authorization_codes (
  code_hash, client_id, person_id, redirect_uri, resource, scope, code_challenge, expires_at, used_at
)
select sha256(name::bytea), 'client_a', '00000000-0000-4000-8000-00000000000a', 'https://a.test/callback',
  'https://rs.test/mcp', '{product:read}', repeat('a', 43), now() + lifetime::interval, now() - used_ago::interval
from (
  values
    ('fresh', '1 minute', null),
    ('expired', '-1 second', null),
    ('used just now', '-1 second', '1 minute'),
    ('used today', '-23 hours', '23 hours'),
    ('used yesterday', '-25 hours', '25 hours')
) as code (name, lifetime, used_ago);

select is(oauth.purge_authorization_codes(1), 1::bigint, 'it takes no more than it may');
select is(oauth.purge_authorization_codes(100), 1::bigint, 'the next run takes the rest');
select is(oauth.purge_authorization_codes(100), 0::bigint, 'then there is nothing left to do');
select bag_eq(
  $$ select code_hash from oauth.authorization_codes $$,
  $$ values (sha256('fresh')), (sha256('used just now')), (sha256('used today')) $$,
  'a code that can be redeemed, or whose replay must be recognised, stays'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_authorization_codes'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
