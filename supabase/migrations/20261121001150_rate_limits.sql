-- Rate limits: how much of something happened in the last hour, minute by minute. One row per bucket and subject; a
-- subject is kept as a hash, because some are addresses of people.

create table oauth.rate_counts (
  bucket text not null,
  subject_hash bytea not null,
  minute bigint not null,
  counts integer[] not null,
  constraint rate_counts_pkey primary key (bucket, subject_hash),
  constraint a_subject_is_kept_as_its_hash check (octet_length(subject_hash) = 32),
  -- The current minute, which has only begun, and sixty whole ones: no hour ever holds more than the limit.
  constraint an_hour_is_counted_in_sixty_one_minutes check (cardinality(counts) = 61)
) with (fillfactor = 60);
comment on table oauth.rate_counts is 'What was counted in the last hour, by bucket and subject.';
comment on column oauth.rate_counts.minute is 'Minutes since the epoch of the first count; the others lie before it.';

create index rate_counts_minute on oauth.rate_counts (minute);

alter table oauth.rate_counts enable row level security;

create function oauth.lease_from_limit(
  p_bucket text,
  p_subject text,
  p_limit integer,
  p_wanted integer,
  p_returned integer,
  p_returned_minute bigint
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  c_minutes constant integer := 61;
  c_none constant integer[] := array_fill(0, array[c_minutes]);
  v_subject_hash bytea := sha256(convert_to(p_subject, 'UTF8'));
  v_row oauth.rate_counts;
  v_seconds bigint;
  v_minute bigint;
  v_counts integer[];
  v_left integer;
  v_leased integer;
begin
  insert into oauth.rate_counts (bucket, subject_hash, minute, counts)
  values (p_bucket, v_subject_hash, floor(extract(epoch from clock_timestamp()) / 60), c_none)
  on conflict do nothing;
  select * into v_row from oauth.rate_counts where bucket = p_bucket and subject_hash = v_subject_hash for update;
  v_seconds := floor(extract(epoch from clock_timestamp()));
  -- Never back, whatever the clock does.
  v_minute := greatest(v_seconds / 60, v_row.minute);

  v_counts := case
    when v_minute - v_row.minute >= c_minutes then c_none
    when v_minute > v_row.minute then
      array_fill(0, array[(v_minute - v_row.minute)::integer])
        || v_row.counts[1:c_minutes - (v_minute - v_row.minute)::integer]
    else v_row.counts
  end;
  if p_returned > 0 and p_returned_minute between v_minute - c_minutes + 1 and v_minute then
    v_counts[(v_minute - p_returned_minute + 1)::integer] :=
      greatest(0, v_counts[(v_minute - p_returned_minute + 1)::integer] - p_returned);
  end if;

  v_left := greatest(0, p_limit - (select sum(count) from unnest(v_counts) as count));
  -- The less is left, the smaller the leases: what others hold unused must not cost anybody his last calls.
  v_leased := least(p_wanted, v_left, greatest(1, v_left / 20));
  v_counts[1] := v_counts[1] + v_leased;
  update oauth.rate_counts
  set minute = v_minute, counts = v_counts
  where bucket = p_bucket and subject_hash = v_subject_hash;

  return jsonb_build_object(
    'leased', v_leased,
    'minute', v_minute,
    -- When the oldest minute in which anything was counted leaves the hour.
    'retry_after_seconds', case when v_leased = 0 then (
      select coalesce((c_minutes + 1 - max(place)) * 60 - v_seconds % 60, 60)
      from unnest(v_counts) with ordinality as counted (count, place)
      where count > 0
    ) end
  );
end
$$;
comment on function oauth.lease_from_limit(text, text, integer, integer, integer, bigint) is
  'Takes up to so many from what a subject may do in an hour, after giving back what an earlier lease left over. Exact under concurrency. Answers leased (0 when nothing is left), the minute to give back to, and when to try again.';

create function oauth.lease_request(p_bucket text, p_subject text, p_limit integer)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_lease jsonb;
begin
  -- Counting is the whole transaction, and a count that a crash forgets is no loss worth a flush per request.
  perform set_config('synchronous_commit', 'off', true);
  v_lease := oauth.lease_from_limit(
    p_bucket => p_bucket, p_subject => p_subject, p_limit => p_limit, p_wanted => 1, p_returned => 0,
    p_returned_minute => 0
  );
  return (v_lease ->> 'retry_after_seconds')::integer;
end
$$;
comment on function oauth.lease_request(text, text, integer) is
  'Counts one request of a subject, as a transaction of its own. Null when it is within the limit, otherwise the seconds until another may be.';

create function oauth.lease_refusal(p_kind text, p_client_id text, p_address text, p_limit integer)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wait_seconds integer;
begin
  v_wait_seconds := oauth.lease_request(
    p_bucket => 'refused ' || p_kind,
    -- Anybody can make up ids: those of no client share one count, so that there are never more rows than clients
    -- and addresses.
    p_subject => p_address || coalesce(' ' || (select id from oauth.clients where id = p_client_id), ''),
    p_limit => p_limit
  );
  if v_wait_seconds is null then
    return jsonb_build_object('outcome', 'counted');
  end if;
  return oauth.refuse_for_now(
    p_reason => 'refused ' || p_kind, p_wait_seconds => v_wait_seconds, p_client_id => p_client_id
  );
end
$$;
comment on function oauth.lease_refusal(text, text, text, integer) is
  'Counts a refused request of a client from an address, by kind of request. Outcomes: counted, limited (with retry_after_seconds): there were enough in this hour.';

create function oauth.lease_document(p_client_id text, p_address text, p_limit integer)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wait_seconds integer;
begin
  v_wait_seconds := oauth.lease_request(p_bucket => 'document', p_subject => p_address, p_limit => p_limit);
  if v_wait_seconds is null then
    return jsonb_build_object('outcome', 'counted');
  end if;
  return oauth.refuse_for_now(p_reason => 'document', p_wait_seconds => v_wait_seconds, p_client_id => p_client_id);
end
$$;
comment on function oauth.lease_document(text, text, integer) is
  'Counts a fetch of a client''s document for an address, before it is made. Outcomes: counted, limited (with retry_after_seconds).';

create function oauth.purge_rate_counts(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with doomed as (
    select bucket, subject_hash
    from oauth.rate_counts
    where minute < floor(extract(epoch from clock_timestamp()) / 60) - 61
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.rate_counts as counted
    using doomed
    where counted.bucket = doomed.bucket and counted.subject_hash = doomed.subject_hash
    returning 1
  )
  select count(*) from gone;
$$;
comment on function oauth.purge_rate_counts(integer) is 'Removes counts of more than an hour ago: they limit nothing.';

revoke all on all functions in schema oauth from public;
grant execute on function
  oauth.lease_request(text, text, integer),
  oauth.lease_refusal(text, text, text, integer),
  oauth.lease_document(text, text, integer)
to sekisho_oauth;
