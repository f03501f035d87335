-- oauth.assume_person: whose account a transaction is about, and whose request it carries out.

begin;
select plan(13);

insert into auth.users (id, email, banned_until, deleted_at) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test', null, null),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test', now() + interval '1 day', null),
  ('00000000-0000-4000-8000-00000000000c', 'c@example.test', null, now()),
  ('00000000-0000-4000-8000-00000000000d', 'd@example.test', now() - interval '1 day', null);

select throws_ok(
  format('select oauth.assume_person(%L, null, null)', person), 'SK401', null, format('nobody acts for %s', who)
)
from (values
  (null::uuid, 'no person'),
  ('00000000-0000-4000-8000-00000000000b', 'a banned one'),
  ('00000000-0000-4000-8000-00000000000c', 'a deleted one'),
  ('00000000-0000-4000-8000-00000000000e', 'one who does not exist')
) as refused (person, who);
select is(access.person_id(), null, 'and no claims are left behind');

select lives_ok(
  $$ select oauth.assume_person('00000000-0000-4000-8000-00000000000d', null, null) $$, 'a ban that is over is none'
);
select lives_ok(
  $$ select oauth.assume_person('00000000-0000-4000-8000-00000000000a', 'a request', '192.0.2.77') $$, 'a person'
);
select is(access.person_id(), '00000000-0000-4000-8000-00000000000a', 'is who policies ask about');
select is(access.client_id(), null, 'no client is');
select is(access.has_scope('product:read'), false, 'and no tool''s rows are open');
select oauth.record_event(p_event => 'denied');
select results_eq(
  $$ select request_id, address_prefix from oauth.audit_events $$, $$ values ('a request', '192.0.2.0/24'::cidr) $$,
  'the trail says whose request it was'
);
select is(
  (select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.assume_person'::regproc and grantee <> proowner),
  '{sekisho_account}',
  'only the account function may execute it'
);
select is_empty(
  $$
    select pg_proc.oid::regprocedure
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where grantee = 'sekisho_account'::regrole
      and proname <> 'assume_person'
      and exists (select from unnest(proargtypes::oid[]) as type where type = 'uuid'::regtype)
  $$,
  'nothing else that it may execute is told whom to act for'
);

select * from finish();
rollback;
