-- oauth.own_activity: what the audit trail tells a person of themselves.

begin;
select plan(10);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types
) values ('client_a', 'registered', 'A', 'none', '{https://a.test/callback}', '{authorization_code}', '{code}');
insert into oauth.audit_events (occurred_at, event, client_id, person_id, resource, address_prefix, details)
select
  now() - ago, event, client_id, format('00000000-0000-4000-8000-00000000000%s', person)::uuid, 'https://rs.test/mcp',
  prefix::cidr, details::jsonb
from (values
  (interval '3 hours', 'consented', 'client_a', 'a', '192.0.2.0/24', '{"scope": ["product:write", "product:read"]}'),
  ('3 hours', 'code_issued', 'client_a', 'a', '192.0.2.0/24', '{}'),
  ('2 hours', 'tokens_issued', 'client_a', 'a', '2001:db8:1::/48', '{"grant": "authorization_code"}'),
  ('110 minutes', 'tokens_refreshed', 'client_a', 'a', '2001:db8:1::/48', '{"scope": ["product:read"]}'),
  ('100 minutes', 'tokens_refreshed', 'client_a', 'b', '203.0.113.0/24', '{"scope": ["product:read"]}'),
  ('90 minutes', 'tokens_refreshed', 'client_a', 'a', '203.0.113.0/24', '{"scope": ["product:read"]}'),
  ('80 minutes', 'tokens_refreshed', 'client_a', 'a', '203.0.113.0/24', '{"scope": ["product:read"]}'),
  ('70 minutes', 'tokens_refreshed', 'client_a', 'a', '2001:db8:1::/48', '{"scope": ["product:read"]}'),
  ('1 hour', 'tokens_revoked', 'client_gone', 'a', null, '{"because": "revoked by the operator"}'),
  ('30 minutes', 'api_key_revoked', 'key_a', 'a', null, '{"name": "A key", "because": "revoked by the person"}'),
  ('1 minute', 'consented', 'client_a', 'b', '198.51.100.0/24', '{"scope": ["product:read"]}')
) as told (ago, event, client_id, person, prefix, details);
insert into oauth.audit_events (event, client_id) values ('client_blocked', 'client_a');
grant usage on schema extensions to sekisho_account, sekisho_oauth, sekisho_mcp, sekisho_person, authenticated;

set local session authorization sekisho_account;
select is((select count(*) from oauth.own_activity), 0::bigint, 'without claims nothing is told');
select is((select count(event) from oauth.audit_events), 0::bigint, 'not by the table either');
select set_config('request.jwt.claims', '{}', true);
select is((select count(*) from oauth.own_activity), 0::bigint, 'nor with claims of nobody');

select oauth.assume_person('00000000-0000-4000-8000-00000000000a', null, null);
select results_eq(
  $$
    select event, client_id, client, resource, address_prefix, because, scope
    from oauth.own_activity order by occurred_at desc
  $$,
  $$ values
    ('api_key_revoked', 'key_a', 'A key', 'https://rs.test/mcp', null, 'revoked by the person', '{}'::text[]),
    ('tokens_revoked', 'client_gone', null, 'https://rs.test/mcp', null, 'revoked by the operator', '{}'),
    ('tokens_refreshed', 'client_a', 'A', 'https://rs.test/mcp', '203.0.113.0/24', null, '{product:read}'),
    ('tokens_issued', 'client_a', 'A', 'https://rs.test/mcp', '2001:db8:1::/48', null, '{}'),
    ('consented', 'client_a', 'A', 'https://rs.test/mcp', '192.0.2.0/24', null, '{product:write,product:read}')
  $$,
  'a person is told of what happened in their name, also at a client that is gone, of a key by its name, and of renewals once for each network'
);
select is(
  (select array_agg(distinct person_id) from oauth.audit_events), '{00000000-0000-4000-8000-00000000000a}',
  'the table itself tells of nobody else, and not of what concerns no person'
);
select oauth.assume_person('00000000-0000-4000-8000-00000000000b', null, null);
select results_eq(
  'select event, address_prefix from oauth.own_activity order by occurred_at desc',
  $$ values ('consented', '198.51.100.0/24'), ('tokens_refreshed', '203.0.113.0/24') $$,
  'another person of theirs'
);
set local session authorization default;

set local role sekisho_person;
select throws_ok('select from oauth.own_activity', '42501', null, 'tools are told nothing');
set local role sekisho_oauth;
select throws_ok('select from oauth.own_activity', '42501', null, 'nor is the authorization server');
set local role authenticated;
select throws_ok('select from oauth.own_activity', '42501', null, 'nor the Data API');
reset role;
select is((select count(*)::integer from oauth.own_activity where person_id is null), 1, 'the owner passes over policies');

select * from finish();
rollback;
