-- oauth.lease_from_limit: no hour holds more than the limit, and what is left over can be given back.

begin;
select plan(19);

create function pg_temp.lease(
  p_wanted integer, p_limit integer default 1000, p_returned integer default 0, p_minute bigint default 0,
  p_subject text default 'subject', p_bucket text default 'bucket'
)
returns integer
language sql
as $$
  select (oauth.lease_from_limit(
    p_bucket => p_bucket, p_subject => p_subject, p_limit => p_limit, p_wanted => p_wanted, p_returned => p_returned,
    p_returned_minute => p_minute
  ) ->> 'leased')::integer;
$$;
create function pg_temp.retry_after(p_limit integer) returns integer language sql as $$
  select (oauth.lease_from_limit('bucket', 'subject', p_limit, 1, 0, 0) ->> 'retry_after_seconds')::integer;
$$;
create function pg_temp.taken() returns bigint language sql as $$
  select sum(count) from oauth.rate_counts, unnest(counts) as count where bucket = 'bucket' and subject_hash = sha256('subject');
$$;
create function pg_temp.elapse(p_minutes integer) returns void language sql as $$
  update oauth.rate_counts set minute = minute - p_minutes;
$$;
create function pg_temp.minute() returns bigint language sql as $$
  select minute from oauth.rate_counts where bucket = 'bucket' and subject_hash = sha256('subject');
$$;

select is(pg_temp.lease(10), 10, 'as many as wanted while there is plenty');
select is(pg_temp.taken(), 10::bigint, 'and they are counted');
select is(pg_temp.lease(10, p_subject => 'other'), 10, 'another subject has a count of its own');
select is(pg_temp.lease(10, p_bucket => 'other'), 10, 'and so has another bucket');
select is(pg_temp.taken(), 10::bigint, 'which is not this one');

-- A lease is a twentieth of what is left at the most.
select is(pg_temp.lease(10, 110), 5, 'of a hundred that are left it leases five');
select is(pg_temp.lease(10, 25), 1, 'of few it leases one');
select is(pg_temp.lease(10, 16), 0, 'of none none');
select is(pg_temp.lease(10, 5), 0, 'nor when the limit was lowered');
select is(pg_temp.taken(), 16::bigint, 'and a refusal counts nothing');

select is(pg_temp.lease(1, 16, 3, pg_temp.minute()), 1, 'what is given back can be leased again');
select is(pg_temp.taken(), 14::bigint, 'and is no longer counted');
select pg_temp.lease(1, 1000, 100, pg_temp.minute());
select is(pg_temp.taken(), 1::bigint, 'nobody gives back more than was taken');
select pg_temp.lease(1, 1000, 1, pg_temp.minute() - 61), pg_temp.lease(1, 1000, 1, pg_temp.minute() + 1);
select is(pg_temp.taken(), 3::bigint, 'nor to another hour');

select pg_temp.elapse(60);
select is(pg_temp.lease(10, 3), 0, 'after sixty minutes all of it still counts: not all of them were whole');
select ok(pg_temp.retry_after(3) between 1 and 60, 'it says when the oldest minute leaves the hour');
select pg_temp.elapse(1);
select is(pg_temp.lease(10, 3), 1, 'and then it is forgotten');
select ok(pg_temp.retry_after(1000) is null, 'who gets something need not wait');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.lease_from_limit'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
