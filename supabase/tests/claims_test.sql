-- access.claims: the claims of this transaction. Absent is null, never an error: a policy must close, not fail.

begin;
select plan(5);

select is(access.claims(), null, 'before anything was set there are none');
select set_config('request.jwt.claims', '', true);
select is(access.claims(), null, 'what a pooled connection leaves behind is none');
select set_config('request.jwt.claims', '{"sub": "a", "scope": "b"}', true);
select is(access.claims(), '{"sub": "a", "scope": "b"}', 'what was set is read');
select set_config('request.jwt.claims', '{', true);
select throws_ok('select access.claims()', '22P02', null, 'what cannot be read aborts');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'access.claims'::regproc and grantee <> proowner
  ),
  '{sekisho_account,sekisho_person,sekisho_writer}',
  'only those whom policies name may execute it'
);

select * from finish();
rollback;
