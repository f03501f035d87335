-- shop.cancel_booking: once, by a token with booking:write, while the booking is not over. It answers nothing of the
-- booking: booking:write is not a way to read.

begin;
select plan(15);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into shop.rooms (id, owner_id, name, time_zone) values
  ('20000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'of a', 'UTC'),
  ('20000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000b', 'of b', 'UTC');
insert into shop.bookings (id, owner_id, room_id, client_id, title, during)
select
  ('30000000-0000-4000-8000-00000000000' || name)::uuid, ('00000000-0000-4000-8000-00000000000' || owner)::uuid,
  ('20000000-0000-4000-8000-00000000000' || room)::uuid, 'client_b', 'a meeting',
  tstzrange(now() + make_interval(hours => starts), now() + make_interval(hours => starts + 1))
from (values ('1', 'a', '1', 1), ('2', 'a', '1', -2), ('3', 'a', '1', 3), ('b', 'b', 'b', 1)) as booking (name, owner, room, starts);
-- Under way: half an hour is left.
update shop.bookings
set during = tstzrange(now() - interval '30 minutes', now() + interval '30 minutes')
where id = '30000000-0000-4000-8000-000000000003';

create function pg_temp.claims(p_person text, p_scope text) returns void language sql as $$
  select set_config('request.jwt.claims', jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000' || p_person, 'client_id', 'client_a', 'scope', p_scope
  )::text, true);
$$;
create function pg_temp.cancel(p_booking text) returns jsonb language plpgsql as $$
declare
  v_answer jsonb;
begin
  set local role sekisho_person;
  v_answer := shop.cancel_booking(p_booking_id => ('30000000-0000-4000-8000-00000000000' || p_booking)::uuid);
  reset role;
  return v_answer;
end
$$;

-- Person and scope.
select is(pg_temp.cancel('1'), '{"outcome": "not_granted"}', 'without claims');
select pg_temp.claims('a', 'booking:read');
select is(pg_temp.cancel('1'), '{"outcome": "not_granted"}', 'without the scope');
select set_config('request.jwt.claims', '{"sub": null, "client_id": "client_b", "scope": "booking:write"}', true);
select is(pg_temp.cancel('1'), '{"outcome": "not_granted"}', 'a service token');
select pg_temp.claims('a', 'booking:write');
select is(pg_temp.cancel('b'), '{"outcome": "booking_unknown"}', 'another person''s booking does not exist');
select is(pg_temp.cancel('9'), '{"outcome": "booking_unknown"}', 'as one that does not exist');
select is((select count(*) from shop.bookings where state = 'cancelled'), 0::bigint, 'none of these cancelled anything');

select is(pg_temp.cancel('1'), '{"outcome": "cancelled"}', 'the person''s own, whichever client made it');
create temp table instant as select cancelled_at from shop.bookings where id = '30000000-0000-4000-8000-000000000001';
select is((select count(*) from instant where cancelled_at <= clock_timestamp()), 1::bigint, 'it says when');
select is(pg_temp.cancel('1'), '{"outcome": "already_cancelled"}', 'once');
select results_eq(
  $$ select cancelled_at from shop.bookings where id = '30000000-0000-4000-8000-000000000001' $$,
  'select cancelled_at from instant',
  'a second time changes nothing'
);
select is(pg_temp.cancel('2'), '{"outcome": "booking_over"}', 'what is over cannot be cancelled');
select is(pg_temp.cancel('3'), '{"outcome": "cancelled"}', 'what is under way can');
select results_eq(
  'select id from shop.bookings where state = ''cancelled'' order by id',
  $$ values ('30000000-0000-4000-8000-000000000001'::uuid), ('30000000-0000-4000-8000-000000000003') $$,
  'nothing else was touched'
);
select throws_ok(
  $$ update shop.bookings set state = 'cancelled' $$, '23514', null, 'a cancelled booking says when it was cancelled'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'shop.cancel_booking'::regproc and grantee <> proowner
  ),
  '{sekisho_person}',
  'only sekisho_person may execute it'
);

select * from finish();
rollback;
