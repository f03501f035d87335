-- Housekeeping: one function removes what is over; pg_cron calls it where that extension exists, otherwise a
-- timer of the server calls the same function.

create function oauth.purge_clients(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with doomed as (
    select id
    from oauth.clients
    where origin <> 'operator'
      and not verified
      and first_used_at is null
      and created_at < clock_timestamp() - interval '90 days'
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.clients where id in (select id from doomed) returning id
  ), stale as (
    select id
    from oauth.clients
    where address_hash is not null and created_at < clock_timestamp() - interval '1 hour'
    limit p_limit
    for no key update skip locked
  ), forgotten as (
    update oauth.clients
    set address_hash = null
    where id in (select id from stale) and id not in (select id from gone)
  )
  select count(*) from gone;
$$;
comment on function oauth.purge_clients(integer) is
  'Forgets where clients registered from once that counts no more. Removes clients that registered or described themselves 90 days ago, never completed a flow and were not approved. Used ones stay: clients replay their id for ever.';

create function oauth.purge_signing_keys(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with doomed as (
    select kid
    from oauth.signing_keys as key
    -- A minute, so that no transaction is left that has chosen the key and not yet recorded its token.
    where (
        revoked_at is null
        and signs_until < clock_timestamp() - interval '1 minute'
        and not exists (
          select from oauth.access_tokens as token where token.kid = key.kid and token.expires_at > clock_timestamp()
        )
      )
      or revoked_at < clock_timestamp() - interval '1 day'
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.signing_keys where kid in (select kid from doomed) returning kid
  )
  select count(*) from gone;
$$;
comment on function oauth.purge_signing_keys(integer) is
  'Removes keys that sign no more and whose last token has expired, and revoked ones after a day.';

create function oauth.purge_expired()
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  -- A run that reaches the statement timeout of its role has removed nothing, and so has the next: it ends of itself
  -- long before, which also keeps its locks short.
  c_limit constant integer := 1000;
  c_most_time constant interval := '2 seconds';
  v_until constant timestamptz := clock_timestamp() + c_most_time;
  v_round jsonb;
  v_removed jsonb := '{}';
begin
  loop
    v_round := jsonb_build_object(
      'authorization_requests', oauth.purge_authorization_requests(c_limit),
      'authorization_codes', oauth.purge_authorization_codes(c_limit),
      'refresh_tokens', oauth.purge_refresh_tokens(c_limit),
      'access_tokens', oauth.purge_access_tokens(c_limit),
      'client_assertions', oauth.purge_client_assertions(c_limit),
      'signing_keys', oauth.purge_signing_keys(c_limit),
      'token_families', oauth.purge_token_families(c_limit),
      'rate_counts', oauth.purge_rate_counts(c_limit),
      'clients', oauth.purge_clients(c_limit),
      'registration_tokens', oauth.purge_registration_tokens(c_limit),
      'api_keys', oauth.purge_api_keys(c_limit),
      'audit_events', oauth.purge_audit_events(c_limit)
    );
    select jsonb_object_agg(round.kind, round.removed::bigint + coalesce((v_removed ->> round.kind)::bigint, 0))
    into v_removed
    from jsonb_each_text(v_round) as round (kind, removed);
    exit when clock_timestamp() >= v_until
      or not exists (select from jsonb_each_text(v_round) as round (kind, removed) where round.removed::bigint >= c_limit);
  end loop;
  return v_removed;
end
$$;
comment on function oauth.purge_expired() is
  'Removes everything that is over, for two seconds at the most; answers how many of each. The next run takes the rest.';

revoke all on all functions in schema oauth from public;
grant execute on function oauth.purge_expired() to sekisho_oauth;

do $$
begin
  if exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron')
    and exists (
      select from pg_catalog.pg_settings
      where name = 'shared_preload_libraries' and setting like '%pg_cron%'
    )
    and exists (select from pg_catalog.pg_settings where name = 'cron.database_name' and setting = current_database())
  then
    create extension if not exists pg_cron with schema pg_catalog;
    -- Five fields: older pg_cron knows no seconds. Upserts by name.
    perform cron.schedule('sekisho-purge', '* * * * *', 'select oauth.purge_expired()');
  end if;
end
$$;
