-- oauth.rotate_refresh_token, second presentations: within the window a lost answer or a race, which gets the same
-- successor; afterwards, or once the successor was used, a theft, which revokes the family (RFC 9700 §4.14.2).

begin;
select plan(36);

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
insert into oauth.token_families (id, client_id, person_id, resource, scope, expires_at)
select ('10000000-0000-4000-8000-00000000000' || family)::uuid, 'client_a', '00000000-0000-4000-8000-00000000000a',
  'https://rs.test/mcp', '{product:read,product:write}', now() + interval '1 hour'
from generate_series(1, 7) as family;
insert into oauth.refresh_tokens (token_hash, family_id, generation, expires_at)
select sha256(convert_to('token ' || right(id::text, 1), 'UTF8')), id, 1, now() + interval '1 hour'
from oauth.token_families;

create sequence pg_temp.jti;
update oauth.token_families set authorization_details = '[{"type": "t", "maxAmount": 1}]';
create function pg_temp.rotate(
  p_token text,
  p_successor text default 'unused',
  p_replay_seconds integer default 30,
  p_scope text[] default null,
  p_client text default 'client_a',
  p_wait_seconds integer default null
)
returns jsonb
language sql
as $$
  select oauth.rotate_refresh_token(
    p_token_hash => sha256(convert_to(p_token, 'UTF8')),
    p_client => row(
      p_client, case when p_client = 'client_b' then sha256('secret') end, null, null, null
    )::oauth.client_proof,
    p_resource => 'https://rs.test/mcp',
    p_scope => p_scope,
    p_successor_hash => sha256(convert_to(p_successor, 'UTF8')),
    p_sealed_successor => 'sealed ' || p_successor,
    p_refresh_token_seconds => 2592000,
    p_replay_seconds => p_replay_seconds,
    p_jti => rpad('jti ' || nextval('pg_temp.jti'), 22, '_'),
    p_access_token_seconds => 900,
    p_wait_seconds => p_wait_seconds
  );
$$;
create function pg_temp.live(p_family integer) returns text language sql as $$
  select coalesce('revoked: ' || revoked_because, 'live')
  from oauth.token_families
  where id = ('10000000-0000-4000-8000-00000000000' || p_family)::uuid;
$$;
create function pg_temp.state() returns jsonb language sql as $$
  select jsonb_build_object(
    'families', (select jsonb_agg(to_jsonb(family) order by id) from oauth.token_families as family),
    'access', (select count(*) from oauth.access_tokens),
    'refresh', (select jsonb_agg(to_jsonb(token) order by token_hash) from oauth.refresh_tokens as token)
  );
$$;

-- Within the window.
select is(pg_temp.rotate('token 1', 'second') ->> 'outcome', 'rotated', 'the winner');
update oauth.token_families set expires_at = now() + interval '1 minute' where id::text like '%1';
create temp table rotated as select * from oauth.refresh_tokens;
create temp table answered as select pg_temp.rotate('token 1', 'of the loser') as answer;
select is(
  answer - 'issued_at' - 'person_id',
  '{
    "outcome": "replayed", "kid": "base",
    "resource": "https://rs.test/mcp", "authorization_details": [{"type": "t", "maxAmount": 1}],
    "scope": ["product:read", "product:write"],
    "sealed_successor": "sealed second"
  }',
  'a loser gets the winner''s successor, not its own'
)
from answered;
select bag_eq(
  $$ select token_hash, expires_at, rotated_at, successor_hash, replay_until from oauth.refresh_tokens $$,
  $$ select token_hash, expires_at, rotated_at, successor_hash, replay_until from rotated $$,
  'no other successor, no later expiry, no longer window'
);
select is(
  (select replay_count from oauth.refresh_tokens where token_hash = sha256('token 1')), 1, 'the replay is counted'
);
select is(
  (select count(*) from oauth.access_tokens where family_id::text like '%1'),
  2::bigint,
  'it gets an access token of its own'
);
select is(
  (select expires_at = last_used_at + interval '15 minutes' from oauth.token_families where id::text like '%1'),
  true,
  'the family lives at least as long as that'
);
select is(
  pg_temp.rotate('token 1', p_scope => '{product:read}') -> 'scope', '["product:read"]', 'a replay may be narrower'
);

-- A replay is checked like a first use.
create temp table before as select pg_temp.state() as state;
select is(pg_temp.rotate('token 1', p_scope => '{a}') ->> 'outcome', 'scope_exceeded', 'and never wider');
select is(pg_temp.rotate('token 1', p_client => 'client_b') ->> 'outcome', 'client_mismatch', 'nor another client''s');
select is(pg_temp.state(), (select state from before), 'such a replay neither counts nor revokes');

-- Once the successor was used.
select is(pg_temp.rotate('second', 'third') ->> 'outcome', 'rotated', 'the successor is used');
-- As if its sealed copy had not been erased: each of the two reasons must suffice.
update oauth.refresh_tokens set sealed_successor = 'sealed second' where token_hash = sha256('token 1');
create temp table used as select count(*) as tokens from oauth.access_tokens;
select is(pg_temp.rotate('token 1'), '{"outcome": "reused"}', 'then the first token is a theft, window or not');
select is(pg_temp.live(1), 'revoked: refresh token reused', 'and its family is revoked');
select is((select count(*) from oauth.access_tokens), (select tokens from used), 'nothing is issued for it');
select is(pg_temp.rotate('third') ->> 'outcome', 'revoked', 'the live token dies with its family');
select is(pg_temp.rotate('token 1') ->> 'outcome', 'revoked', 'and a thief learns no more');
select is(
  (select count(*) from oauth.access_tokens where oauth.access_token_is_live(jti, 'https://rs.test/mcp')),
  0::bigint,
  'its access tokens are dead'
);
select is(pg_temp.live(2), 'live', 'another family of the same person and client is not touched');

-- After the window.
select is(pg_temp.rotate('token 2', 'late') ->> 'outcome', 'rotated', 'a winner whose answer was lost for long');
update oauth.refresh_tokens
set rotated_at = rotated_at - interval '30 seconds', replay_until = replay_until - interval '30 seconds'
where token_hash = sha256('token 2');
select is(pg_temp.rotate('token 2'), '{"outcome": "reused"}', 'a replay after the window is a theft');
select is(pg_temp.live(2), 'revoked: refresh token reused', 'and revokes');

-- Window 0 is strict, and keeps nothing that could be opened.
select is(pg_temp.rotate('token 3', 'strict', 0) ->> 'outcome', 'rotated', 'a winner under strict rules');
select is(
  (select sealed_successor from oauth.refresh_tokens where token_hash = sha256('token 3')), null, 'seals nothing'
);
select is(pg_temp.rotate('token 3', p_replay_seconds => 30), '{"outcome": "reused"}', 'and any replay is a theft');

-- A sealed successor that is gone cannot be handed out.
select is(pg_temp.rotate('token 4', 'erased') ->> 'outcome', 'rotated', 'a winner whose sealed successor is erased');
update oauth.refresh_tokens set sealed_successor = null where token_hash = sha256('token 4');
select is(pg_temp.rotate('token 4'), '{"outcome": "reused"}', 'leaves nothing to replay');

-- A hundred replays.
select is(pg_temp.rotate('token 5', 'often') ->> 'outcome', 'rotated', 'a winner that is asked again and again');
update oauth.refresh_tokens set replay_count = 99 where token_hash = sha256('token 5');
select is(pg_temp.rotate('token 5') ->> 'outcome', 'replayed', 'the hundredth replay is answered');
select is(
  (
    select family.expires_at = token.expires_at
    from oauth.token_families as family
    join oauth.refresh_tokens as token on token.family_id = family.id and token.rotated_at is null
    where family.id::text like '%5'
  ),
  true,
  'and the family still lives as long as its refresh token'
);
create temp table hundred as select pg_temp.state() as state;
select is(pg_temp.rotate('token 5'), '{"outcome": "replays_exhausted"}', 'the next is not');
select is(pg_temp.state(), (select state from hundred), 'and changes nothing: the successor still lives');

-- Two tokens cannot share a successor, nor a token be its own.
select throws_ok(
  $$ select pg_temp.rotate('token 6', 'often') $$, '23505', null, 'a successor is nobody else''s token'
);
select is(
  (select rotated_at from oauth.refresh_tokens where token_hash = sha256('token 6')), null, 'and what failed undid itself'
);

-- The window outlasts the token.
select is(pg_temp.rotate('token 7', 'in time') ->> 'outcome', 'rotated', 'a winner in the last moment of its token');
update oauth.refresh_tokens set expires_at = now() where token_hash = sha256('token 7');
select is(pg_temp.rotate('token 7') ->> 'outcome', 'replayed', 'whose answer was lost may ask for it again');
update oauth.refresh_tokens set replay_until = now() where token_hash = sha256('token 7');
select is(pg_temp.rotate('token 7'), '{"outcome": "expired"}', 'until the window is over too');

select * from finish();
rollback;
