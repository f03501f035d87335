-- shop.reserve_tickets: within the seats there are, and within what the person granted the app in authorization_details,
-- over everything that the app holds (RFC 9396, ADR 0015). Every expected refusal is an outcome.

begin;
select plan(49);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into shop.ticket_events (id, owner_id, name, starts_at, price_minor, currency, capacity)
select
  ('20000000-0000-4000-8000-00000000000' || id)::uuid, ('00000000-0000-4000-8000-00000000000' || owner)::uuid, id,
  now() + make_interval(hours => starts), price, currency, capacity
from (values
  ('1', 'a', 24, 1000, 'JPY', 100), ('2', 'a', 48, 4000, 'JPY', 100), ('3', 'a', 24, 10, 'JPY', 5),
  ('4', 'a', -1, 10, 'JPY', 5), ('5', 'a', 24, 500, 'EUR', 100), ('6', 'a', 24, 0, 'JPY', 5), ('b', 'b', 24, 10, 'JPY', 5)
) as event (id, owner, starts, price, currency, capacity);

create function pg_temp.claims(
  p_person text, p_scope text, p_details text default '[{"type": "ticket-reservation"}]', p_client text default 'client_a'
)
returns void
language sql
as $$
  select set_config('request.jwt.claims', jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000' || p_person, 'client_id', p_client, 'scope', p_scope,
    'authorization_details', p_details::jsonb
  )::text, true);
$$;
create function pg_temp.reserve(p_event text, p_seats integer) returns jsonb language plpgsql as $$
declare
  v_answer jsonb;
begin
  set local role sekisho_person;
  v_answer := shop.reserve_tickets(p_event_id => ('20000000-0000-4000-8000-00000000000' || p_event)::uuid, p_seats => p_seats);
  reset role;
  return v_answer;
end
$$;
create function pg_temp.outcome(p_event text, p_seats integer) returns text language sql as $$
  select pg_temp.reserve(p_event, p_seats) ->> 'outcome';
$$;
create function pg_temp.taken() returns text language sql as $$
  select coalesce(string_agg(name || ' ' || seats_taken, ', ' order by name), '') from shop.ticket_events where seats_taken > 0;
$$;

-- Person, scope and details.
select is(pg_temp.reserve('1', 1), '{"outcome": "not_granted"}', 'without claims');
select pg_temp.claims('a', 'ticket:read order:write');
select is(pg_temp.reserve('1', 1), '{"outcome": "not_granted"}', 'without the scope');
select pg_temp.claims(null, 'ticket:write');
select is(pg_temp.reserve('1', 1), '{"outcome": "not_granted"}', 'a service token');
select pg_temp.claims('a', 'ticket:write', null);
select is(pg_temp.reserve('1', 1), '{"outcome": "details_missing"}', 'the scope alone reserves nothing');
select pg_temp.claims('a', 'ticket:write', '[]');
select is(pg_temp.reserve('6', 1), '{"outcome": "details_missing"}', 'not even what is free');
select pg_temp.claims('a', 'ticket:write', '[{"type": "ticket-reservation", "actions": ["cancel"]}]');
select is(pg_temp.reserve('1', 1), '{"outcome": "details_missing"}', 'to cancel is not to reserve');
select pg_temp.claims('a', 'ticket:write');
select is(pg_temp.reserve('b', 1), '{"outcome": "event_unknown"}', 'another person''s event does not exist');
select is(pg_temp.reserve('9', 1), '{"outcome": "event_unknown"}', 'as one that does not exist');
select is(pg_temp.reserve('4', 1), '{"outcome": "event_over"}', 'what has begun is over');
select is(pg_temp.reserve('1', 0), '{"outcome": "seats_invalid"}', 'no seat');
select is(pg_temp.reserve('1', -1), '{"outcome": "seats_invalid"}', 'less than none');
select is(pg_temp.reserve('1', 101), '{"outcome": "seats_invalid"}', 'too many at once');
select is(pg_temp.reserve('1', null), '{"outcome": "seats_invalid"}', 'null');
select is((select count(*) from shop.ticket_reservations), 0::bigint, 'none of these left a reservation');
select is(pg_temp.taken(), '', 'or took a seat');

-- A reservation.
create temp table answer as select pg_temp.reserve('1', 2) as reserved;
select is(reserved ->> 'outcome', 'reserved', 'within the default ceiling') from answer;
select is(
  (reserved -> 'reservation') - '{id,created_at}'::text[],
  '{
    "event_id": "20000000-0000-4000-8000-000000000001", "seats": 2, "amount_minor": 2000, "currency": "JPY",
    "state": "reserved"
  }',
  'the answer is the reservation'
)
from answer;
select results_eq(
  'select id, owner_id, client_id, amount_minor from shop.ticket_reservations',
  $$
    select (reserved #>> '{reservation,id}')::uuid, '00000000-0000-4000-8000-00000000000a'::uuid, 'client_a', 2000::bigint
    from answer
  $$,
  'the row is the person''s and says which client made it'
);
select is(pg_temp.taken(), '1 2', 'its seats are taken');

-- The ceiling is one for everything that the app holds.
select is(
  pg_temp.reserve('1', 9),
  '{"outcome": "ceiling_exceeded", "currency": "JPY", "ceiling_minor": 10000, "left_minor": 8000}',
  'what would be within the ceiling alone is not on top of the rest'
);
select is(pg_temp.outcome('2', 2), 'reserved', 'up to the ceiling, over several events');
select is(pg_temp.reserve('1', 1) ->> 'left_minor', '0', 'then nothing is left');
select is(pg_temp.reserve('3', 1) ->> 'outcome', 'ceiling_exceeded', 'for no event');
select is(pg_temp.outcome('6', 1), 'reserved', 'but for a free one');
select is((select sum(amount_minor) from shop.ticket_reservations), 10000::numeric, 'refusals leave nothing behind');
select is(pg_temp.taken(), '1 2, 2 2, 6 1', 'and take no seat');
select pg_temp.claims('a', 'ticket:write', '[{"type": "ticket-reservation", "maxAmount": 12000}]');
select is(pg_temp.reserve('1', 3) ->> 'left_minor', '2000', 'another token of the app does not begin again');
select is(pg_temp.outcome('1', 2), 'reserved', 'it may hold more by what was granted more');
select pg_temp.claims('a', 'ticket:write', '[{"type": "ticket-reservation", "maxAmount": 3000}]');
select is(
  pg_temp.reserve('1', 1),
  '{"outcome": "ceiling_exceeded", "currency": "JPY", "ceiling_minor": 3000, "left_minor": 0}',
  'a lower ceiling than what is held leaves nothing'
);
select pg_temp.claims('a', 'ticket:write', '[{"type": "ticket-reservation", "maxAmount": 3000}]', 'client_b');
select is(pg_temp.outcome('1', 3), 'reserved', 'another app has its own ceiling');
select is(pg_temp.outcome('1', 1), 'ceiling_exceeded', 'and no more');
select pg_temp.claims('b', 'ticket:write');
select is(pg_temp.outcome('b', 1), 'reserved', 'and so has another person');

-- Currencies.
select pg_temp.claims('a', 'ticket:write');
select is(
  pg_temp.reserve('5', 1),
  '{"outcome": "ceiling_exceeded", "currency": "EUR", "ceiling_minor": 0, "left_minor": 0}',
  'a ceiling in yen is none in euro'
);
select pg_temp.claims('a', 'ticket:write', '[{"type": "ticket-reservation", "maxAmount": 1000, "currency": "EUR"}]');
select is(pg_temp.outcome('5', 2), 'reserved', 'one in euro is, whatever is held in yen');
select is(pg_temp.reserve('5', 1) ->> 'left_minor', '0', 'and counted by itself');

-- What no longer counts.
select pg_temp.claims('a', 'ticket:write', '[{"type": "ticket-reservation", "maxAmount": 5000}]', 'client_c');
select is(pg_temp.outcome('2', 1), 'reserved', 'four thousand of five');
select is(pg_temp.reserve('1', 2) ->> 'left_minor', '1000', 'leave one');
update shop.ticket_reservations set state = 'cancelled', cancelled_at = now() where client_id = 'client_c';
select is(pg_temp.reserve('1', 6) ->> 'left_minor', '5000', 'what was cancelled is free again');
select is(pg_temp.outcome('2', 1), 'reserved', 'four thousand of five again');
update shop.ticket_events set starts_at = now() - interval '1 minute' where name = '2';
select is(pg_temp.reserve('1', 6) ->> 'left_minor', '5000', 'what has begun is settled');

-- Seats.
select is(pg_temp.outcome('3', 4), 'reserved', 'four of five seats');
select is(pg_temp.reserve('3', 2), '{"outcome": "not_enough_seats"}', 'two more are too many');
select is(pg_temp.outcome('3', 1), 'reserved', 'one is not');
select is(pg_temp.reserve('3', 1), '{"outcome": "not_enough_seats"}', 'then there is none');

-- What policy and constraints say, whoever writes.
select throws_ok($$ update shop.ticket_events set seats_taken = 101 where name = '1' $$, '23514', null, 'no seat is promised twice');
select throws_ok($$ update shop.ticket_events set seats_taken = -1 where name = '1' $$, '23514', null, 'or given back twice');
grant usage on schema extensions to sekisho_writer;
set local role sekisho_writer;
select throws_ok(
  $$
    insert into shop.ticket_reservations (owner_id, event_id, client_id, seats, amount_minor, currency) values (
      '00000000-0000-4000-8000-00000000000a', '20000000-0000-4000-8000-000000000001', 'client_c', 6, 6000, 'JPY'
    )
  $$,
  '42501', null, 'a function that forgot the ceiling meets it in the policy'
);
reset role;
delete from auth.users where email = 'a@example.test';
select is((select count(*) from shop.ticket_reservations), 1::bigint, 'reservations go with their owner');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'shop.reserve_tickets'::regproc and grantee <> proowner
  ),
  '{sekisho_person}',
  'only sekisho_person may execute it'
);

select * from finish();
rollback;
