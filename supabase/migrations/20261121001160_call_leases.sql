-- Call leases: how a resource server asks about a token. One answer is good for a few calls and seconds: whether the
-- token is alive, how many calls its person may still make, and which keys sign at this moment.

create function oauth.lease_calls_for(
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
  v_lease jsonb;
begin
  if p_limit = 0 then
    return jsonb_build_object('outcome', 'leased', 'leased', p_wanted, 'minute', 0);
  end if;
  -- Counting is the whole transaction, and a count that a crash forgets is no loss worth a flush per call.
  perform set_config('synchronous_commit', 'off', true);
  v_lease := oauth.lease_from_limit(
    p_bucket => 'calls',
    p_subject => p_subject,
    p_limit => p_limit,
    p_wanted => p_wanted,
    p_returned => p_returned,
    p_returned_minute => p_returned_minute
  );
  return v_lease || jsonb_build_object(
    'outcome', case when (v_lease ->> 'leased')::integer > 0 then 'leased' else 'limited' end
  );
end
$$;
comment on function oauth.lease_calls_for(text, integer, integer, integer, bigint) is
  'Leases calls of whoever is counted. A limit of 0 is none. Outcomes: leased, limited (with retry_after_seconds). Private to this schema.';

create function oauth.lease_calls(
  p_jti text,
  p_resource text,
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
  v_keys jsonb := oauth.list_verification_keys();
  v_token oauth.access_tokens;
begin
  select * into v_token from oauth.find_live_access_token(p_jti => p_jti, p_resource => p_resource);
  if not found then
    return jsonb_build_object('outcome', 'dead', 'keys', v_keys);
  end if;
  return oauth.lease_calls_for(
    p_subject => coalesce(v_token.person_id::text, v_token.client_id),
    p_limit => p_limit,
    p_wanted => p_wanted,
    p_returned => p_returned,
    p_returned_minute => p_returned_minute
  ) || jsonb_build_object('keys', v_keys);
end
$$;
comment on function oauth.lease_calls(text, text, integer, integer, integer, bigint) is
  'Leases calls of a token''s person, or of a client in its own name. A limit of 0 is none. Outcomes: leased, limited (with retry_after_seconds), dead; each with the keys in use.';

revoke all on all functions in schema oauth from public;
grant execute on function oauth.lease_calls(text, text, integer, integer, integer, bigint) to sekisho_mcp;
