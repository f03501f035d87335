-- oauth.introspect_token: what a token is, told to whom it concerns (RFC 7662 §2.2).

begin;
select plan(22);

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

create function pg_temp.introspect(p_client text, p_jti text, p_token text default null)
returns jsonb
language sql
as $$
  select oauth.introspect_token(
    p_client => row(
      p_client, case when p_client in ('server', 'other server') then sha256('secret') end, null, null, null
    )::oauth.client_proof,
    p_token_hash => sha256(p_token::bytea), p_jti => rpad(p_jti, 22, '_')
  );
$$;

select is(
  pg_temp.introspect('server', 'first') - 'expires_at',
  '{
    "outcome": "active", "kind": "access_token", "jti": "first_________________", "client_id": "client_a",
    "person_id": "00000000-0000-4000-8000-00000000000a", "resource": "https://rs.test/mcp", "scope": ["a:read"], "authorization_details": [],
    "issued_at": 1000
  }',
  'the resource server learns all that the token says'
);
select is(pg_temp.introspect('client_a', 'first'), pg_temp.introspect('server', 'first'), 'and so does its client');
select is(pg_temp.introspect('client_b', 'first'), '{"outcome": "inactive"}', 'another client learns nothing');
select is(pg_temp.introspect('other server', 'first'), '{"outcome": "inactive"}', 'another resource server learns nothing');
select is(pg_temp.introspect('open server', 'first'), '{"outcome": "inactive"}', 'nor one that proves nothing');
select is(pg_temp.introspect('client_x', 'first'), '{"outcome": "client_changed"}', 'an unknown client is refused');
select is(pg_temp.introspect('server', 'unknown'), '{"outcome": "inactive"}', 'a token that was never issued');
select is(pg_temp.introspect('server', 'expired'), '{"outcome": "inactive"}', 'an expired one');
select is(pg_temp.introspect('server', 'service') -> 'person_id', 'null', 'a client in its own name is no person');
select is(pg_temp.introspect('client_b', 'service') ->> 'outcome', 'active', 'and may ask about its own');

select is(
  pg_temp.introspect('client_a', null, 'new') - 'issued_at' - 'expires_at',
  '{
    "outcome": "active", "kind": "refresh_token", "client_id": "client_a", "resource": "https://rs.test/mcp",
    "authorization_details": [],
    "person_id": "00000000-0000-4000-8000-00000000000a", "scope": ["a:read", "b:read"]
  }',
  'a client learns what its refresh token stands for'
);
select is(pg_temp.introspect('server', null, 'new'), '{"outcome": "inactive"}', 'which is not the resource server''s business');
select is(pg_temp.introspect('client_b', null, 'new'), '{"outcome": "inactive"}', 'nor another client''s');
select is(pg_temp.introspect('client_a', null, 'old'), '{"outcome": "inactive"}', 'one that was rotated is over');
select is(pg_temp.introspect('client_a', null, 'unknown'), '{"outcome": "inactive"}', 'and so is one that never was');

update oauth.access_tokens set revoked_at = now() where jti = rpad('second', 22, '_');
select is(pg_temp.introspect('server', 'second'), '{"outcome": "inactive"}', 'revoked is dead at once');
update auth.users set banned_until = now() + interval '1 day';
select is(pg_temp.introspect('server', 'first'), '{"outcome": "inactive"}', 'a banned person''s tokens are dead');
select is(pg_temp.introspect('client_a', null, 'new'), '{"outcome": "inactive"}', 'of both kinds');
update auth.users set banned_until = null;
select oauth.revoke_token_family('10000000-0000-4000-8000-000000000001', 'test');
select is(pg_temp.introspect('server', 'first'), '{"outcome": "inactive"}', 'a revoked family''s too');
select is(pg_temp.introspect('client_a', null, 'new'), '{"outcome": "inactive"}', 'of both kinds');
update oauth.clients set blocked_at = now() where id = 'server';
select is(pg_temp.introspect('server', 'service'), '{"outcome": "client_changed"}', 'a blocked resource server is refused');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.introspect_token'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
