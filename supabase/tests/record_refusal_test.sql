-- oauth.record_refusal: somebody who claims to be a client could not prove it.

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

select lives_ok(
  $$ select oauth.record_refusal(p_client_id => 'client_a', p_reason => 'secret_wrong') $$, 'a client that exists'
);
select lives_ok(
  $$ select oauth.record_refusal(p_client_id => 'nobody', p_reason => 'client_unknown') $$, 'one that does not'
);
select results_eq(
  $$
    select client_id, details ->> 'reason', null::bigint from oauth.audit_events
    union all
    select null, reason, count from oauth.audit_counts
  $$,
  $$ values ('client_a', 'secret_wrong', null), (null, 'client_unknown', 1::bigint) $$,
  'the one is kept, the other counted'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.record_refusal'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
