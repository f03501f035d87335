-- oauth.revoke_tokens: everything of a client, of a person, or of one at the other.

begin;
select plan(21);

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
insert into oauth.api_keys (id, key_hash, person_id, name, resource, scope, expires_at)
select
  'key_' || rpad(person, 22, '_'), sha256(person::bytea), format('00000000-0000-4000-8000-00000000000%s', person)::uuid,
  'key of ' || person, 'https://rs.test/mcp', '{product:read}', now() + interval '1 day'
from unnest('{a,b}'::text[]) as person;
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

select is(
  oauth.revoke_tokens(p_client_id => 'client_a', p_person_id => '00000000-0000-4000-8000-00000000000a'),
  '{"families": 1, "service_tokens": 0, "api_keys": 0}', 'one app of one person'
);
select is(pg_temp.good('family'), 'ab ba bb', 'its family');
select is(pg_temp.good('token'), 'ab ba bb service_a service_b', 'with its tokens');
select is(pg_temp.good('code'), 'a b b', 'its code that was on its way');
select is(pg_temp.good('request'), '?a ab ba bb', 'its decision that was not yet carried out; what nobody decided goes on');
select is(pg_temp.good('consent'), 'ab ba bb', 'and its earlier consent');
select results_eq(
  $$ select event, client_id, person_id, family_id, details from oauth.audit_events $$,
  $$ values (
    'tokens_revoked', 'client_a', '00000000-0000-4000-8000-00000000000a'::uuid,
    '10000000-0000-4000-8000-0000000000aa'::uuid, '{"because": "revoked by the operator"}'::jsonb
  ) $$,
  'told once'
);
select is(
  oauth.revoke_tokens(p_client_id => 'client_a', p_because => 'an incident'),
  '{"families": 1, "service_tokens": 1, "api_keys": 0}', 'the rest of the client'
);
select is(pg_temp.good('token'), 'ab bb service_b', 'also what it has in its own name');
select results_eq(
  $$ select family_id, details from oauth.audit_events order by id offset 1 $$,
  $$ values
    ('10000000-0000-4000-8000-0000000000ba'::uuid, '{"because": "an incident"}'::jsonb),
    (null, '{"because": "an incident"}')
  $$,
  'each told with its reason'
);
select is(
  oauth.revoke_tokens(p_person_id => '00000000-0000-4000-8000-00000000000a'),
  '{"families": 1, "service_tokens": 0, "api_keys": 1}', 'everything of a person'
);
select is(pg_temp.good('token'), 'bb service_b', 'and of nobody else');
select is((select string_agg(name, ' ') from oauth.api_keys where revoked_at is null), 'key of b', 'keys too');
select is(
  oauth.revoke_tokens(p_person_id => '00000000-0000-4000-8000-00000000000a'),
  '{"families": 0, "service_tokens": 0, "api_keys": 0}', 'again there is nothing left'
);
select is((select count(*)::integer from oauth.audit_events), 5, 'and nothing to tell');
select is(
  oauth.revoke_tokens(
    p_client_id => 'key_' || rpad('b', 22, '_'), p_person_id => '00000000-0000-4000-8000-00000000000a'
  ),
  '{"families": 0, "service_tokens": 0, "api_keys": 0}', 'a key at somebody who does not have it: nothing'
);
select is(
  oauth.revoke_tokens(p_client_id => 'key_' || rpad('b', 22, '_'), p_because => 'leaked'),
  '{"families": 0, "service_tokens": 0, "api_keys": 1}', 'one key, which stands for a client'
);
select is(
  (select jsonb_build_array(client_id, person_id, details ->> 'because') from oauth.audit_events order by id desc limit 1),
  jsonb_build_array('key_' || rpad('b', 22, '_'), '00000000-0000-4000-8000-00000000000b', 'leaked'),
  'told as its person''s'
);
select throws_ok($$ select oauth.revoke_tokens() $$, 'P0001', null, 'of everybody at once: no');
select is(pg_temp.good('family'), 'bb', 'nothing went');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.revoke_tokens'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
