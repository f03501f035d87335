-- oauth.refuse_for_now: the answer to whoever has asked enough, and what the audit trail says of it.

begin;
select plan(4);

insert into oauth.clients (id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types)
values ('client_a', 'registered', 'A', 'none', '{}', '{}', '{code}');

select is(
  oauth.refuse_for_now(p_reason => 'authorize', p_wait_seconds => 60, p_client_id => 'client_a'),
  '{"outcome": "limited", "retry_after_seconds": 60}',
  'it says how long to wait'
);
select results_eq(
  $$ select event, client_id, details from oauth.audit_events $$,
  $$ values ('rate_limited', 'client_a', '{"reason": "authorize"}'::jsonb) $$,
  'and the trail says what there was too much of'
);
select oauth.refuse_for_now(p_reason => 'register', p_wait_seconds => 60);
select results_eq(
  $$ select event, reason, count from oauth.audit_counts $$,
  $$ values ('rate_limited', 'register', 1::bigint) $$,
  'of nobody known it is only counted'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.refuse_for_now'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
