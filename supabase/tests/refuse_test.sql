-- oauth.refuse: the answer of a function that says no, told to the audit trail.

begin;
select plan(4);

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

select is(
  oauth.refuse(
    p_reason => 'expired', p_client_id => 'client_a', p_person_id => '00000000-0000-4000-8000-00000000000a'
  ),
  '{"outcome": "expired"}',
  'the reason is the outcome'
);
select is(oauth.refuse(p_reason => 'not_found'), '{"outcome": "not_found"}', 'also where nobody is known');
select results_eq(
  $$ select event, client_id, person_id, details from oauth.audit_events $$,
  $$
    values (
      'request_refused', 'client_a', '00000000-0000-4000-8000-00000000000a'::uuid, '{"reason": "expired"}'::jsonb
    )
  $$,
  'and it is told'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.refuse'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
