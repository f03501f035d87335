-- oauth.lease_calls: one answer about a token that is good for a few calls: alive, how many, which keys.

begin;
select plan(13);

delete from oauth.signing_keys;
select oauth.create_signing_key('kid', '{"kty": "EC"}', 'sealed', 'test', 90);
insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'a@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope) values ('https://rs.test/mcp', 'Test', '[]', '{a:read}');
insert into oauth.clients (id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types)
values ('client_a', 'registered', 'A', 'none', '{}', '{}', '{code}'), ('client_b', 'registered', 'B', 'none', '{}', '{}', '{code}');
insert into oauth.token_families (id, client_id, person_id, resource, scope, expires_at)
select ('10000000-0000-4000-8000-00000000000' || n)::uuid, client, '00000000-0000-4000-8000-00000000000a',
  'https://rs.test/mcp', '{a:read}', now() + interval '1 hour'
from (values (1, 'client_a'), (2, 'client_b')) as family (n, client);
insert into oauth.access_tokens (jti, family_id, client_id, person_id, resource, scope, expires_at)
select rpad('of ' || client_id, 22, '_'), id, client_id, person_id, resource, scope, expires_at from oauth.token_families;
insert into oauth.access_tokens (jti, client_id, resource, scope, expires_at)
values (rpad('service', 22, '_'), 'client_a', 'https://rs.test/mcp', '{a:read}', now() + interval '1 hour');

create function pg_temp.lease(p_jti text, p_limit integer default 3, p_resource text default 'https://rs.test/mcp')
returns jsonb
language sql
as $$
  select oauth.lease_calls(
    p_jti => rpad(p_jti, 22, '_'), p_resource => p_resource, p_limit => p_limit, p_wanted => 10, p_returned => 0,
    p_returned_minute => 0
  );
$$;

select is(pg_temp.lease('unknown'), '{"outcome": "dead", "keys": [{"kty": "EC"}]}', 'an unknown token is dead');
select is(pg_temp.lease('of client_a', 3, 'https://other.test') ->> 'outcome', 'dead', 'and so is one for another resource');
select is(pg_temp.lease('of client_a') - 'minute', '{"outcome": "leased", "leased": 1, "keys": [{"kty": "EC"}], "retry_after_seconds": null}', 'a live one gets a lease');
select is(pg_temp.lease('of client_b') ->> 'leased', '1', 'a second client');
select is(pg_temp.lease('of client_b') ->> 'leased', '1', 'takes from the same person');
select is(pg_temp.lease('of client_a') ->> 'outcome', 'limited', 'whose calls are then used up');
select ok((pg_temp.lease('of client_a') ->> 'retry_after_seconds')::integer between 3540 and 3660, 'for about an hour');
select is(pg_temp.lease('service') ->> 'outcome', 'leased', 'a client in its own name has calls of its own');
select is(pg_temp.lease('of client_a', 0) - 'keys', '{"outcome": "leased", "leased": 10, "minute": 0}', 'without a limit there is none');
update oauth.access_tokens set revoked_at = now() where jti = rpad('of client_a', 22, '_');
select is(pg_temp.lease('of client_a') ->> 'outcome', 'dead', 'a revoked token is dead, not limited');

select oauth.create_signing_key('next', '{"kty": "next"}', 'sealed', 'test', 90);
select is(pg_temp.lease('service') -> 'keys', '[{"kty": "next"}, {"kty": "EC"}]', 'the answer holds the published keys');
select oauth.revoke_signing_key('kid');
select is(
  pg_temp.lease('service'), '{"outcome": "dead", "keys": [{"kty": "next"}]}',
  'a token is dead with its key, which is in no answer any more'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.lease_calls'::regproc and grantee <> proowner
  ),
  '{sekisho_mcp}',
  'only sekisho_mcp may execute it'
);

select * from finish();
rollback;
