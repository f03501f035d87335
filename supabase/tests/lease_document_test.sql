-- oauth.lease_document: what strangers make the server fetch, by address.

begin;
select plan(7);

create function pg_temp.lease(p_client_id text, p_address text default '192.0.2.1')
returns text
language sql
as $$
  select oauth.lease_document(p_client_id => p_client_id, p_address => p_address, p_limit => 2) ->> 'outcome';
$$;

select is(pg_temp.lease('https://app.test/1'), 'counted', 'the first of two');
select is(pg_temp.lease('https://app.test/2'), 'counted', 'the second, of another document');
select is(pg_temp.lease('https://app.test/3'), 'limited', 'the third');
select ok(
  (
    oauth.lease_document(p_client_id => 'https://app.test/3', p_address => '192.0.2.1', p_limit => 2)
      ->> 'retry_after_seconds'
  )::integer between 3540 and 3660,
  'for about an hour'
);
select is(pg_temp.lease('https://app.test/3', '192.0.2.2'), 'counted', 'another address has a count of its own');
select is((select count(*) from oauth.rate_counts), 2::bigint, 'a row for each address, none for a document');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.lease_document'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
