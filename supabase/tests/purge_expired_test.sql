-- oauth.purge_expired: one call removes everything that is over and touches nothing that is not. What counts as over
-- is in the test of each purge function.

begin;
select plan(7);

delete from oauth.clients;
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

create function pg_temp.state() returns jsonb language sql as $$
  select jsonb_build_object(
    'requests', (select jsonb_agg(to_jsonb(row) order by id_hash) from oauth.authorization_requests as row),
    'codes', (select jsonb_agg(to_jsonb(row) order by code_hash) from oauth.authorization_codes as row),
    'refresh', (select jsonb_agg(to_jsonb(row) order by token_hash) from oauth.refresh_tokens as row),
    'access', (select jsonb_agg(to_jsonb(row) order by jti) from oauth.access_tokens as row),
    'families', (select jsonb_agg(to_jsonb(row) order by id) from oauth.token_families as row),
    'clients', (select jsonb_agg(to_jsonb(row) order by id) from oauth.clients as row),
    'assertions', (select jsonb_agg(to_jsonb(row) order by jti_hash) from oauth.client_assertions as row),
    'rates', (select jsonb_agg(to_jsonb(row) order by subject_hash) from oauth.rate_counts as row),
    'audit', (select jsonb_agg(to_jsonb(row) order by occurred_at, id) from oauth.audit_events as row),
    'consents', (select jsonb_agg(to_jsonb(row)) from oauth.consents as row),
    'keys', (select jsonb_agg(to_jsonb(row) order by kid) from oauth.signing_keys as row),
    'api_keys', (select jsonb_agg(to_jsonb(row) order by id) from oauth.api_keys as row),
    'registration', (select jsonb_agg(to_jsonb(row) order by name) from oauth.registration_tokens as row)
  );
$$;
-- One row of everything, whose times all lie this long ago.
create function pg_temp.lay(p_name text, p_family uuid, p_ago interval) returns void language sql as $$
  insert into oauth.token_families (id, client_id, person_id, resource, scope, expires_at)
  values (
    p_family, 'client_b', '00000000-0000-4000-8000-00000000000a', 'https://rs.test/mcp', '{a:read}', now() - p_ago
  );
  insert into oauth.access_tokens (jti, family_id, client_id, person_id, resource, scope, expires_at)
  select rpad(p_name, 22, '_'), id, client_id, person_id, resource, scope, expires_at
  from oauth.token_families
  where id = p_family;
  insert into oauth.refresh_tokens (
    token_hash, family_id, generation, expires_at, rotated_at, successor_hash, sealed_successor, replay_until
  )
  values (
    sha256(p_name::bytea), p_family, 1, now(), now() - p_ago, sha256('successor'), 'sealed', now() - p_ago
  );
  insert into oauth.authorization_codes (
    code_hash, client_id, person_id, redirect_uri, resource, scope, code_challenge, expires_at
  )
  values (
    sha256(p_name::bytea), 'client_b', '00000000-0000-4000-8000-00000000000a', 'https://b.test/callback',
    'https://rs.test/mcp', '{a:read}', repeat('a', 43), now() - p_ago
  );
  insert into oauth.rate_counts (bucket, subject_hash, minute, counts)
  values ('calls', sha256(p_name::bytea), extract(epoch from now() - p_ago)::bigint / 60, array_fill(1, array[61]));
  insert into oauth.client_assertions (client_id, jti_hash, expires_at)
  values ('client_b', sha256(p_name::bytea), now() - p_ago);
  insert into oauth.authorization_requests (
    id_hash, browser_hash, client_id, redirect_uri, registered_redirect_uri, resource, scope, code_challenge, expires_at
  )
  values (
    sha256(p_name::bytea), sha256('browser'), 'client_b', 'https://b.test/callback', 'https://b.test/callback',
    'https://rs.test/mcp', '{a:read}', repeat('a', 43), now() - p_ago
  );
  insert into oauth.audit_events (occurred_at, event) values (now() - p_ago * 13, 'signing_key_created');
  insert into oauth.api_keys (id, key_hash, person_id, name, resource, scope, created_at, expires_at)
  values (
    'key_' || rpad(p_name, 22, '_'), sha256(p_name::bytea), '00000000-0000-4000-8000-00000000000a', p_name,
    'https://rs.test/mcp', '{a:read}', now() - interval '30 days', now() - p_ago
  );
  insert into oauth.registration_tokens (token_hash, name, most_uses, created_at, expires_at)
  values (sha256(p_name::bytea), p_name, 1, now() - interval '30 days', now() - p_ago);
  insert into oauth.signing_keys (kid, public_jwk, sealed_private_key, secret_id, created_at, signs_from, revoked_at)
  values (p_name, '{}', 'sealed', 'test', now() - interval '1 year', now() - interval '1 year', now() - p_ago);
$$;

select pg_temp.lay('live', '10000000-0000-4000-8000-000000000001', '-1 hour');
select oauth.record_consent(
  '00000000-0000-4000-8000-00000000000a', 'client_b', 'https://b.test/callback', 'https://rs.test/mcp', '{a:read}'
);
create temp table before as select pg_temp.state() as state;
select is(
  oauth.purge_expired(),
  '{
    "authorization_requests": 0, "authorization_codes": 0, "refresh_tokens": 0, "access_tokens": 0,
    "client_assertions": 0, "signing_keys": 0,
    "token_families": 0, "rate_counts": 0, "clients": 0, "registration_tokens": 0, "api_keys": 0,
    "audit_events": 0
  }',
  'with nothing over there is nothing to do'
);
select is(pg_temp.state(), (select state from before), 'and nothing changes');

select pg_temp.lay('over', '10000000-0000-4000-8000-000000000002', '1 week');
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types, created_at
) values ('unused', 'registered', 'Unused', 'none', '{}', '{}', '{}', now() - interval '1 year');
select is(
  oauth.purge_expired(),
  '{
    "authorization_requests": 1, "authorization_codes": 1, "refresh_tokens": 1, "access_tokens": 1,
    "client_assertions": 1, "signing_keys": 1,
    "token_families": 1, "rate_counts": 1, "clients": 1, "registration_tokens": 1, "api_keys": 1,
    "audit_events": 1
  }',
  'it tells how many of each were over'
);
select is(pg_temp.state(), (select state from before), 'and removes exactly those');

insert into oauth.rate_counts (bucket, subject_hash, minute, counts)
select 'calls', sha256(number::text::bytea), 1, array_fill(1, array[61])
from generate_series(1, 2500) as number;
select is(oauth.purge_expired() -> 'rate_counts', '2500', 'in as many rounds as it takes');

grant usage on schema extensions to sekisho_oauth;
set local session authorization sekisho_oauth;
select lives_ok('select oauth.purge_expired()', 'a server''s timer may call it where there is no pg_cron');
reset session authorization;

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_expired'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
