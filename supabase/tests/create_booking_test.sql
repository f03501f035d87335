-- shop.create_booking: a room is booked once at a time, within its opening hours, by a token with booking:write, and of
-- the person's own rooms only. Every expected refusal is an outcome.

begin;
select plan(50);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into shop.rooms (id, owner_id, name, time_zone, opens_at, closes_at) values
  ('20000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'always', 'UTC', null, null),
  ('20000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-00000000000a', 'day', 'Asia/Tokyo', '09:00', '18:00'),
  ('20000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-00000000000a', 'late', 'Asia/Tokyo', '18:00', '24:00'),
  ('20000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000b', 'of b', 'UTC', null, null);

create function pg_temp.claims(p_person text, p_scope text) returns void language sql as $$
  select set_config('request.jwt.claims', jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000' || p_person, 'client_id', 'client_a', 'scope', p_scope
  )::text, true);
$$;
-- As a tool calls it. Times are hours from tomorrow's midnight in UTC.
create function pg_temp.book(
  p_room text, p_from numeric, p_until numeric, p_title text default 'a meeting', p_day date default current_date + 1
)
returns jsonb
language plpgsql
as $$
declare
  v_midnight timestamptz := p_day::timestamp at time zone 'UTC';
  v_answer jsonb;
begin
  set local role sekisho_person;
  v_answer := shop.create_booking(
    p_room_id => ('20000000-0000-4000-8000-00000000000' || p_room)::uuid,
    p_title => p_title,
    p_starts_at => v_midnight + make_interval(secs => p_from * 3600),
    p_ends_at => v_midnight + make_interval(secs => p_until * 3600)
  );
  reset role;
  return v_answer;
end
$$;
create function pg_temp.outcome(
  p_room text, p_from numeric, p_until numeric, p_title text default 'a meeting', p_day date default current_date + 1
)
returns text
language sql
as $$
  select pg_temp.book(p_room, p_from, p_until, p_title, p_day) ->> 'outcome';
$$;

select pg_temp.claims('a', 'booking:write');
create temp table answer as select pg_temp.book('1', 10, 11) as booked;
select is(booked ->> 'outcome', 'booked', 'a free room is booked') from answer;
select is(
  (booked -> 'booking') - '{id,starts_at,ends_at}'::text[],
  '{"room_id": "20000000-0000-4000-8000-000000000001", "title": "a meeting", "state": "booked"}',
  'the answer is the booking'
)
from answer;
select is((booked #>> '{booking,starts_at}')::timestamptz, (current_date + 1)::timestamp at time zone 'UTC' + interval '10 hours', 'from when')
from answer;
select is((booked #>> '{booking,ends_at}')::timestamptz, (current_date + 1)::timestamp at time zone 'UTC' + interval '11 hours', 'until when')
from answer;
select results_eq(
  'select id, owner_id, client_id, state, cancelled_at from shop.bookings',
  $$
    select (booked #>> '{booking,id}')::uuid, '00000000-0000-4000-8000-00000000000a'::uuid, 'client_a', 'booked',
      null::timestamptz
    from answer
  $$,
  'the row is the person''s and says which client made it'
);

-- Once at a time.
select is(pg_temp.outcome('1', 10, 11), 'time_taken', 'the same time again');
select is(pg_temp.outcome('1', 9, 10.5), 'time_taken', 'a time that ends within it');
select is(pg_temp.outcome('1', 10.5, 12), 'time_taken', 'a time that begins within it');
select is(pg_temp.outcome('1', 9, 12), 'time_taken', 'a time around it');
select is(pg_temp.outcome('1', 10.25, 10.5), 'time_taken', 'a time within it');
select is(pg_temp.outcome('1', 9, 10), 'booked', 'a time that ends when it begins');
select is(pg_temp.outcome('1', 11, 12), 'booked', 'a time that begins when it ends');
select is(pg_temp.outcome('3', 9, 10), 'booked', 'the same time in another room');
select is((select count(*) from shop.bookings), 4::bigint, 'refusals leave nothing behind');
update shop.bookings set state = 'cancelled', cancelled_at = now() where id = (select (booked #>> '{booking,id}')::uuid from answer);
select is(pg_temp.outcome('1', 10, 11), 'booked', 'what was cancelled is free again');

-- Opening hours: Tokyo is nine hours ahead of UTC.
select is(pg_temp.outcome('2', 0, 1), 'booked', 'from the opening');
select is(pg_temp.outcome('2', 8, 9), 'booked', 'until the closing');
select is(pg_temp.outcome('2', 8.5, 9.25), 'room_closed', 'beyond the closing');
select is(pg_temp.outcome('2', -0.25, 0.5), 'room_closed', 'before the opening');
select is(pg_temp.outcome('2', 12, 13), 'room_closed', 'in the evening');
select is(pg_temp.outcome('2', 7, 27), 'room_closed', 'over the night');
select is(pg_temp.outcome('3', 14, 15), 'booked', 'until midnight where the room closes then');
select is(pg_temp.outcome('3', 14, 15.25, p_day => current_date + 3), 'room_closed', 'and not beyond it');

-- What is asked.
select is(pg_temp.outcome('1', 1, 1), 'time_invalid', 'no time at all');
select is(pg_temp.outcome('1', 2, 1), 'time_invalid', 'an end before the beginning');
select is(pg_temp.outcome('1', 1, null), 'time_invalid', 'no end');
select is(pg_temp.outcome('1', null, 1), 'time_invalid', 'no beginning');
select is(pg_temp.outcome('1', 0, 24.01, p_day => current_date + 5), 'time_too_long', 'more than a day');
select is(pg_temp.outcome('1', 0, 24, p_day => current_date + 5), 'booked', 'a whole day');
select is(pg_temp.outcome('1', 0, 1, p_day => current_date - 1), 'time_past', 'yesterday');
select is(pg_temp.outcome('1', 0, 1, p_day => current_date + 740), 'time_too_far', 'in more than two years');
select is(shop.create_booking('20000000-0000-4000-8000-000000000001', 'x', 'now', 'infinity') ->> 'outcome', 'time_invalid', 'for ever');
select is(shop.create_booking('20000000-0000-4000-8000-000000000001', 'x', '-infinity', 'now') ->> 'outcome', 'time_invalid', 'since ever');
select is(shop.create_booking('20000000-0000-4000-8000-000000000001', 'x', '4713-01-01 00:00 BC', '294276-12-31') ->> 'outcome', 'time_past', 'all of time');
select is(pg_temp.outcome('1', 14, 15, p_title => ''), 'title_invalid', 'no title');
select is(pg_temp.outcome('1', 14, 15, p_title => null), 'title_invalid', 'null for a title');
select is(pg_temp.outcome('1', 14, 15, p_title => repeat('a', 201)), 'title_invalid', 'too long a title');
select is(pg_temp.outcome('9', 14, 15), 'room_unknown', 'a room that does not exist');

-- Person and scope.
select is(pg_temp.outcome('b', 14, 15), 'room_unknown', 'another person''s room does not exist either');
select pg_temp.claims('b', 'booking:write');
select is(pg_temp.outcome('b', 14, 15), 'booked', 'for its owner it does');
select pg_temp.claims('a', 'booking:read order:write');
select is(pg_temp.outcome('1', 14, 15), 'not_granted', 'without the scope');
select set_config('request.jwt.claims', '{"sub": null, "client_id": "client_b", "scope": "booking:write"}', true);
select is(pg_temp.outcome('1', 14, 15), 'not_granted', 'a service token');
select set_config('request.jwt.claims', '', true);
select is(pg_temp.outcome('1', 14, 15), 'not_granted', 'without claims');

-- What the constraints say, whoever writes.
select throws_ok(
  $$
    insert into shop.bookings (owner_id, room_id, client_id, title, during) values (
      '00000000-0000-4000-8000-00000000000a', '20000000-0000-4000-8000-00000000000b', 'client_a', 'x',
      tstzrange(now(), now() + interval '1 hour')
    )
  $$,
  '23503', null, 'a booking of one person cannot be of another''s room'
);
select throws_ok($$ update shop.bookings set during = tstzrange(null, now()) $$, '23514', null, 'a booking begins');
select throws_ok($$ update shop.rooms set time_zone = 'JST' $$, '23514', null, 'an abbreviation is no time zone');
select throws_ok($$ update shop.rooms set time_zone = 'Asia/Nowhere' $$, '22023', null, 'nor is a place that does not exist');
select throws_ok($$ update shop.rooms set closes_at = null $$, '23514', null, 'opening hours are both or none');
delete from auth.users where email = 'a@example.test';
select results_eq(
  'select owner_id from shop.bookings', $$ values ('00000000-0000-4000-8000-00000000000b'::uuid) $$,
  'bookings go with their owner'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'shop.create_booking'::regproc and grantee <> proowner
  ),
  '{sekisho_person}',
  'only sekisho_person may execute it'
);

select * from finish();
rollback;
