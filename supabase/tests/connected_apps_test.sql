-- oauth.connected_apps: what a person sees of the apps that hold something of theirs, and of nobody else's.

begin;
select plan(16);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope) values
  ('https://rs.test/mcp', 'Test', '[{"name": "product:read", "description": {"en": "See", "ja": "見る"}}]', '{product:read}'),
  ('https://rs.test/other', 'Other', '[]', '{x:read}');
insert into oauth.clients (
  id, origin, name, verified, uri, token_endpoint_auth_method, redirect_uris, grant_types, response_types, blocked_at
)
select
  'client_' || letter, 'registered', upper(letter), letter = 'a', 'https://' || letter || '.test', 'none',
  '{https://a.test/callback}', '{authorization_code}', '{code}', case letter when 'c' then now() end
from unnest('{a,b,c,d}'::text[]) as letter;
insert into oauth.token_families (
  client_id, person_id, resource, scope, created_at, last_used_at, expires_at, revoked_at, revoked_because
)
select
  'client_' || client, format('00000000-0000-4000-8000-00000000000%s', person)::uuid, 'https://rs.test/' || resource,
  scope, now() - since, now() - used, now() + lasts, case when revoked then now() end, case when revoked then 'x' end
from (values
  ('a', 'a', 'mcp', '{product:read}'::text[], interval '3 days', interval '2 days', interval '1 day', false),
  ('a', 'a', 'mcp', '{product:write,product:read}', '2 days', '1 hour', '1 day', false),
  ('a', 'a', 'other', '{x:read}', '1 day', '1 day', '1 day', false),
  ('a', 'a', 'other', '{x:write}', '9 days', '0 days', '1 day', true),
  ('a', 'b', 'mcp', '{product:read}', '5 days', '4 days', '-1 second', false),
  ('a', 'c', 'mcp', '{product:read}', '5 days', '4 days', '1 day', false),
  ('b', 'a', 'mcp', '{product:write}', '8 days', '0 days', '1 day', false),
  ('b', 'd', 'mcp', '{product:read}', '8 days', '0 days', '1 day', false)
) as held (person, client, resource, scope, since, used, lasts, revoked);
grant usage on schema extensions to sekisho_account, sekisho_oauth, sekisho_mcp, sekisho_person, authenticated;
select set_config('pgtap.now', now()::text, true);

set local session authorization sekisho_account;
select is((select count(*) from oauth.connected_apps), 0::bigint, 'without claims nothing is there');
select is((select count(client_id) from oauth.token_families), 0::bigint, 'not in the table either');
select is((select count(name) from oauth.clients), 0::bigint, 'nor any client');
select is((select count(identifier) from oauth.resources), 0::bigint, 'nor any resource');
select set_config('request.jwt.claims', '{}', true);
select is((select count(*) from oauth.connected_apps), 0::bigint, 'nor with claims of nobody');
select set_config('request.jwt.claims', '{"sub": null, "client_id": "client_a", "scope": "product:read"}', true);
select is((select count(*) from oauth.connected_apps), 0::bigint, 'nor for a client in its own name');

select oauth.assume_person('00000000-0000-4000-8000-00000000000a', null, null);
select results_eq(
  $$
    select client_id, name, uri, verified, blocked, current_setting('pgtap.now')::timestamptz - since,
      current_setting('pgtap.now')::timestamptz - last_used_at
    from oauth.connected_apps order by client_id
  $$,
  $$ values
    ('client_a', 'A', 'https://a.test', true, false, interval '3 days', interval '1 hour'),
    ('client_c', 'C', 'https://c.test', false, true, '5 days', '4 days')
  $$,
  'one row for each app: since the first, used at the last; what was revoked or has expired is not connected, what is blocked is'
);
select is(
  (select access from oauth.connected_apps where client_id = 'client_a'),
  '[
    {"resource": "https://rs.test/mcp", "scope": ["product:read", "product:write"],
     "resource_scopes": [{"name": "product:read", "description": {"en": "See", "ja": "見る"}}]},
    {"resource": "https://rs.test/other", "scope": ["x:read"], "resource_scopes": []}
  ]'::jsonb,
  'all that it allows, each once, by resource'
);
select is(
  (select array_agg(distinct person_id) from oauth.token_families), '{00000000-0000-4000-8000-00000000000a}',
  'the table itself shows nobody else''s'
);
select oauth.assume_person('00000000-0000-4000-8000-00000000000b', null, null);
select results_eq(
  'select person_id, client_id from oauth.connected_apps order by client_id',
  $$ values
    ('00000000-0000-4000-8000-00000000000b'::uuid, 'client_a'), ('00000000-0000-4000-8000-00000000000b', 'client_d')
  $$,
  'another person sees their own'
);
select is(
  (select since < last_used_at from oauth.connected_apps where client_id = 'client_a'), true, 'with their own dates'
);
set local session authorization default;

set local role sekisho_person;
select throws_ok('select from oauth.connected_apps', '42501', null, 'tools cannot');
set local role sekisho_oauth;
select throws_ok('select from oauth.connected_apps', '42501', null, 'nor the authorization server');
set local role sekisho_mcp;
select throws_ok('select from oauth.connected_apps', '42501', null, 'nor the resource server');
set local role authenticated;
select throws_ok('select from oauth.connected_apps', '42501', null, 'nor the Data API');
reset role;
select is(
  (select count(*)::integer from oauth.connected_apps where client_id = 'client_a'), 2,
  'whoever passes over policies still sees people apart'
);

select * from finish();
rollback;
