-- oauth.lease_request: one request of a subject, within the limit of the hour or not.

begin;
select plan(7);

create function pg_temp.lease(p_subject text, p_bucket text default 'test') returns integer language sql as $$
  select oauth.lease_request(p_bucket => p_bucket, p_subject => p_subject, p_limit => 2);
$$;
select is(pg_temp.lease('a'), null, 'the first of two');
select is(pg_temp.lease('a'), null, 'the second');
select ok(pg_temp.lease('a') between 3540 and 3660, 'the third has to wait for about an hour');
select is(pg_temp.lease('b'), null, 'another subject does not');
select is(pg_temp.lease('a', 'other'), null, 'nor does the same of another bucket');
select is(current_setting('synchronous_commit'), 'off', 'the transaction, which only counts, waits for no flush');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.lease_request'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
