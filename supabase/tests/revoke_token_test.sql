-- oauth.revoke_token: a client takes back what is its own (RFC 7009 §2.1).

begin;
select plan(17);

insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'a@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope) values
  ('https://rs.test/mcp', 'Test', '[]', '{a:read}'), ('https://other.test/mcp', 'Other', '[]', '{a:read}');
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types, resource
) values
  ('client_a', 'registered', 'A', 'none', null, '{}', '{}', '{code}', null),
  ('client_b', 'registered', 'B', 'none', null, '{}', '{}', '{code}', null),
  ('server', 'operator', 'RS', 'client_secret_basic', sha256('secret'), '{}', '{}', '{}', 'https://rs.test/mcp'),
  ('other server', 'operator', 'RS', 'client_secret_basic', sha256('secret'), '{}', '{}', '{}', 'https://other.test/mcp'),
  ('open server', 'operator', 'RS', 'none', null, '{}', '{}', '{}', 'https://rs.test/mcp');
insert into oauth.token_families (id, client_id, person_id, resource, scope, expires_at) values (
  '10000000-0000-4000-8000-000000000001', 'client_a', '00000000-0000-4000-8000-00000000000a', 'https://rs.test/mcp',
  '{a:read,b:read}', now() + interval '1 hour'
);
insert into oauth.access_tokens (jti, family_id, client_id, person_id, resource, scope, issued_at, expires_at)
select rpad(name, 22, '_'), '10000000-0000-4000-8000-000000000001', 'client_a', '00000000-0000-4000-8000-00000000000a',
  'https://rs.test/mcp', '{a:read}', to_timestamp(1000), now() + lifetime::interval
from (values ('first', '1 hour'), ('second', '1 hour'), ('expired', '-1 second')) as token (name, lifetime);
insert into oauth.access_tokens (jti, client_id, resource, scope, expires_at)
values (rpad('service', 22, '_'), 'client_b', 'https://rs.test/mcp', '{a:read}', now() + interval '1 hour');
insert into oauth.refresh_tokens (token_hash, family_id, generation, issued_at, expires_at, rotated_at, successor_hash) values
  (sha256('old'), '10000000-0000-4000-8000-000000000001', 1, now(), now() + interval '1 hour', now(), sha256('new')),
  (sha256('new'), '10000000-0000-4000-8000-000000000001', 2, now(), now() + interval '1 hour', null, null);

create function pg_temp.revoke(p_client text, p_jti text, p_token text default null)
returns text
language sql
as $$
  select oauth.revoke_token(
    p_client => row(p_client, case when p_client like '%server' then sha256('secret') end, null, null, null)::oauth.client_proof,
    p_token_hash => sha256(p_token::bytea), p_jti => rpad(p_jti, 22, '_')
  ) ->> 'outcome';
$$;
create function pg_temp.alive(p_jti text) returns boolean language sql as $$
  select oauth.access_token_is_live(rpad(p_jti, 22, '_'), 'https://rs.test/mcp');
$$;

select is(pg_temp.revoke('client_x', 'first'), 'client_changed', 'an unknown client');
select is(pg_temp.revoke('client_b', 'first'), 'client_mismatch', 'another client''s access token');
select is(pg_temp.revoke('client_b', null, 'new'), 'client_mismatch', 'another client''s refresh token');
select is(pg_temp.revoke('server', 'first'), 'client_mismatch', 'a resource server is not the owner either');
select is(pg_temp.revoke('client_a', 'unknown'), 'unknown', 'an access token that was never issued');
select is(pg_temp.revoke('client_a', null, 'unknown'), 'unknown', 'nor such a refresh token');
select is((select count(*)::integer from oauth.access_tokens where revoked_at is not null), 0, 'all of that revoked nothing');

select is(pg_temp.revoke('client_a', 'first'), 'revoked', 'its own access token');
select is(pg_temp.alive('first'), false, 'is dead');
select is(pg_temp.alive('second'), true, 'and no other is');
select is(pg_temp.revoke('client_a', 'first'), 'revoked', 'again is no error');
select is(pg_temp.revoke('client_b', 'service'), 'revoked', 'a token in its own name too');

select is(pg_temp.revoke('client_a', null, 'old'), 'revoked', 'a refresh token, though it was rotated');
select is(
  (select revoked_because from oauth.token_families), 'revoked by the client', 'takes its family along'
);
select is(pg_temp.alive('second'), false, 'with every access token in it');
select is(pg_temp.revoke('client_a', null, 'new'), 'revoked', 'again is no error');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.revoke_token'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
