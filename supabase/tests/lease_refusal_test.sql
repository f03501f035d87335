-- oauth.lease_refusal: refusals by client and address; what clients that do not exist cost is one row per address.

begin;
select plan(12);

insert into oauth.clients (id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types)
values ('client_a', 'registered', 'A', 'none', '{https://a.test/callback}', '{}', '{code}');

create function pg_temp.lease(p_client_id text, p_address text default '192.0.2.1', p_kind text default 'code')
returns text
language sql
as $$
  select oauth.lease_refusal(p_kind => p_kind, p_client_id => p_client_id, p_address => p_address, p_limit => 2)
    ->> 'outcome';
$$;
create function pg_temp.subjects() returns bigint language sql as $$ select count(*) from oauth.rate_counts $$;

select is(pg_temp.lease('client_a'), 'counted', 'the first of two');
select is(pg_temp.lease('client_a'), 'counted', 'the second');
select is(pg_temp.lease('client_a'), 'limited', 'the third');
select ok(
  (
    oauth.lease_refusal(p_kind => 'code', p_client_id => 'client_a', p_address => '192.0.2.1', p_limit => 2)
      ->> 'retry_after_seconds'
  )::integer between 3540 and 3660,
  'for about an hour'
);
select is(pg_temp.lease('client_a', '192.0.2.2'), 'counted', 'the same client elsewhere is somebody else');
select is(pg_temp.lease('client_a', p_kind => 'refresh'), 'counted', 'each kind of request has a count of its own');
select is(pg_temp.subjects(), 3::bigint, 'three rows');

select is(pg_temp.lease('made up 1'), 'counted', 'a client that does not exist');
select is(pg_temp.lease(null), 'counted', 'shares its count with whoever names none');
select is(pg_temp.lease('made up 2'), 'limited', 'and with every other such');
select is(pg_temp.subjects(), 4::bigint, 'one row for all of them');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.lease_refusal'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
