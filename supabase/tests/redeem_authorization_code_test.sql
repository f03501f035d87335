-- oauth.redeem_authorization_code: what a first use writes, and that no refusal consumes anything (RFC 6749 §4.1.3,
-- RFC 7636 §4.6). Second uses are in redeem_authorization_code_replay_test.sql.

begin;
select plan(32);

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
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types, blocked_at
) values (
  'client_c', 'registered', 'C', 'none', '{https://c.test/callback}', '{authorization_code}', '{code}', now()
);
insert into oauth.authorization_codes (
  code_hash, client_id, person_id, redirect_uri, resource, scope, code_challenge, expires_at
)
select sha256(name::bytea), client, person::uuid, 'https://a.test/callback', 'https://rs.test/mcp',
  '{product:read,product:write}', repeat('a', 43), now() + lifetime::interval
from (
  values
    ('code', 'client_a', '00000000-0000-4000-8000-00000000000a', '1 minute'),
    ('bare', 'client_a', '00000000-0000-4000-8000-00000000000a', '1 minute'),
    ('old', 'client_a', '00000000-0000-4000-8000-00000000000a', '-1 second'),
    ('banned', 'client_a', '00000000-0000-4000-8000-00000000000b', '1 minute'),
    ('of b', 'client_b', '00000000-0000-4000-8000-00000000000a', '1 minute'),
    ('of c', 'client_c', '00000000-0000-4000-8000-00000000000a', '1 minute')
) as code (name, client, person, lifetime);
update auth.users set banned_until = now() + interval '1 day' where email = 'b@example.test';

update oauth.authorization_codes set authorization_details = '[{"type": "t", "maxAmount": 1}]';
create function pg_temp.redeem(
  p_code text default 'code',
  p_client text default 'client_a',
  p_secret text default null,
  p_redirect_uri text default 'https://a.test/callback',
  p_challenge text default repeat('a', 43),
  p_resource text default 'https://rs.test/mcp'
)
returns jsonb
language sql
as $$
  select oauth.redeem_authorization_code(
    p_code_hash => sha256(convert_to(p_code, 'UTF8')),
    p_client => row(p_client, sha256(convert_to(p_secret, 'UTF8')), null, null, null)::oauth.client_proof,
    p_redirect_uri => p_redirect_uri,
    p_code_challenge => p_challenge,
    p_resource => p_resource,
    p_replay_seconds => 10,
    p_jti => rpad('jti of ' || p_code, 22, '_'),
    p_access_token_seconds => 900,
    p_refresh_token_hash => sha256(convert_to('refresh ' || p_code, 'UTF8')),
    p_refresh_token_seconds => 2592000
  );
$$;
create function pg_temp.state() returns jsonb language sql as $$
  select jsonb_build_object(
    'codes', (select jsonb_agg(to_jsonb(code) order by code_hash) from oauth.authorization_codes as code),
    'clients', (select jsonb_agg(to_jsonb(client) order by id) from oauth.clients as client),
    'families', (select count(*) from oauth.token_families),
    'tokens', (select count(*) from oauth.access_tokens) + (select count(*) from oauth.refresh_tokens)
  );
$$;

-- Refusals, in the order in which they are looked for.
create temp table before as select pg_temp.state() as state;
select is(pg_temp.redeem(p_client => 'client_x'), '{"outcome": "client_changed"}', 'an unknown client');
select is(pg_temp.redeem('of c', 'client_c'), '{"outcome": "client_changed"}', 'a blocked client');
select is(pg_temp.redeem('of b', 'client_b', 'wrong'), '{"outcome": "client_changed"}', 'a secret that was replaced');
select is(pg_temp.redeem('of b', 'client_b'), '{"outcome": "client_changed"}', 'no secret where there is one');
select is(pg_temp.redeem(p_secret => 'secret'), '{"outcome": "client_changed"}', 'a secret where there is none');
select is(pg_temp.redeem('unknown'), '{"outcome": "not_found"}', 'an unknown code');
select is(pg_temp.redeem('code', 'client_b', 'secret'), '{"outcome": "client_mismatch"}', 'the code of another client');
select is(
  pg_temp.redeem(p_redirect_uri => 'https://a.test/callback/'),
  '{"outcome": "redirect_uri_mismatch"}',
  'a redirect URI that differs in one byte'
);
select is(pg_temp.redeem(p_redirect_uri => ''), '{"outcome": "redirect_uri_mismatch"}', 'an empty one was sent, too');
select is(
  pg_temp.redeem(p_challenge => repeat('b', 43)), '{"outcome": "verifier_mismatch"}', 'a verifier that does not fit'
);
select is(pg_temp.redeem(p_challenge => null), '{"outcome": "verifier_mismatch"}', 'no verifier');
select is(pg_temp.redeem('old'), '{"outcome": "expired"}', 'a code that is too old');
select is(
  pg_temp.redeem(p_resource => 'https://other.test'), '{"outcome": "resource_mismatch"}', 'another resource'
);
select is(pg_temp.redeem('banned'), '{"outcome": "person_inactive"}', 'a person who was banned meanwhile');
select is(
  pg_temp.redeem('old', p_challenge => repeat('b', 43)),
  '{"outcome": "verifier_mismatch"}',
  'without the verifier nobody learns that a code is too old'
);
select is(pg_temp.state(), (select state from before), 'no refusal consumes or writes anything');

-- The first use.
create temp table answered as select pg_temp.redeem() as answer;
select is(
  answer - 'issued_at',
  '{
    "outcome": "redeemed", "kid": "base",
    "person_id": "00000000-0000-4000-8000-00000000000a",
    "resource": "https://rs.test/mcp", "authorization_details": [{"type": "t", "maxAmount": 1}],
    "scope": ["product:read", "product:write"],
    "refreshable": true
  }',
  'a code is redeemed'
)
from answered;
select is(
  (select (answer ->> 'issued_at')::numeric from answered),
  (select floor(extract(epoch from issued_at)) from oauth.access_tokens),
  'the time of issue is whole seconds of the token''s own row'
);
select results_eq(
  $$
    select client_id, person_id, resource, scope, expires_at = created_at + interval '30 days', revoked_at
    from oauth.token_families
  $$,
  $$
    values (
      'client_a', '00000000-0000-4000-8000-00000000000a'::uuid, 'https://rs.test/mcp',
      '{product:read,product:write}'::text[], true, null::timestamptz
    )
  $$,
  'a family begins, which lives as long as its refresh token'
);
select results_eq(
  $$
    select token.jti, token.family_id, token.client_id, token.person_id, token.resource, token.scope,
      token.expires_at = token.issued_at + interval '15 minutes', token.revoked_at
    from oauth.access_tokens as token
  $$,
  $$
    select rpad('jti of code', 22, '_'), id, client_id, person_id, resource, scope, true, null::timestamptz
    from oauth.token_families
  $$,
  'with an access token'
);
select results_eq(
  $$
    select token_hash, family_id, generation, expires_at = issued_at + interval '30 days', rotated_at, sealed_successor
    from oauth.refresh_tokens
  $$,
  $$ select sha256('refresh code'), id, 1, true, null::timestamptz, null::text from oauth.token_families $$,
  'and a refresh token of the first generation'
);
select results_eq(
  $$ select used_at, family_id from oauth.authorization_codes where code_hash = sha256('code') $$,
  $$ select created_at, id from oauth.token_families $$,
  'the code is used, and knows what it led to'
);
select results_eq(
  $$ select id from oauth.clients where first_used_at is not null $$,
  $$ values ('client_a') $$,
  'the client has completed a flow'
);
select is(
  (select count(*) from oauth.authorization_codes where used_at is null), 5::bigint, 'no other code is touched'
);

-- Parameters that may be absent.
update oauth.clients set first_used_at = '2026-01-01' where id = 'client_a';
select is(
  pg_temp.redeem('bare', p_redirect_uri => null, p_resource => null) ->> 'outcome',
  'redeemed',
  'redirect_uri and resource may be left out'
);
select is(
  (select first_used_at from oauth.clients where id = 'client_a'),
  '2026-01-01',
  'a client''s first use stays its first'
);

-- A client that may not refresh.
select is(
  pg_temp.redeem('of b', 'client_b', 'secret') - 'person_id' - 'issued_at' - 'scope' - 'resource' - 'authorization_details',
  '{"outcome": "redeemed", "kid": "base", "refreshable": false}',
  'a confidential client with its secret'
);
select results_eq(
  $$
    select family.expires_at = family.created_at + interval '15 minutes', token.token_hash
    from oauth.token_families as family
    left join oauth.refresh_tokens as token on token.family_id = family.id
    where family.client_id = 'client_b'
  $$,
  $$ values (true, null::bytea) $$,
  'without the grant there is no refresh token, and the family ends with the access token'
);

select throws_ok(
  $$ update oauth.authorization_codes set family_id = (select id from oauth.token_families limit 1) where used_at is null $$,
  '23514', null, 'only a used code has a family'
);
select throws_ok(
  $$ update oauth.authorization_codes set code_hash = 'code' $$, '23514', null, 'a code is kept as its hash'
);
select throws_ok(
  $$ update oauth.authorization_codes set code_challenge = 'plain' $$, '23514', null, 'a challenge is S256'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.redeem_authorization_code'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
