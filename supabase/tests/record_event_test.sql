-- oauth.record_event: what the audit trail keeps, and what it only counts.

begin;
select plan(15);

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

select oauth.record_event(p_event => 'signing_key_created');
select oauth.assume_origin(p_request_id => 'request', p_address => '192.0.2.77');
select oauth.record_event(
  p_event => 'tokens_issued',
  p_client_id => 'client_a',
  p_person_id => '00000000-0000-4000-8000-00000000000a',
  p_resource => 'https://rs.test/mcp',
  p_family_id => '10000000-0000-4000-8000-000000000001',
  p_details => '{"grant": "authorization_code", "scope": null}'
);
select results_eq(
  $$
    select event, client_id, person_id, resource, family_id, request_id, address_prefix, details
    from oauth.audit_events
    order by id
  $$,
  $$
    values
      ('signing_key_created', null, null::uuid, null, null::uuid, null, null::cidr, '{}'::jsonb),
      (
        'tokens_issued', 'client_a', '00000000-0000-4000-8000-00000000000a', 'https://rs.test/mcp',
        '10000000-0000-4000-8000-000000000001', 'request', '192.0.2.0/24', '{"grant": "authorization_code"}'
      )
  $$,
  'what it is told, with the origin of the transaction'
);
select ok(
  (select bool_and(occurred_at between now() and clock_timestamp()) from oauth.audit_events), 'and when'
);
select throws_ok(
  $$ select oauth.record_event(p_event => 'anything') $$, '23514', null, 'an event is a known one'
);
select throws_ok(
  $$ select oauth.record_event(p_event => 'tokens_issued', p_details => '{"access_token": "…"}') $$,
  '23514', null, 'details have no place for a token'
);
select throws_ok(
  $$ select oauth.record_event(p_event => 'tokens_issued', p_details => '["…"]') $$,
  '23514', null, 'nor for a list'
);
select throws_ok(
  $$ insert into oauth.audit_events (event, address_prefix) values ('denied', '192.0.2.77/32') $$,
  '23514', null, 'nor is there one for an address'
);
select throws_ok(
  $$ insert into oauth.audit_events (event, address_prefix) values ('denied', '2001:db8:1:2::/64') $$,
  '23514', null, 'of either family'
);

-- What anybody can cause.
select oauth.record_event(
  p_event => 'request_refused', p_client_id => 'nobody', p_details => '{"reason": "client_unknown"}'
) from generate_series(1, 3);
select oauth.record_event(p_event => 'request_refused', p_details => '{"reason": "not_found"}');
select is(
  (select count(*)::integer from oauth.audit_events where event = 'request_refused'), 0,
  'of a client that does not exist nothing is kept'
);
select results_eq(
  $$ select event, reason, count from oauth.audit_counts order by reason $$,
  $$ values ('request_refused', 'client_unknown', 3::bigint), ('request_refused', 'not_found', 1) $$,
  'but it is counted'
);
select is(
  (select distinct hour from oauth.audit_counts), date_trunc('hour', clock_timestamp(), 'UTC'), 'by the hour'
);
select oauth.record_event(
  p_event => case number % 4
    when 0 then 'authorization_requested' when 1 then 'code_replayed' when 2 then 'rate_limited' else 'request_refused'
  end,
  p_client_id => 'client_a'
) from generate_series(1, 1010) as number;
select is(
  (select count(*)::integer from oauth.audit_events where client_id = 'client_a'), 1001,
  'of one client a thousand are kept in an hour, beside what only it could cause'
);
select is((select sum(count)::integer from oauth.audit_counts where reason = ''), 10, 'and the others counted');
select oauth.record_event(p_event => 'tokens_revoked', p_client_id => 'client_a');
select oauth.record_event(p_event => 'request_refused', p_client_id => 'client_b');
select is(
  (select array_agg(client_id order by id) from (select * from oauth.audit_events order by id desc limit 2) as last),
  '{client_a,client_b}',
  'which hides neither what was done to it nor anything of another'
);
select results_eq(
  $$ select distinct relkind from pg_class where oid in ('oauth.audit_events'::regclass, 'oauth.audit_counts'::regclass) $$,
  $$ values ('r'::"char") $$,
  'both are ordinary, logged tables'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.record_event'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
