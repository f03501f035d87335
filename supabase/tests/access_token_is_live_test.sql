-- oauth.access_token_is_live: the yes or no of oauth.find_live_access_token, whose test holds every reason.

begin;
select plan(6);

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
  'https://rs.test/mcp', '{product:read}', now() + interval '1 day'
);
insert into oauth.access_tokens (jti, family_id, client_id, person_id, resource, scope, expires_at) values (
  rpad('jti', 22, '_'), '10000000-0000-4000-8000-000000000001', 'client_a',
  '00000000-0000-4000-8000-00000000000a', 'https://rs.test/mcp', '{product:read}', now() + interval '15 minutes'
);

select is(oauth.access_token_is_live(rpad('jti', 22, '_'), 'https://rs.test/mcp'), true, 'a good token lives');
select is(oauth.access_token_is_live(rpad('other', 22, '_'), 'https://rs.test/mcp'), false, 'an unknown one does not');
select is(oauth.access_token_is_live(rpad('jti', 22, '_'), 'https://other.test'), false, 'nor elsewhere');
select is(oauth.access_token_is_live(null, 'https://rs.test/mcp'), false, 'no jti is dead, not null');

select oauth.revoke_token_family('10000000-0000-4000-8000-000000000001', 'test');
select is(oauth.access_token_is_live(rpad('jti', 22, '_'), 'https://rs.test/mcp'), false, 'revoked is dead at once');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.access_token_is_live'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
