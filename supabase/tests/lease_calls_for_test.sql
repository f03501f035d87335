-- oauth.lease_calls_for: calls of whoever is counted.

begin;
select plan(5);

create function pg_temp.lease(p_subject text, p_limit integer) returns jsonb language sql as $$
  select oauth.lease_calls_for(
    p_subject => p_subject, p_limit => p_limit, p_wanted => 10, p_returned => 0, p_returned_minute => 0
  );
$$;

select is(pg_temp.lease('a', 0), '{"outcome": "leased", "leased": 10, "minute": 0}', 'without a limit there is none');
select is(pg_temp.lease('a', 1) ->> 'outcome', 'leased', 'the first call');
select is(pg_temp.lease('a', 1) ->> 'outcome', 'limited', 'is the last of one');
select ok((pg_temp.lease('a', 1) ->> 'retry_after_seconds')::integer between 3540 and 3660, 'for about an hour');
select is(pg_temp.lease('b', 1) ->> 'outcome', 'leased', 'for nobody else');

select * from finish();
rollback;
