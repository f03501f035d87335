-- oauth.rotate_refresh_token: what a rotation writes, and that no refusal consumes anything (RFC 6749 §6). Second
-- presentations are in rotate_refresh_token_replay_test.sql.

begin;
select plan(37);

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
insert into oauth.token_families (id, client_id, person_id, resource, scope, created_at, last_used_at, expires_at)
select id::uuid, client, person::uuid, 'https://rs.test/mcp', '{product:read,product:write}', now() - interval '1 day',
  now() - interval '1 day', now() + interval '1 hour'
from (
  values
    ('10000000-0000-4000-8000-000000000001', 'client_a', '00000000-0000-4000-8000-00000000000a'),
    ('10000000-0000-4000-8000-000000000002', 'client_a', '00000000-0000-4000-8000-00000000000a'),
    ('10000000-0000-4000-8000-000000000003', 'client_a', '00000000-0000-4000-8000-00000000000b'),
    ('10000000-0000-4000-8000-000000000004', 'client_a', '00000000-0000-4000-8000-00000000000a'),
    ('10000000-0000-4000-8000-000000000005', 'client_b', '00000000-0000-4000-8000-00000000000a')
) as family (id, client, person);
select oauth.revoke_token_family('10000000-0000-4000-8000-000000000002', 'test');
update auth.users set banned_until = now() + interval '1 day' where email = 'b@example.test';
insert into oauth.refresh_tokens (token_hash, family_id, generation, expires_at)
select sha256(name::bytea), ('10000000-0000-4000-8000-00000000000' || family)::uuid, 1, now() + lifetime::interval
from (
  values
    ('token', 1, '1 hour'), ('revoked', 2, '1 hour'), ('banned', 3, '1 hour'), ('old', 4, '-1 second'), ('of b', 5, '1 hour')
) as token (name, family, lifetime);

update oauth.token_families set authorization_details = '[{"type": "t", "maxAmount": 1}]';
create function pg_temp.rotate(
  p_token text default 'token',
  p_client text default 'client_a',
  p_secret text default null,
  p_resource text default 'https://rs.test/mcp',
  p_scope text[] default null,
  p_successor text default 'successor',
  p_wait_seconds integer default null
)
returns jsonb
language sql
as $$
  select oauth.rotate_refresh_token(
    p_token_hash => sha256(convert_to(p_token, 'UTF8')),
    p_client => row(p_client, sha256(convert_to(p_secret, 'UTF8')), null, null, null)::oauth.client_proof,
    p_resource => p_resource,
    p_scope => p_scope,
    p_successor_hash => sha256(convert_to(p_successor, 'UTF8')),
    p_sealed_successor => 'sealed ' || p_successor,
    p_refresh_token_seconds => 2592000,
    p_replay_seconds => 30,
    p_jti => rpad('jti for ' || p_successor, 22, '_'),
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

-- Refusals, in the order in which they are looked for.
create temp table before as select pg_temp.state() as state;
select is(pg_temp.rotate(p_client => 'client_x'), '{"outcome": "client_changed"}', 'an unknown client');
select is(pg_temp.rotate('of b', 'client_b', 'wrong'), '{"outcome": "client_changed"}', 'a secret that was replaced');
select is(pg_temp.rotate('of b', 'client_b'), '{"outcome": "client_changed"}', 'no secret where there is one');
select is(pg_temp.rotate('unknown'), '{"outcome": "not_found"}', 'an unknown token');
select is(pg_temp.rotate('token', 'client_b', 'secret'), '{"outcome": "client_mismatch"}', 'the token of another client');
select is(pg_temp.rotate('revoked'), '{"outcome": "revoked"}', 'a token whose family was revoked');
select is(pg_temp.rotate('banned'), '{"outcome": "person_inactive"}', 'a person who was banned meanwhile');
select is(pg_temp.rotate('old'), '{"outcome": "expired"}', 'a token that is too old');
select is(
  pg_temp.rotate(p_resource => 'https://other.test'), '{"outcome": "resource_mismatch"}', 'another resource'
);
select is(
  pg_temp.rotate(p_scope => '{product:read,product:delete}'),
  '{"outcome": "scope_exceeded"}',
  'more than the person granted'
);
select is(pg_temp.rotate(p_scope => '{PRODUCT:READ}'), '{"outcome": "scope_exceeded"}', 'byte for byte');
select is(pg_temp.rotate(p_scope => scope), '{"outcome": "scope_exceeded"}', format('%s leaves nothing, or more', scope))
from (
  values ('{}'::text[]), ('{order:*}'), ('{product:delete,product:*}'), ('{*}'), ('{:*,product:read}')
) as asked (scope);
savepoint unblocked;
update oauth.clients set blocked_at = now() where id = 'client_a';
select is(pg_temp.rotate(), '{"outcome": "client_changed"}', 'a client that was blocked meanwhile');
rollback to unblocked;
select is(pg_temp.state(), (select state from before), 'no refusal consumes or writes anything');

-- A rotation.
create temp table answered as select pg_temp.rotate() as answer;
select is(
  answer - 'issued_at',
  '{
    "outcome": "rotated", "kid": "base",
    "person_id": "00000000-0000-4000-8000-00000000000a",
    "resource": "https://rs.test/mcp", "authorization_details": [{"type": "t", "maxAmount": 1}],
    "scope": ["product:read", "product:write"],
    "sealed_successor": null
  }',
  'a token rotates; its caller has the successor already'
)
from answered;
select results_eq(
  $$
    select rotated_at between now() and clock_timestamp(), successor_hash, sealed_successor,
      replay_until = rotated_at + interval '30 seconds', replay_count
    from oauth.refresh_tokens
    where token_hash = sha256('token')
  $$,
  $$ values (true, sha256('successor'), 'sealed successor', true, 0) $$,
  'it keeps the sealed successor for whoever presents it again'
);
select results_eq(
  $$
    select successor.generation, successor.issued_at = token.rotated_at,
      successor.expires_at = token.rotated_at + interval '30 days', successor.rotated_at, successor.sealed_successor
    from oauth.refresh_tokens as token
    join oauth.refresh_tokens as successor on successor.token_hash = token.successor_hash
      and successor.family_id = token.family_id
    where token.token_hash = sha256('token')
  $$,
  $$ values (2, true, true, null::timestamptz, null::text) $$,
  'its successor is the next generation, with a life of its own'
);
select results_eq(
  $$
    select jti, family_id, client_id, person_id, resource, scope, expires_at = issued_at + interval '15 minutes'
    from oauth.access_tokens
  $$,
  $$
    select rpad('jti for successor', 22, '_'), id, client_id, person_id, resource, scope, true
    from oauth.token_families
    where id = '10000000-0000-4000-8000-000000000001'
  $$,
  'with an access token for everything that was granted'
);
select is(
  (select (answer ->> 'issued_at')::numeric from answered),
  (select floor(extract(epoch from issued_at)) from oauth.access_tokens),
  'the time of issue is whole seconds of the token''s own row'
);
select results_eq(
  $$
    select right(id::text, 1), last_used_at >= now(), expires_at = last_used_at + interval '30 days'
    from oauth.token_families
    where last_used_at >= now()
  $$,
  $$ values ('1', true, true) $$,
  'its family slides with it, and no other'
);

-- The next rotation, narrower.
select is(
  pg_temp.rotate('successor', p_scope => '{product:read}', p_resource => null, p_successor => 'third') -> 'scope',
  '["product:read"]',
  'a narrower scope may be asked for, and the resource left out'
);
select results_eq(
  $$ select scope from oauth.access_tokens where jti = rpad('jti for third', 22, '_') $$,
  $$ values ('{product:read}'::text[]) $$,
  'it narrows this access token'
);
select results_eq(
  $$ select scope from oauth.token_families where id = '10000000-0000-4000-8000-000000000001' $$,
  $$ values ('{product:read,product:write}'::text[]) $$,
  'and not what the refresh token stands for'
);
select results_eq(
  $$
    select generation, sealed_successor
    from oauth.refresh_tokens
    where family_id = '10000000-0000-4000-8000-000000000001'
    order by generation
  $$,
  $$ values (1, null), (2, 'sealed third'), (3, null) $$,
  'once a successor was used, its own sealed copy is erased'
);
select is(
  pg_temp.rotate('third', p_successor => 'fourth') -> 'scope',
  '["product:read", "product:write"]',
  'the next refresh gets everything again'
);
select is(
  pg_temp.rotate('fourth', p_scope => '{product:*,order:*}', p_successor => 'fifth') -> 'scope',
  '["product:read", "product:write"]',
  'a client that repeats its wildcards gets what the family has of them'
);
select results_eq(
  $$ select scope from oauth.access_tokens where jti = rpad('jti for fifth', 22, '_') $$,
  $$ values ('{product:read,product:write}'::text[]) $$,
  'by name'
);
select is(
  pg_temp.rotate('of b', 'client_b', 'secret', p_successor => 'other') ->> 'outcome',
  'rotated',
  'a confidential client with its secret'
);

-- What no caller could write, whatever the function did.
select throws_ok(
  $$ update oauth.refresh_tokens set rotated_at = null, successor_hash = null where token_hash = sha256('token') $$,
  '23505', null, 'a family has one live token'
);
select throws_ok(
  $$ update oauth.refresh_tokens set rotated_at = now() where token_hash = sha256('fifth') $$,
  '23514', null, 'a rotated token has a successor'
);
select throws_ok(
  $$ update oauth.refresh_tokens set sealed_successor = 'sealed' where token_hash = sha256('fifth') $$,
  '23514', null, 'only a rotated token seals one'
);
select throws_ok(
  $$ update oauth.refresh_tokens set token_hash = 'token' where token_hash = sha256('fifth') $$,
  '23514', null, 'a token is kept as its hash'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.rotate_refresh_token'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
