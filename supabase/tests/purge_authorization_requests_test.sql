-- oauth.purge_authorization_requests: for an hour the page can say that a request was too old; then it is unknown.

begin;
select plan(5);

insert into oauth.resources (identifier, name, scopes, default_scope) values
  ('https://rs.test/mcp', 'Test', '[]', '{product:read}');
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types
) values
  ('client_a', 'registered', 'A', 'none', null, '{https://a.test/callback}', '{authorization_code,refresh_token}', '{code}'),
  ('client_b', 'operator', 'B', 'client_secret_basic', sha256('secret'), '{https://b.test/callback}', '{authorization_code}', '{code}');
insert into oauth.authorization_requests (
  id_hash, browser_hash, client_id, redirect_uri, registered_redirect_uri, resource, scope, code_challenge, expires_at
)
select sha256(name::bytea), sha256('browser'), 'client_a', 'https://a.test/callback', 'https://a.test/callback',
  'https://rs.test/mcp', '{a:read}', repeat('a', 43), now() - expired_ago::interval
from (
  values ('live', '-10 minutes'), ('old', '59 minutes'), ('older', '61 minutes'), ('oldest', '1 day')
) as request (name, expired_ago);

select is(oauth.purge_authorization_requests(1), 1::bigint, 'it takes no more than it may');
select is(oauth.purge_authorization_requests(100), 1::bigint, 'the next run takes the rest');
select is(oauth.purge_authorization_requests(100), 0::bigint, 'then there is nothing left to do');
select bag_eq(
  $$ select id_hash from oauth.authorization_requests $$,
  $$ values (sha256('live')), (sha256('old')) $$,
  'what expired less than an hour ago stays'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_authorization_requests'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
