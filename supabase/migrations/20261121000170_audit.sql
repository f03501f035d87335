-- The audit trail: what clients, people and the operator did, one row per event, written in the transaction that it
-- tells of: what was rolled back was never told. Rows are only added, and go after 90 days (docs/adr/0020).

create table oauth.audit_events (
  occurred_at timestamptz not null default clock_timestamp(),
  id bigint generated always as identity,
  event text not null,
  client_id text,
  person_id uuid,
  resource text,
  family_id uuid,
  request_id text,
  address_prefix cidr,
  details jsonb not null default '{}',
  constraint audit_events_pkey primary key (occurred_at, id),
  constraint an_audit_event_is_known check (event in (
    'api_key_created', 'api_key_revoked', 'authorization_requested', 'client_blocked', 'client_drifted',
    'client_keys_changed', 'client_name_borrowed', 'client_registered', 'client_unblocked', 'client_unverified',
    'client_verified', 'code_issued', 'code_replayed', 'consented', 'denied', 'rate_limited', 'refresh_replayed',
    'registration_token_created', 'registration_token_revoked', 'request_refused', 'signing_key_created',
    'signing_key_revoked', 'tokens_issued', 'tokens_refreshed', 'tokens_revoked'
  )),
  -- A shape without a place for codes, tokens, secrets, addresses or anything else that a caller made up.
  constraint audit_details_have_known_members_only check (
    jsonb_typeof(details) = 'object'
    and details - '{because,changed,grant,name,origin,reason,scope}'::text[] = '{}'
  ),
  constraint an_address_is_kept_as_its_prefix
    check (masklen(address_prefix) <= case family(address_prefix) when 4 then 24 else 48 end)
);
comment on table oauth.audit_events is
  'Every authentication event for 90 days. Append-only, also for its owner. No reference to other tables: the trail outlives what it tells of.';
comment on column oauth.audit_events.person_id is
  'Kept when the person is erased: a number that leads to nobody any more (docs/adr/0020).';
comment on column oauth.audit_events.address_prefix is
  'Of the caller''s address 24 bits of IPv4 or 48 of IPv6: a network, not a household. Null where no address is known.';
comment on column oauth.audit_events.details is
  'because (a revocation), reason (a refusal), grant and scope (what was issued), changed (what drifted), origin (of a client), name (of an API key, of a registration token, of a signing key).';

-- For a person's own rows, and for everything about a client.
create index audit_events_person_id on oauth.audit_events (person_id, occurred_at) where person_id is not null;
create index audit_events_client_id on oauth.audit_events (client_id, occurred_at);
-- How much of a client's last hour anybody may have caused: see oauth.record_event.
create index audit_events_anybodys on oauth.audit_events (client_id, occurred_at)
  where event in ('authorization_requested', 'code_replayed', 'rate_limited', 'request_refused');

alter table oauth.audit_events enable row level security;

create function oauth.keep_audit_events()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' and old.occurred_at < clock_timestamp() - interval '90 days' then
    return old;
  end if;
  raise exception 'audit events are only added; they go after 90 days' using errcode = 'SK403';
end
$$;
comment on function oauth.keep_audit_events() is
  'Refuses every change of an audit event, and its removal before its time, whoever asks. Private to this schema.';

create trigger audit_events_are_only_added before update or delete on oauth.audit_events
  for each row execute function oauth.keep_audit_events();
create trigger audit_events_are_not_emptied before truncate on oauth.audit_events
  for each statement execute function oauth.keep_audit_events();
-- Also where session_replication_role says that triggers are for others.
alter table oauth.audit_events enable always trigger audit_events_are_only_added;
alter table oauth.audit_events enable always trigger audit_events_are_not_emptied;

create table oauth.audit_counts (
  hour timestamptz not null,
  event text not null,
  reason text not null,
  count bigint not null,
  constraint audit_counts_pkey primary key (hour, event, reason),
  constraint an_audit_count_counts check (count > 0)
);
comment on table oauth.audit_counts is
  'Events that are counted instead of kept one by one: of clients that do not exist, and beyond a thousand an hour of one client.';

alter table oauth.audit_counts enable row level security;

create function oauth.assume_origin(p_request_id text, p_address text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_address inet;
begin
  if p_address is not null then
    begin
      v_address := p_address::inet;
      -- The same computer, whichever way it came (RFC 4291 §2.5.5.2).
      if v_address <<= '::ffff:0:0/96' then
        v_address := substring(host(v_address) from '[^:]+$')::inet;
      end if;
    exception when invalid_text_representation then
      v_address := null;
    end;
  end if;
  perform set_config('oauth.request_id', coalesce(p_request_id, ''), true);
  perform set_config(
    'oauth.address_prefix',
    coalesce(network(set_masklen(v_address, case family(v_address) when 4 then 24 else 48 end))::text, ''),
    true
  );
end
$$;
comment on function oauth.assume_origin(text, text) is
  'Whose request this transaction carries out: what audit events of it say. Of the address only the prefix is remembered; what is no address is none.';

create function oauth.record_event(
  p_event text,
  p_client_id text default null,
  p_person_id uuid default null,
  p_resource text default null,
  p_family_id uuid default null,
  p_details jsonb default '{}'
)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  c_most_an_hour constant integer := 1000;
  v_now timestamptz := clock_timestamp();
begin
  -- What costs its causer nothing must not fill the disk. Nothing that changed what somebody holds is among it.
  if p_event in ('authorization_requested', 'code_replayed', 'rate_limited', 'request_refused') and (
    not exists (select from oauth.clients where id = p_client_id)
    or c_most_an_hour <= (
      select count(*)
      from (
        select
        from oauth.audit_events
        where client_id = p_client_id
          and occurred_at > v_now - interval '1 hour'
          and event in ('authorization_requested', 'code_replayed', 'rate_limited', 'request_refused')
        limit c_most_an_hour
      ) as recent
    )
  ) then
    insert into oauth.audit_counts as counted (hour, event, reason, count)
    values (date_trunc('hour', v_now, 'UTC'), p_event, coalesce(p_details ->> 'reason', ''), 1)
    on conflict (hour, event, reason) do update set count = counted.count + 1;
    return;
  end if;
  insert into oauth.audit_events (
    occurred_at, event, client_id, person_id, resource, family_id, request_id, address_prefix, details
  )
  values (
    v_now, p_event, p_client_id, p_person_id, p_resource, p_family_id,
    nullif(current_setting('oauth.request_id', true), ''),
    nullif(current_setting('oauth.address_prefix', true), '')::cidr,
    jsonb_strip_nulls(p_details)
  );
end
$$;
comment on function oauth.record_event(text, text, uuid, text, uuid, jsonb) is
  'Tells the audit trail what this transaction does. What anybody can cause is counted instead where its client does not exist or was told of a thousand times within the hour. The last thing that a transaction locks. Private to this schema.';

create function oauth.record_refusal(p_client_id text, p_reason text)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select oauth.record_event(
    p_event => 'request_refused', p_client_id => p_client_id, p_details => jsonb_build_object('reason', p_reason)
  );
$$;
comment on function oauth.record_refusal(text, text) is
  'Records that somebody who claims to be this client could not prove it (RFC 6749 §5.2 invalid_client), and why.';

create function oauth.refuse(p_reason text, p_client_id text default null, p_person_id uuid default null)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform oauth.record_event(
    p_event => 'request_refused',
    p_client_id => p_client_id,
    p_person_id => p_person_id,
    p_details => jsonb_build_object('reason', p_reason)
  );
  return jsonb_build_object('outcome', p_reason);
end
$$;
comment on function oauth.refuse(text, text, uuid) is
  'The answer of a function that refuses, told to the audit trail. Private to this schema.';

create function oauth.refuse_for_now(
  p_reason text,
  p_wait_seconds integer,
  p_client_id text default null,
  p_person_id uuid default null
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform oauth.record_event(
    p_event => 'rate_limited',
    p_client_id => p_client_id,
    p_person_id => p_person_id,
    p_details => jsonb_build_object('reason', p_reason)
  );
  return jsonb_build_object('outcome', 'limited', 'retry_after_seconds', p_wait_seconds);
end
$$;
comment on function oauth.refuse_for_now(text, integer, text, uuid) is
  'The answer to whoever has asked enough for this hour, told to the audit trail with the bucket as its reason.';

create function oauth.purge_audit_events(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with doomed as (
    select occurred_at, id
    from oauth.audit_events
    where occurred_at < clock_timestamp() - interval '90 days'
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.audit_events as audited
    using doomed
    where audited.occurred_at = doomed.occurred_at and audited.id = doomed.id
    returning 1
  ), doomed_counts as (
    select hour, event, reason
    from oauth.audit_counts
    where hour < clock_timestamp() - interval '90 days'
    limit p_limit
    for update skip locked
  ), gone_counts as (
    delete from oauth.audit_counts as counted
    using doomed_counts as doomed
    where counted.hour = doomed.hour and counted.event = doomed.event and counted.reason = doomed.reason
    returning 1
  )
  select (select count(*) from gone) + (select count(*) from gone_counts);
$$;
comment on function oauth.purge_audit_events(integer) is
  'Removes what the audit trail told 90 days ago: the only way out of it.';

revoke all on all functions in schema oauth from public;
grant execute on function
  oauth.assume_origin(text, text),
  oauth.record_refusal(text, text),
  oauth.refuse_for_now(text, integer, text, uuid)
to sekisho_oauth;
