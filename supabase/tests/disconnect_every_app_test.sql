-- oauth.disconnect_every_app: all apps of the person whose account it is, and of nobody else's.

begin;
select plan(12);

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
select
  format('10000000-0000-4000-8000-0000000000%s%s', person, client)::uuid, 'client_' || client,
  format('00000000-0000-4000-8000-00000000000%s', person)::uuid, 'https://rs.test/mcp', '{product:read}',
  now() + interval '1 day'
from unnest('{a,b}'::text[]) as person, unnest('{a,b}'::text[]) as client;
insert into oauth.access_tokens (jti, client_id, resource, scope, expires_at)
select rpad('service_' || client, 22, '_'), 'client_' || client, 'https://rs.test/mcp', '{product:read}', now() + interval '1 hour'
from unnest('{a,b}'::text[]) as client;
insert into oauth.access_tokens (jti, family_id, client_id, person_id, resource, scope, expires_at)
select rpad(right(id::text, 2), 22, '_'), id, client_id, person_id, resource, scope, now() + interval '1 hour'
from oauth.token_families;
insert into oauth.authorization_codes (
  code_hash, client_id, person_id, redirect_uri, resource, scope, code_challenge, expires_at
)
select
  sha256(right(id::text, 2)::bytea), client_id, person_id, 'https://a.test/callback', resource, scope, repeat('a', 43),
  now() + interval '1 minute'
from oauth.token_families;
insert into oauth.authorization_requests (
  id_hash, browser_hash, client_id, redirect_uri, registered_redirect_uri, resource, scope, code_challenge, expires_at,
  decision, person_id, granted_scope, continue_secret_hash, decided_at
)
select
  sha256(right(id::text, 2)::bytea), sha256('browser'), client_id, 'https://a.test/callback', 'https://a.test/callback',
  resource, scope, repeat('a', 43), now() + interval '1 minute',
  'approve', person_id, scope, sha256(id::text::bytea), now()
from oauth.token_families;
insert into oauth.authorization_requests (
  id_hash, browser_hash, client_id, redirect_uri, registered_redirect_uri, resource, scope, code_challenge, expires_at
)
select
  sha256('undecided'), sha256('browser'), 'client_a', 'https://a.test/callback', 'https://a.test/callback',
  'https://rs.test/mcp', '{product:read}', repeat('a', 43), now() + interval '1 minute';
select oauth.record_consent(person_id, client_id, 'https://a.test/callback', resource, scope) from oauth.token_families;

-- Person and client of everything that is still good.
create function pg_temp.good(p_kind text) returns text language sql as $$
  select string_agg(name, ' ' order by name)
  from (
    select 'family', right(id::text, 2) from oauth.token_families where revoked_at is null
    union all
    select 'token', rtrim(jti, '_') from oauth.access_tokens where oauth.access_token_is_live(jti, resource)
    union all
    select 'code', right(client_id, 1) from oauth.authorization_codes where expires_at > clock_timestamp()
    union all
    select 'request', coalesce(right(person_id::text, 1), '?') || right(client_id, 1)
    from oauth.authorization_requests where ended_at is null
    union all
    select 'consent', right(person_id::text, 1) || right(client_id, 1) from oauth.consents
  ) as good (kind, name)
  where kind = p_kind;
$$;

grant usage on schema extensions to sekisho_account;

set local session authorization sekisho_account;
select throws_ok('select oauth.disconnect_every_app()', 'SK401', null, 'without claims nobody''s, least of all everybody''s');
select set_config('request.jwt.claims', '{"sub": null, "client_id": "client_a"}', true);
select throws_ok('select oauth.disconnect_every_app()', 'SK401', null, 'nor in a client''s own name');
set local session authorization default;
select is(pg_temp.good('family'), 'aa ab ba bb', 'neither ended anything');

set local session authorization sekisho_account;
select oauth.assume_person('00000000-0000-4000-8000-00000000000a', 'a request', null);
select lives_ok('select oauth.disconnect_every_app()', 'a person''s own');
set local session authorization default;
select is(pg_temp.good('family'), 'ba bb', 'every family of theirs, and of nobody else');
select is(pg_temp.good('token'), 'ba bb service_a service_b', 'with its tokens');
select is(pg_temp.good('code'), 'a b', 'their codes');
select is(pg_temp.good('request'), '?a ba bb', 'their decisions');
select is(pg_temp.good('consent'), 'ba bb', 'and their earlier consents');
select results_eq(
  $$ select event, client_id, person_id, request_id, details from oauth.audit_events order by client_id $$,
  $$ values
    (
      'tokens_revoked', 'client_a', '00000000-0000-4000-8000-00000000000a'::uuid, 'a request',
      '{"because": "signed out everywhere by the person"}'::jsonb
    ),
    (
      'tokens_revoked', 'client_b', '00000000-0000-4000-8000-00000000000a', 'a request',
      '{"because": "signed out everywhere by the person"}'
    )
  $$,
  'each told once'
);
set local session authorization sekisho_account;
select lives_ok('select oauth.disconnect_every_app()', 'again is no error');
set local session authorization default;
select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.disconnect_every_app'::regproc and grantee <> proowner
  ),
  '{sekisho_account}',
  'only the account function may execute it'
);

select * from finish();
rollback;
