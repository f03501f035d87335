-- oauth.client_is_current: an isolate may hold a client for ten seconds; what it holds is compared here again.

begin;
select plan(9);

insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types
) values
  ('client_a', 'registered', 'A', 'none', null, '{https://a.test/callback}', '{authorization_code,refresh_token}', '{code}'),
  ('client_b', 'operator', 'B', 'client_secret_basic', sha256('secret'), '{https://b.test/callback}', '{authorization_code}', '{code}');

select is(oauth.client_is_current('client_a', null), true, 'a public client as it is');
select is(oauth.client_is_current('client_b', sha256('secret')), true, 'a confidential client as it is');
select is(oauth.client_is_current('client_b', sha256('other')), false, 'its secret was changed');
select is(oauth.client_is_current('client_b', null), false, 'it has become confidential');
select is(oauth.client_is_current('client_a', sha256('secret')), false, 'it has become public');
select is(oauth.client_is_current('client_x', null), false, 'it was removed');
select is(oauth.client_is_current(null, null), false, 'no client at all');

update oauth.clients set blocked_at = now();
select is(oauth.client_is_current('client_a', null), false, 'it was blocked');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.client_is_current'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
