-- oauth.purge_access_tokens: unknown and expired mean the same, so expired rows go at once.

begin;
select plan(5);

insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types
) values
  ('client_a', 'registered', 'A', 'none', null, '{https://a.test/callback}', '{authorization_code,refresh_token}', '{code}'),
  ('client_b', 'operator', 'B', 'client_secret_basic', sha256('secret'), '{https://b.test/callback}', '{authorization_code}', '{code}');
insert into oauth.access_tokens (jti, client_id, resource, scope, expires_at, revoked_at)
select rpad(name, 22, '_'), 'client_b', 'https://rs.test/mcp', '{product:read}', now() + lifetime::interval, revoked_at
from (
  values
    ('live', '1 minute', null),
    ('revoked', '1 minute', now()),
    ('expired', '-1 second', null),
    ('long_expired', '-1 day', null)
) as token (name, lifetime, revoked_at);

select is(oauth.purge_access_tokens(1), 1::bigint, 'it takes no more than it may');
select is(oauth.purge_access_tokens(100), 1::bigint, 'the next run takes the rest');
select is(oauth.purge_access_tokens(100), 0::bigint, 'then there is nothing left to do');
select results_eq(
  $$ select rtrim(jti, '_') from oauth.access_tokens order by jti $$,
  $$ values ('live'), ('revoked') $$,
  'what has not expired stays, a revoked one too'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_access_tokens'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
