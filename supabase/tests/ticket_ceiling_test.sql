-- access.ticket_ceiling: the least that was granted, in minor units; 0 where nothing was (RFC 9396, ADR 0015).

begin;
select plan(24);

create function pg_temp.ceiling(p_detail text, p_currency text default 'JPY') returns bigint language sql as $$
  select set_config(
    'request.jwt.claims',
    format('{"authorization_details": [%s]}', replace(p_detail, '{', '{"type": "ticket-reservation", ')), true
  );
  select access.ticket_ceiling(p_currency);
$$;

select is(access.ticket_ceiling('JPY'), 0::bigint, 'without claims: nothing');
select set_config('request.jwt.claims', '{"scope": "ticket:write"}', true);
select is(access.ticket_ceiling('JPY'), 0::bigint, 'with the scope alone: nothing');
select is(pg_temp.ceiling(''), 0::bigint, 'with no detail: nothing');
select set_config('request.jwt.claims', '{"authorization_details": [{"type": "other", "maxAmount": 5}]}', true);
select is(access.ticket_ceiling('JPY'), 0::bigint, 'with another type: nothing');

select is(pg_temp.ceiling('{"maxAmount": 5000, "currency": "JPY"}'), 5000::bigint, 'what was granted');
select is(pg_temp.ceiling('{"maxAmount": 5000, "currency": "JPY"}', 'EUR'), 0::bigint, 'in no other currency');
select is(pg_temp.ceiling('{"maxAmount": 5000, "currency": "JPY"}', null), 0::bigint, 'null is no currency');
select is(pg_temp.ceiling('{"maxAmount": 5000}'), 5000::bigint, 'yen by default');
select is(pg_temp.ceiling('{"maxAmount": 5000}', 'EUR'), 0::bigint, 'and not everything else');
select is(pg_temp.ceiling('{"currency": "JPY"}'), 10000::bigint, 'ten thousand yen by default');
select is(pg_temp.ceiling('{"currency": "EUR"}', 'EUR'), 0::bigint, 'there is no default in another currency');
select is(pg_temp.ceiling('{"actions": ["reserve"], "maxAmount": 1, "currency": "EUR"}', 'EUR'), 1::bigint, 'another currency');
select is(pg_temp.ceiling('{"actions": ["cancel"], "maxAmount": 5000}'), 0::bigint, 'to cancel only: nothing');

select is(pg_temp.ceiling('{"maxAmount": 5000}, {"maxAmount": 3000}'), 3000::bigint, 'the least of two');
select is(pg_temp.ceiling('{"maxAmount": 5000}, {"maxAmount": 30, "currency": "EUR"}'), 5000::bigint, 'of the same currency');
select is(pg_temp.ceiling('{"maxAmount": 5000}, {"maxAmount": "3000"}'), 0::bigint, 'one that cannot be read grants nothing');

select is(pg_temp.ceiling('{"maxAmount": 0}'), 0::bigint, 'nothing');
select is(pg_temp.ceiling('{"maxAmount": -1}'), 0::bigint, 'less than nothing');
select is(pg_temp.ceiling('{"maxAmount": 99.9}'), 99::bigint, 'a part of a unit is none');
select is(pg_temp.ceiling('{"maxAmount": null}'), 0::bigint, 'null');
select is(pg_temp.ceiling('{"maxAmount": "5000"}'), 0::bigint, 'a text');
select is(pg_temp.ceiling('{"maxAmount": [5000]}'), 0::bigint, 'a list');
select is(pg_temp.ceiling('{"maxAmount": 1e300}'), 9007199254740991, 'more than any amount');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'access.ticket_ceiling'::regproc and grantee <> proowner
  ),
  '{sekisho_person,sekisho_writer}',
  'only those whom policies name may execute it'
);

select * from finish();
rollback;
