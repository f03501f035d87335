-- Tickets: what ticket_events reads, and the functions of ticket_reserve and ticket_cancel. No seat is promised twice, and
-- an app holds no more than the person granted it in authorization_details (RFC 9396), over all its reservations
-- together (ADR 0015). Not exposed to the Data API.
--
-- Locks: what an app holds of a person (advisory) or a reservation, then the event.

create table shop.ticket_events (
  id uuid not null default gen_random_uuid(),
  owner_id uuid not null,
  name text not null,
  starts_at timestamptz not null,
  price_minor bigint not null,
  currency text not null,
  capacity integer not null,
  seats_taken integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  constraint ticket_events_pkey primary key (id),
  constraint an_event_has_one_owner unique (id, owner_id),
  constraint an_event_dies_with_its_owner foreign key (owner_id)
    references auth.users (id) on delete cascade,
  constraint an_event_has_a_name check (length(name) between 1 and 200),
  constraint a_ticket_price_is_not_negative check (price_minor >= 0),
  -- A hundred tickets then still have an amount that JSON numbers hold exactly (below 2^53).
  constraint a_ticket_price_can_be_summed check (price_minor <= 100000000000),
  constraint an_event_has_a_currency check (currency ~ '^[A-Z]{3}$'),
  constraint no_seat_is_promised_twice check (seats_taken between 0 and capacity)
);
comment on table shop.ticket_events is 'What tickets can be reserved for. Prices in minor units of the currency (ISO 4217).';

create index ticket_events_owner_id_starts_at_id on shop.ticket_events (owner_id, starts_at, id);

create table shop.ticket_reservations (
  id uuid not null default gen_random_uuid(),
  owner_id uuid not null,
  event_id uuid not null,
  client_id text not null,
  seats integer not null,
  amount_minor bigint not null,
  currency text not null,
  state text not null default 'reserved',
  created_at timestamptz not null default clock_timestamp(),
  cancelled_at timestamptz,
  constraint ticket_reservations_pkey primary key (id),
  constraint a_reservation_is_of_an_event_of_its_owner foreign key (event_id, owner_id)
    references shop.ticket_events (id, owner_id) on delete cascade,
  constraint a_reservation_has_seats check (seats between 1 and 100),
  constraint a_reservation_has_an_amount check (amount_minor >= 0),
  constraint a_reservation_has_a_currency check (currency ~ '^[A-Z]{3}$'),
  constraint a_reservation_is_reserved_or_cancelled check (state in ('reserved', 'cancelled')),
  constraint a_cancelled_reservation_says_when check ((state = 'cancelled') = (cancelled_at is not null))
);
comment on table shop.ticket_reservations is
  'Seats that are promised, for the amount that they cost when they were. A cancelled one stays and takes none.';
comment on column shop.ticket_reservations.client_id is
  'The client that made it, whose ceiling it counts against. Not a reference: it outlives the client.';

create index ticket_reservations_owner_id_created_at_id on shop.ticket_reservations (owner_id, created_at, id);
create index ticket_reservations_event_id on shop.ticket_reservations (event_id);
create index ticket_reservations_held on shop.ticket_reservations (owner_id, client_id, currency)
where state = 'reserved';

create function access.ticket_ceiling(p_currency text)
returns bigint
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    min(
      case
        when not detail ? 'maxAmount' then case p_currency when 'JPY' then 10000 else 0 end
        when jsonb_typeof(detail -> 'maxAmount') <> 'number' then 0
        else least(greatest(floor((detail ->> 'maxAmount')::numeric), 0), 9007199254740991)
      end
    ),
    0
  )::bigint
  from access.authorization_details(p_type => 'ticket-reservation', p_action => 'reserve') as detail
  where coalesce(detail ->> 'currency', 'JPY') = p_currency;
$$;
comment on function access.ticket_ceiling(text) is
  'The most, in minor units of this currency, that the token''s app may hold in reservations (RFC 9396, type ticket-reservation: maxAmount, by default 10000, and currency, by default JPY). The least of several; 0 without any.';

alter table shop.ticket_events enable row level security;
alter table shop.ticket_reservations enable row level security;
grant select on shop.ticket_events, shop.ticket_reservations to sekisho_person;
grant select, update (seats_taken) on shop.ticket_events to sekisho_writer;
grant select, insert, update (state, cancelled_at) on shop.ticket_reservations to sekisho_writer;

create policy a_person_reads_own_events_with_the_scope on shop.ticket_events
  for select to sekisho_person
  using (owner_id = (select access.person_id()) and (select access.has_scope('ticket:read')));
comment on policy a_person_reads_own_events_with_the_scope on shop.ticket_events is 'ticket:read shows what there is.';

create policy a_person_finds_own_events_with_the_scope on shop.ticket_events
  for select to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('ticket:write')));
comment on policy a_person_finds_own_events_with_the_scope on shop.ticket_events is
  'What the functions of tickets find: nothing without ticket:write.';

create policy a_person_takes_own_seats_with_the_scope on shop.ticket_events
  for update to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('ticket:write')));
comment on policy a_person_takes_own_seats_with_the_scope on shop.ticket_events is
  'Only the seats taken can be changed at all: see the grant.';

create policy a_person_reads_own_reservations_with_the_scope on shop.ticket_reservations
  for select to sekisho_person
  using (owner_id = (select access.person_id()) and (select access.has_scope('ticket:read')));
comment on policy a_person_reads_own_reservations_with_the_scope on shop.ticket_reservations is
  'ticket:read shows what is reserved.';

create policy a_person_finds_own_reservations_with_the_scope on shop.ticket_reservations
  for select to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('ticket:write')));
comment on policy a_person_finds_own_reservations_with_the_scope on shop.ticket_reservations is
  'What is counted against the ceiling, and what can be cancelled.';

create policy a_person_makes_own_reservations_within_the_ceiling on shop.ticket_reservations
  for insert to sekisho_writer
  with check (
    owner_id = (select access.person_id())
    and client_id = (select access.client_id())
    and (select access.has_scope('ticket:write'))
    and amount_minor <= access.ticket_ceiling(currency)
  );
comment on policy a_person_makes_own_reservations_within_the_ceiling on shop.ticket_reservations is
  'A policy sees one row: that all of them together stay below the ceiling is shop.reserve_tickets'' business.';

create policy a_person_cancels_own_reservations_with_the_scope on shop.ticket_reservations
  for update to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('ticket:write')));
comment on policy a_person_cancels_own_reservations_with_the_scope on shop.ticket_reservations is
  'Only the state can be changed at all: see the grant.';

create function shop.reserve_tickets(p_event_id uuid, p_seats integer)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_event shop.ticket_events;
  v_ceiling bigint;
  v_held bigint;
  v_reservation shop.ticket_reservations;
begin
  if access.person_id() is null or not access.has_scope('ticket:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if not exists (select from access.authorization_details(p_type => 'ticket-reservation', p_action => 'reserve')) then
    return jsonb_build_object('outcome', 'details_missing');
  end if;
  if p_seats between 1 and 100 is not true then
    return jsonb_build_object('outcome', 'seats_invalid');
  end if;

  -- One at a time for a person and an app, whatever the event: what they hold together is counted under this lock.
  perform pg_advisory_xact_lock(
    hashtextextended('shop.reserve_tickets ' || access.person_id() || ' ' || access.client_id(), 0)
  );
  select * into v_event from shop.ticket_events where id = p_event_id for update;
  if not found then
    return jsonb_build_object('outcome', 'event_unknown');
  end if;
  if v_event.starts_at <= clock_timestamp() then
    return jsonb_build_object('outcome', 'event_over');
  end if;
  v_ceiling := access.ticket_ceiling(v_event.currency);
  select coalesce(sum(reservation.amount_minor), 0) into v_held
  from shop.ticket_reservations as reservation
  join shop.ticket_events as event on event.id = reservation.event_id
  where reservation.owner_id = access.person_id()
    and reservation.client_id = access.client_id()
    and reservation.currency = v_event.currency
    and reservation.state = 'reserved'
    and event.starts_at > clock_timestamp();
  if v_held + v_event.price_minor * p_seats > v_ceiling then
    return jsonb_build_object(
      'outcome', 'ceiling_exceeded',
      'currency', v_event.currency,
      'ceiling_minor', v_ceiling,
      'left_minor', greatest(v_ceiling - v_held, 0)
    );
  end if;
  if v_event.capacity - v_event.seats_taken < p_seats then
    return jsonb_build_object('outcome', 'not_enough_seats');
  end if;

  update shop.ticket_events set seats_taken = seats_taken + p_seats where id = v_event.id;
  insert into shop.ticket_reservations (owner_id, event_id, client_id, seats, amount_minor, currency)
  values (
    v_event.owner_id, v_event.id, access.client_id(), p_seats, v_event.price_minor * p_seats, v_event.currency
  )
  returning * into v_reservation;
  return jsonb_build_object('outcome', 'reserved', 'reservation', jsonb_build_object(
    'id', v_reservation.id,
    'event_id', v_reservation.event_id,
    'seats', v_reservation.seats,
    'amount_minor', v_reservation.amount_minor,
    'currency', v_reservation.currency,
    'state', v_reservation.state,
    'created_at', v_reservation.created_at
  ));
end
$$;
comment on function shop.reserve_tickets(uuid, integer) is
  'Reserves seats within the ceiling of the token''s authorization_details (RFC 9396), over everything that its app holds for events to come (ADR 0015). Outcomes: reserved (with reservation), not_granted, details_missing, seats_invalid, event_unknown, event_over, ceiling_exceeded (with currency, ceiling_minor, left_minor), not_enough_seats.';

create function shop.cancel_ticket_reservation(p_reservation_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reservation shop.ticket_reservations;
  v_starts_at timestamptz;
begin
  if access.person_id() is null or not access.has_scope('ticket:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if not exists (select from access.authorization_details(p_type => 'ticket-reservation', p_action => 'cancel')) then
    return jsonb_build_object('outcome', 'details_missing');
  end if;
  select * into v_reservation from shop.ticket_reservations where id = p_reservation_id for update;
  if not found then
    return jsonb_build_object('outcome', 'reservation_unknown');
  end if;
  if v_reservation.state = 'cancelled' then
    return jsonb_build_object('outcome', 'already_cancelled');
  end if;
  select starts_at into v_starts_at from shop.ticket_events where id = v_reservation.event_id for update;
  if v_starts_at <= clock_timestamp() then
    return jsonb_build_object('outcome', 'event_over');
  end if;
  update shop.ticket_events set seats_taken = seats_taken - v_reservation.seats where id = v_reservation.event_id;
  update shop.ticket_reservations set state = 'cancelled', cancelled_at = clock_timestamp() where id = v_reservation.id;
  return jsonb_build_object('outcome', 'cancelled');
end
$$;
comment on function shop.cancel_ticket_reservation(uuid) is
  'Gives the seats back, once, before the event begins. Outcomes: cancelled, already_cancelled, not_granted, details_missing, reservation_unknown, event_over.';

revoke all on all functions in schema access, shop from public;
grant execute on function access.ticket_ceiling(text) to sekisho_person, sekisho_writer;
grant execute on function shop.reserve_tickets(uuid, integer), shop.cancel_ticket_reservation(uuid) to sekisho_person;

-- To own a function one must be able to create in its schema: for this moment only.
grant create on schema shop to sekisho_writer;
alter function shop.reserve_tickets(uuid, integer) owner to sekisho_writer;
alter function shop.cancel_ticket_reservation(uuid) owner to sekisho_writer;
revoke create on schema shop from sekisho_writer;
