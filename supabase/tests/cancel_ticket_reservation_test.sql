-- shop.cancel_ticket_reservation: gives the seats back, once, before the event begins, with ticket:write and details that
-- allow it. It answers nothing of the reservation: ticket:write is not a way to read.

begin;
select plan(16);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into shop.ticket_events (id, owner_id, name, starts_at, price_minor, currency, capacity, seats_taken)
select
  ('20000000-0000-4000-8000-00000000000' || id)::uuid, ('00000000-0000-4000-8000-00000000000' || owner)::uuid, id,
  now() + make_interval(hours => starts), 1000, 'JPY', 10, seats
from (values ('1', 'a', 24, 5), ('2', 'a', -1, 2), ('b', 'b', 24, 1)) as event (id, owner, starts, seats);
insert into shop.ticket_reservations (id, owner_id, event_id, client_id, seats, amount_minor, currency)
select
  ('30000000-0000-4000-8000-00000000000' || reservation.id)::uuid, owner_id, event.id, 'client_b', seats, 1000 * seats, 'JPY'
from (values ('1', '1', 3), ('2', '1', 2), ('3', '2', 2), ('b', 'b', 1)) as reservation (id, event, seats)
join shop.ticket_events as event on event.name = reservation.event;

create function pg_temp.claims(p_person text, p_scope text, p_details text default '[{"type": "ticket-reservation"}]')
returns void
language sql
as $$
  select set_config('request.jwt.claims', jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000' || p_person, 'client_id', 'client_a', 'scope', p_scope,
    'authorization_details', p_details::jsonb
  )::text, true);
$$;
create function pg_temp.cancel(p_reservation text) returns jsonb language plpgsql as $$
declare
  v_answer jsonb;
begin
  set local role sekisho_person;
  v_answer := shop.cancel_ticket_reservation(
    p_reservation_id => ('30000000-0000-4000-8000-00000000000' || p_reservation)::uuid
  );
  reset role;
  return v_answer;
end
$$;
create function pg_temp.taken() returns text language sql as $$
  select string_agg(name || ' ' || seats_taken, ', ' order by name) from shop.ticket_events;
$$;

select is(pg_temp.cancel('1'), '{"outcome": "not_granted"}', 'without claims');
select pg_temp.claims('a', 'ticket:read');
select is(pg_temp.cancel('1'), '{"outcome": "not_granted"}', 'without the scope');
select pg_temp.claims(null, 'ticket:write');
select is(pg_temp.cancel('1'), '{"outcome": "not_granted"}', 'a service token');
select pg_temp.claims('a', 'ticket:write', null);
select is(pg_temp.cancel('1'), '{"outcome": "details_missing"}', 'without details');
select pg_temp.claims('a', 'ticket:write', '[{"type": "ticket-reservation", "actions": ["reserve"]}]');
select is(pg_temp.cancel('1'), '{"outcome": "details_missing"}', 'to reserve is not to cancel');
select pg_temp.claims('a', 'ticket:write', '[{"type": "ticket-reservation", "actions": ["cancel"], "maxAmount": 0}]');
select is(pg_temp.cancel('b'), '{"outcome": "reservation_unknown"}', 'another person''s reservation does not exist');
select is(pg_temp.cancel('9'), '{"outcome": "reservation_unknown"}', 'as one that does not exist');
select is(pg_temp.cancel('3'), '{"outcome": "event_over"}', 'what has begun is over');
select is(pg_temp.taken(), '1 5, 2 2, b 1', 'none of these gave a seat back');

select is(pg_temp.cancel('1'), '{"outcome": "cancelled"}', 'the person''s own, whichever client made it');
select is(pg_temp.taken(), '1 2, 2 2, b 1', 'its seats are free');
select results_eq(
  'select id from shop.ticket_reservations where state = ''cancelled'' and cancelled_at <= clock_timestamp()',
  $$ values ('30000000-0000-4000-8000-000000000001'::uuid) $$,
  'it is cancelled, and no other'
);
select is(pg_temp.cancel('1'), '{"outcome": "already_cancelled"}', 'once');
select is(pg_temp.taken(), '1 2, 2 2, b 1', 'a second time gives nothing back');
select throws_ok(
  $$ update shop.ticket_reservations set state = 'cancelled' $$, '23514', null, 'a cancelled reservation says when'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'shop.cancel_ticket_reservation'::regproc and grantee <> proowner
  ),
  '{sekisho_person}',
  'only sekisho_person may execute it'
);

select * from finish();
rollback;
