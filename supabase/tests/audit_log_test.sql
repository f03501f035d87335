-- oauth.audit_log: the audit trail in words.

begin;
select plan(5);

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
insert into oauth.audit_events (occurred_at, event, client_id, person_id, resource, request_id, address_prefix, details)
values
  (now() - interval '3 minutes', 'client_registered', 'client_a', null, null, 'one', null, '{"origin": "document"}'),
  (now() - interval '2 minutes', 'client_drifted', 'gone', null, null, null, null, '{"changed": ["name", "jwks_uri"]}'),
  (
    now() - interval '1 minute', 'tokens_issued', 'client_a', '00000000-0000-4000-8000-00000000000a', 'https://rs.test/mcp',
    'two', '192.0.2.0/24', '{"grant": "authorization_code", "scope": ["a:read", "b:read"]}'
  ),
  (now(), 'tokens_revoked', 'client_b', '00000000-0000-4000-8000-00000000000c', null, null, null, '{"because": "a reason"}');

select results_eq(
  $$ select what, why, person, client, resource, scope, address_prefix, request_id from oauth.audit_log $$,
  $$ values
    ('Tokens were revoked', 'a reason', '00000000-0000-4000-8000-00000000000c', 'B', null, null, null::cidr, null),
    ('A client got its first tokens', null, 'a@example.test', 'A', 'https://rs.test/mcp', 'a:read b:read', '192.0.2.0/24', 'two'),
    ('A client''s document changed who it is', 'name, jwks_uri', null, 'gone', null, null, null, null),
    ('A client was read from its document', null, null, 'A', null, null, null, 'one')
  $$,
  'newest first, by name where there still is one'
);
-- Every event that the table lets in has its words.
select is_empty(
  $$
    select event[1]
    from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''::text', 'g') as event
    where conname = 'an_audit_event_is_known'
      and position(quote_literal(event[1]) in pg_get_viewdef('oauth.audit_log'::regclass)) = 0
  $$,
  'no event is without words'
);
select cmp_ok(
  (
    select count(*) from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''::text', 'g')
    where conname = 'an_audit_event_is_known'
  ),
  '>=', 20::bigint, 'and there are events'
);
delete from auth.users where email = 'a@example.test';
select is(
  (select person from oauth.audit_log where request_id = 'two'), '00000000-0000-4000-8000-00000000000a',
  'a person who was erased is a number'
);
select is(
  (select array_agg(distinct grantee::regrole::text) from pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner)))
   where pg_class.oid = 'oauth.audit_log'::regclass and grantee <> relowner),
  null, 'only its owner reads it'
);

select * from finish();
rollback;
