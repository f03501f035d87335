-- access.person_id: who granted the token. A service token has no person (RFC 6749 §4.4).

begin;
select plan(7);

create function pg_temp.person(p_claims text) returns uuid language sql as $$
  select set_config('request.jwt.claims', p_claims, true);
  select access.person_id();
$$;

select is(access.person_id(), null, 'without claims nobody');
select is(pg_temp.person(''), null, 'with empty claims nobody');
select is(pg_temp.person('{}'), null, 'without a subject nobody');
select is(pg_temp.person('{"sub": null, "client_id": "client_b"}'), null, 'a service token: nobody');
select is(
  pg_temp.person('{"sub": "00000000-0000-4000-8000-00000000000a"}'),
  '00000000-0000-4000-8000-00000000000a',
  'the subject is the person'
);
select throws_ok($$ select pg_temp.person('{"sub": "client_b"}') $$, '22P02', null, 'a subject that is no person aborts');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'access.person_id'::regproc and grantee <> proowner
  ),
  '{sekisho_account,sekisho_person,sekisho_writer}',
  'only those whom policies name may execute it'
);

select * from finish();
rollback;
