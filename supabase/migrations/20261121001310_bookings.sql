-- Rooms and bookings: what room_list and booking_list read, and the functions of booking_create and booking_cancel. That
-- a room is booked once is a constraint, not a check that somebody might forget. Not exposed to the Data API.

-- Lets an exclusion constraint compare rooms by equality. Trusted, so no superuser is needed.
create extension if not exists btree_gist with schema extensions;

create table shop.rooms (
  id uuid not null default gen_random_uuid(),
  owner_id uuid not null,
  name text not null,
  time_zone text not null,
  opens_at time,
  closes_at time,
  created_at timestamptz not null default clock_timestamp(),
  constraint rooms_pkey primary key (id),
  constraint a_room_has_one_owner unique (id, owner_id),
  constraint a_room_dies_with_its_owner foreign key (owner_id)
    references auth.users (id) on delete cascade,
  constraint a_room_has_a_name check (length(name) between 1 and 200),
  -- Only names that mean the same everywhere: Postgres would also take abbreviations and POSIX rules.
  constraint a_time_zone_is_an_iana_name check (time_zone ~ '^(UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$'),
  constraint a_time_zone_exists check ((timestamptz '2000-01-01 00:00:00+00' at time zone time_zone) is not null),
  constraint a_room_opens_before_it_closes check (
    (opens_at is null) = (closes_at is null) and (opens_at is null or opens_at < closes_at)
  )
);
comment on table shop.rooms is
  'What a person lets others book. Opening hours are local to the room''s time zone; without them it is always open.';

create index rooms_owner_id_name_id on shop.rooms (owner_id, name, id);

create table shop.bookings (
  id uuid not null default gen_random_uuid(),
  owner_id uuid not null,
  room_id uuid not null,
  client_id text not null,
  title text not null,
  during tstzrange not null,
  -- For pages: under row policies an index is searched by leakproof comparisons only, which lower() is none of.
  starts_at timestamptz generated always as (lower(during)) stored,
  state text not null default 'booked',
  created_at timestamptz not null default clock_timestamp(),
  cancelled_at timestamptz,
  constraint bookings_pkey primary key (id),
  constraint a_booking_is_of_a_room_of_its_owner foreign key (room_id, owner_id)
    references shop.rooms (id, owner_id) on delete cascade,
  constraint no_room_is_booked_twice exclude using gist (room_id with =, during with &&) where (state = 'booked'),
  constraint a_booking_has_a_title check (length(title) between 1 and 200),
  constraint a_booking_has_a_beginning_and_an_end check (
    not isempty(during) and lower_inc(during) and not upper_inc(during)
    and not lower_inf(during) and not upper_inf(during)
  ),
  constraint a_booking_lasts_at_most_a_day check (upper(during) - lower(during) <= interval '24 hours'),
  constraint a_booking_is_booked_or_cancelled check (state in ('booked', 'cancelled')),
  constraint a_cancelled_booking_says_when check ((state = 'cancelled') = (cancelled_at is not null))
);
comment on table shop.bookings is 'Times at which a room is taken. A cancelled one stays and takes nothing.';
comment on column shop.bookings.client_id is
  'The client that made it. Not a reference: the booking outlives the client.';

create index bookings_owner_id_starts_at_id on shop.bookings (owner_id, starts_at, id);
create index bookings_room_id_during on shop.bookings (room_id, lower(during), id);

alter table shop.rooms enable row level security;
alter table shop.bookings enable row level security;
grant select on shop.rooms, shop.bookings to sekisho_person;
grant select on shop.rooms to sekisho_writer;
grant select, insert, update (state, cancelled_at) on shop.bookings to sekisho_writer;

create policy a_person_reads_own_rooms_with_the_scope on shop.rooms
  for select to sekisho_person
  using (owner_id = (select access.person_id()) and (select access.has_scope('booking:read')));
comment on policy a_person_reads_own_rooms_with_the_scope on shop.rooms is 'booking:read shows what can be booked.';

create policy a_person_books_own_rooms_with_the_scope on shop.rooms
  for select to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('booking:write')));
comment on policy a_person_books_own_rooms_with_the_scope on shop.rooms is
  'What shop.create_booking finds: nothing without booking:write.';

create policy a_person_reads_own_bookings_with_the_scope on shop.bookings
  for select to sekisho_person
  using (owner_id = (select access.person_id()) and (select access.has_scope('booking:read')));
comment on policy a_person_reads_own_bookings_with_the_scope on shop.bookings is 'booking:read shows what is booked.';

create policy a_person_finds_own_bookings_with_the_scope on shop.bookings
  for select to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('booking:write')));
comment on policy a_person_finds_own_bookings_with_the_scope on shop.bookings is
  'What shop.cancel_booking finds: nothing without booking:write.';

create policy a_person_makes_own_bookings_with_the_scope on shop.bookings
  for insert to sekisho_writer
  with check (
    owner_id = (select access.person_id())
    and client_id = (select access.client_id())
    and (select access.has_scope('booking:write'))
  );
comment on policy a_person_makes_own_bookings_with_the_scope on shop.bookings is
  'A booking is the person''s and says which client made it.';

create policy a_person_cancels_own_bookings_with_the_scope on shop.bookings
  for update to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('booking:write')));
comment on policy a_person_cancels_own_bookings_with_the_scope on shop.bookings is
  'Only the state can be changed at all: see the grant.';

create function shop.create_booking(p_room_id uuid, p_title text, p_starts_at timestamptz, p_ends_at timestamptz)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_room shop.rooms;
  v_starts_local timestamp;
  v_booking_id uuid;
begin
  if access.person_id() is null or not access.has_scope('booking:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if length(p_title) between 1 and 200 is not true then
    return jsonb_build_object('outcome', 'title_invalid');
  end if;
  if (isfinite(p_starts_at) and isfinite(p_ends_at) and p_starts_at < p_ends_at) is not true then
    return jsonb_build_object('outcome', 'time_invalid');
  end if;
  -- Before anything is computed with them: the difference of any two instants can be out of range.
  if p_starts_at < v_now then
    return jsonb_build_object('outcome', 'time_past');
  end if;
  if p_starts_at > v_now + interval '2 years' then
    return jsonb_build_object('outcome', 'time_too_far');
  end if;
  if p_ends_at > p_starts_at + interval '24 hours' then
    return jsonb_build_object('outcome', 'time_too_long');
  end if;
  select * into v_room from shop.rooms where id = p_room_id;
  if not found then
    return jsonb_build_object('outcome', 'room_unknown');
  end if;
  v_starts_local := p_starts_at at time zone v_room.time_zone;
  if v_starts_local::time < v_room.opens_at
    or (p_ends_at at time zone v_room.time_zone) > v_starts_local::date + v_room.closes_at
  then
    return jsonb_build_object('outcome', 'room_closed');
  end if;

  -- The constraint decides, and only it: a look beforehand could not see what others are about to commit. A loser waits
  -- for the winner's commit here and raises nothing.
  insert into shop.bookings (owner_id, room_id, client_id, title, during)
  values (v_room.owner_id, v_room.id, access.client_id(), p_title, tstzrange(p_starts_at, p_ends_at, '[)'))
  on conflict on constraint no_room_is_booked_twice do nothing
  returning id into v_booking_id;
  if not found then
    return jsonb_build_object('outcome', 'time_taken');
  end if;
  return jsonb_build_object('outcome', 'booked', 'booking', jsonb_build_object(
    'id', v_booking_id,
    'room_id', v_room.id,
    'title', p_title,
    'starts_at', p_starts_at,
    'ends_at', p_ends_at,
    'state', 'booked'
  ));
end
$$;
comment on function shop.create_booking(uuid, text, timestamptz, timestamptz) is
  'Books a room. Outcomes: booked (with booking), not_granted, title_invalid, time_invalid (no end after a beginning), time_past, time_too_far (beyond two years), time_too_long (24 hours), room_unknown, room_closed, time_taken.';

create function shop.cancel_booking(p_booking_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_booking shop.bookings;
begin
  if access.person_id() is null or not access.has_scope('booking:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  select * into v_booking from shop.bookings where id = p_booking_id for update;
  if not found then
    return jsonb_build_object('outcome', 'booking_unknown');
  end if;
  if v_booking.state = 'cancelled' then
    return jsonb_build_object('outcome', 'already_cancelled');
  end if;
  if upper(v_booking.during) <= clock_timestamp() then
    return jsonb_build_object('outcome', 'booking_over');
  end if;
  update shop.bookings set state = 'cancelled', cancelled_at = clock_timestamp() where id = v_booking.id;
  return jsonb_build_object('outcome', 'cancelled');
end
$$;
comment on function shop.cancel_booking(uuid) is
  'Cancels a booking that is not over. Outcomes: cancelled, already_cancelled, not_granted, booking_unknown, booking_over.';

revoke all on all functions in schema shop from public;
grant execute on function
  shop.create_booking(uuid, text, timestamptz, timestamptz),
  shop.cancel_booking(uuid)
to sekisho_person;

-- To own a function one must be able to create in its schema: for this moment only.
grant create on schema shop to sekisho_writer;
alter function shop.create_booking(uuid, text, timestamptz, timestamptz) owner to sekisho_writer;
alter function shop.cancel_booking(uuid) owner to sekisho_writer;
revoke create on schema shop from sekisho_writer;
