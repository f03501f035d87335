-- oauth.rotate_refresh_token when its family has refreshed enough in this hour: a token that could be used waits, and every
-- other gets the answer that it always gets. A thief who fills the bucket first is noticed all the same (RFC 9700 §4.14.2).

begin;
select plan(14);

insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'a@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope, is_default)
values ('https://rs.test/mcp', 'Test', '[{"name": "a:read"}]', '{a:read}', true);
insert into oauth.clients (id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types)
values ('client_a', 'registered', 'A', 'none', '{https://a.test/callback}', '{}', '{code}');
insert into oauth.token_families (id, client_id, person_id, resource, scope, expires_at)
select ('10000000-0000-4000-8000-00000000000' || n)::uuid, 'client_a', '00000000-0000-4000-8000-00000000000a',
  'https://rs.test/mcp', '{a:read}', now() + interval '1 hour'
from generate_series(1, 5) as n;
insert into oauth.refresh_tokens (token_hash, family_id, generation, expires_at)
select sha256(convert_to('token ' || right(id::text, 1), 'UTF8')), id, 1, now() + interval '1 hour'
from oauth.token_families;

create sequence pg_temp.jti;
create function pg_temp.rotate(p_token text, p_wait_seconds integer, p_scope text[] default null)
returns jsonb
language sql
as $$
  select oauth.rotate_refresh_token(
    p_token_hash => sha256(convert_to(p_token, 'UTF8')),
    p_client => row('client_a', null, null, null, null)::oauth.client_proof,
    p_resource => null,
    p_scope => p_scope,
    p_successor_hash => sha256(convert_to('next ' || p_token, 'UTF8')),
    p_sealed_successor => 'sealed',
    p_refresh_token_seconds => 3600,
    p_replay_seconds => 30,
    p_jti => rpad('jti ' || nextval('pg_temp.jti'), 22, '_'),
    p_access_token_seconds => 900,
    p_wait_seconds => p_wait_seconds
  );
$$;
create function pg_temp.state() returns jsonb language sql as $$
  select jsonb_build_object(
    'families', (select jsonb_agg(to_jsonb(family) order by id) from oauth.token_families as family),
    'access', (select count(*) from oauth.access_tokens),
    'refresh', (select jsonb_agg(to_jsonb(token) order by token_hash) from oauth.refresh_tokens as token)
  );
$$;
select is(pg_temp.rotate('token 2', null) ->> 'outcome', 'rotated', 'a family that has not asked too often');
select is(pg_temp.rotate('token 3', null) ->> 'outcome', 'rotated', 'a second');
select is(pg_temp.rotate('next token 3', null) ->> 'outcome', 'rotated', 'whose successor is used too');
update oauth.token_families set revoked_at = now(), revoked_because = 'test' where id::text like '%4';
update oauth.refresh_tokens set expires_at = now() where token_hash = sha256('token 5');

create temp table before as select pg_temp.state() as state;
select is(
  pg_temp.rotate('token 1', 60), '{"outcome": "limited", "retry_after_seconds": 60}', 'a live token has to wait'
);
select is(
  pg_temp.rotate('token 2', 60), '{"outcome": "limited", "retry_after_seconds": 60}', 'so has a replay that would be answered'
);
select is(pg_temp.rotate('unknown', 60), '{"outcome": "not_found"}', 'an unknown token is unknown');
select is(pg_temp.rotate('token 4', 60), '{"outcome": "revoked"}', 'a revoked one is revoked');
select is(pg_temp.rotate('token 5', 60), '{"outcome": "expired"}', 'an expired one is expired');
select is(pg_temp.rotate('token 1', 60, '{b:read}'), '{"outcome": "scope_exceeded"}', 'and a wrong question is wrong');
select is(pg_temp.state(), (select state from before), 'none of these consumes or writes anything');

update oauth.refresh_tokens set replay_count = 100 where token_hash = sha256('token 2');
select is(pg_temp.rotate('token 2', 60), '{"outcome": "replays_exhausted"}', 'a replay too many is one');
select is(pg_temp.rotate('token 3', 60), '{"outcome": "reused"}', 'a theft is a theft');
select is(
  (select revoked_because from oauth.token_families where id::text like '%3'), 'refresh token reused', 'and ends the family'
);
select is(pg_temp.rotate('token 1', null) ->> 'outcome', 'rotated', 'whoever has waited goes on');

select * from finish();
rollback;
