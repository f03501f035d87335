-- Refresh tokens (RFC 6749 §6, RFC 9700 §4.14): rotate on every use, one live successor per family. The
-- successor lies here only sealed under the token that was presented for it, and only while a replay may ask for it.

create table oauth.refresh_tokens (
  token_hash bytea not null,
  family_id uuid not null,
  generation integer not null,
  issued_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  rotated_at timestamptz,
  successor_hash bytea,
  sealed_successor text,
  replay_until timestamptz,
  replay_count integer not null default 0,
  constraint refresh_tokens_pkey primary key (token_hash),
  constraint a_refresh_token_is_kept_as_its_hash check (octet_length(token_hash) = 32),
  constraint a_refresh_token_dies_with_its_family foreign key (family_id)
    references oauth.token_families (id) on delete cascade,
  constraint a_generation_has_one_refresh_token unique (family_id, generation),
  constraint a_rotated_token_has_a_successor check ((rotated_at is null) = (successor_hash is null)),
  constraint only_a_rotated_token_seals_a_successor check (sealed_successor is null or rotated_at is not null)
);
comment on table oauth.refresh_tokens is 'Refresh tokens by SHA-256, every generation of a family (RFC 6749 §6).';
comment on column oauth.refresh_tokens.sealed_successor is
  'AES-256-GCM under a key derived from the presented token: opens for whoever holds that token, for nobody who holds only this table.';
comment on column oauth.refresh_tokens.replay_until is
  'Until then a second presentation is a lost answer or a race, afterwards a theft (RFC 9700 §4.14.2).';

create unique index a_family_has_one_live_refresh_token on oauth.refresh_tokens (family_id) where rotated_at is null;
create index refresh_tokens_sealed on oauth.refresh_tokens (replay_until) where sealed_successor is not null;
create index refresh_tokens_rotated on oauth.refresh_tokens (expires_at) where rotated_at is not null;

alter table oauth.refresh_tokens enable row level security;

create function oauth.rotate_refresh_token(
  p_token_hash bytea,
  p_client oauth.client_proof,
  p_resource text,
  p_scope text[],
  p_successor_hash bytea,
  p_sealed_successor text,
  p_refresh_token_seconds integer,
  p_replay_seconds integer,
  p_jti text,
  p_access_token_seconds integer,
  p_wait_seconds integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_admission text;
  c_most_replays constant integer := 100;
  v_token oauth.refresh_tokens;
  v_successor oauth.refresh_tokens;
  v_family oauth.token_families;
  v_now timestamptz;
  v_scope text[];
  v_details jsonb;
  v_kid text;
  v_outcome text;
  v_sealed_successor text;
begin
  v_admission := oauth.admit_client(p_client => p_client);
  if v_admission <> 'admitted' then
    return jsonb_build_object('outcome', v_admission);
  end if;

  -- The family first, then the token again: rotation, replay and revocation of one family never interleave.
  select family_id into v_token.family_id from oauth.refresh_tokens where token_hash = p_token_hash;
  if not found then
    return oauth.refuse(p_reason => 'not_found', p_client_id => p_client.client_id);
  end if;
  select * into v_family from oauth.token_families where id = v_token.family_id for update;
  if not found then
    return oauth.refuse(p_reason => 'not_found', p_client_id => p_client.client_id);
  end if;
  select * into v_token from oauth.refresh_tokens where token_hash = p_token_hash;
  v_now := clock_timestamp();
  v_scope := oauth.expand_scope(p_scope => coalesce(p_scope, v_family.scope), p_offered => v_family.scope);

  if v_family.client_id <> p_client.client_id then
    return oauth.refuse(p_reason => 'client_mismatch', p_client_id => p_client.client_id, p_person_id => v_family.person_id);
  elsif v_family.key_bound and p_client.key is null then
    return oauth.refuse(p_reason => 'key_required', p_client_id => p_client.client_id, p_person_id => v_family.person_id);
  elsif v_family.revoked_at is not null then
    return oauth.refuse(p_reason => 'revoked', p_client_id => p_client.client_id, p_person_id => v_family.person_id);
  elsif not oauth.person_is_active(v_family.person_id) then
    return oauth.refuse(p_reason => 'person_inactive', p_client_id => p_client.client_id, p_person_id => v_family.person_id);
  -- A replay window outlasts its token: an answer that was lost in the last minute can still be asked for.
  elsif greatest(v_token.expires_at, v_token.replay_until) <= v_now then
    return oauth.refuse(p_reason => 'expired', p_client_id => p_client.client_id, p_person_id => v_family.person_id);
  elsif p_resource <> v_family.resource then
    return oauth.refuse(p_reason => 'resource_mismatch', p_client_id => p_client.client_id, p_person_id => v_family.person_id);
  elsif cardinality(v_scope) = 0 or exists (
    -- A wildcard means what the family has of it; a name that it has not is more than was granted.
    select from unnest(p_scope) as asked (name)
    where not oauth.scope_is_wildcard(asked.name) and asked.name <> all (v_family.scope)
  ) then
    return oauth.refuse(p_reason => 'scope_exceeded', p_client_id => p_client.client_id, p_person_id => v_family.person_id);
  end if;

  if v_token.rotated_at is not null then
    select * into v_successor from oauth.refresh_tokens where token_hash = v_token.successor_hash;
    if v_now >= v_token.replay_until or v_successor.rotated_at is not null or v_token.sealed_successor is null then
      perform oauth.revoke_token_family(p_family_id => v_family.id, p_because => 'refresh token reused');
      return jsonb_build_object('outcome', 'reused');
    elsif v_token.replay_count >= c_most_replays then
      return oauth.refuse(p_reason => 'replays_exhausted', p_client_id => p_client.client_id, p_person_id => v_family.person_id);
    end if;
  end if;
  -- Only here: a token that is dead or stolen gets its own answer, however much was asked.
  if p_wait_seconds is not null then
    return oauth.refuse_for_now(
      p_reason => 'refresh_token',
      p_wait_seconds => p_wait_seconds,
      p_client_id => p_client.client_id,
      p_person_id => v_family.person_id
    );
  end if;

  if v_token.rotated_at is null then
    update oauth.refresh_tokens
    set rotated_at = v_now,
        successor_hash = p_successor_hash,
        sealed_successor = case when p_replay_seconds > 0 then p_sealed_successor end,
        replay_until = v_now + make_interval(secs => p_replay_seconds)
    where token_hash = p_token_hash;
    insert into oauth.refresh_tokens (token_hash, family_id, generation, issued_at, expires_at)
    values (
      p_successor_hash, v_family.id, v_token.generation + 1, v_now,
      v_now + make_interval(secs => p_refresh_token_seconds)
    );
    -- The token presented now was itself a successor: nobody may ask for it again.
    update oauth.refresh_tokens
    set sealed_successor = null
    where family_id = v_family.id and generation = v_token.generation - 1;
    v_outcome := 'rotated';
  else
    update oauth.refresh_tokens set replay_count = replay_count + 1 where token_hash = p_token_hash;
    v_sealed_successor := v_token.sealed_successor;
    v_outcome := 'replayed';
  end if;

  select oauth.details_within_scope(p_scopes => scopes, p_scope => v_scope, p_details => v_family.authorization_details)
  into v_details
  from oauth.resources
  where identifier = v_family.resource;
  -- A replay gets the successor with its expiry unchanged, and an access token of its own.
  insert into oauth.access_tokens (
    jti, family_id, client_id, person_id, resource, scope, authorization_details, issued_at, expires_at
  )
  values (
    p_jti, v_family.id, v_family.client_id, v_family.person_id, v_family.resource, v_scope,
    v_details, v_now, v_now + make_interval(secs => p_access_token_seconds)
  )
  returning kid into v_kid;
  update oauth.token_families
  set last_used_at = v_now,
      key_bound = key_bound or p_client.key is not null,
      expires_at = greatest(
        expires_at,
        v_now + make_interval(secs => p_access_token_seconds),
        case when v_outcome = 'rotated' then v_now + make_interval(secs => p_refresh_token_seconds) end
      )
  where id = v_family.id;
  perform oauth.record_event(
    p_event => case v_outcome when 'rotated' then 'tokens_refreshed' else 'refresh_replayed' end,
    p_client_id => v_family.client_id,
    p_person_id => v_family.person_id,
    p_resource => v_family.resource,
    p_family_id => v_family.id,
    p_details => jsonb_build_object('scope', v_scope)
  );

  return jsonb_build_object(
    'outcome', v_outcome,
    'person_id', v_family.person_id,
    'resource', v_family.resource,
    'scope', v_scope,
    'authorization_details', v_details,
    'issued_at', floor(extract(epoch from v_now)),
    'kid', v_kid,
    'sealed_successor', v_sealed_successor
  );
end
$$;
comment on function
  oauth.rotate_refresh_token(bytea, oauth.client_proof, text, text[], bytea, text, integer, integer, text, integer, integer) is
  'Refreshes (RFC 6749 §6), unless its family has to wait (p_wait_seconds). Outcomes: rotated, replayed; without consuming anything client_changed, assertion_replayed, not_found, client_mismatch, key_required, revoked, person_inactive, expired, resource_mismatch, scope_exceeded, replays_exhausted, limited (with retry_after_seconds); and reused, which revokes the family (RFC 9700 §4.14.2).';

create function oauth.purge_refresh_tokens(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with over as (
    select token_hash
    from oauth.refresh_tokens
    where sealed_successor is not null and replay_until < clock_timestamp()
    limit p_limit
    for update skip locked
  ), erased as (
    update oauth.refresh_tokens
    set sealed_successor = null
    where token_hash in (select token_hash from over)
    returning token_hash
  ), doomed as (
    select token_hash
    from oauth.refresh_tokens
    where rotated_at is not null and sealed_successor is null and expires_at < clock_timestamp()
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.refresh_tokens where token_hash in (select token_hash from doomed) returning token_hash
  )
  select (select count(*) from erased) + (select count(*) from gone);
$$;
comment on function oauth.purge_refresh_tokens(integer) is
  'Erases sealed successors whose replay window is over, and removes rotated tokens past their expiry: until then an old token must be recognised.';

revoke all on all functions in schema oauth from public;
grant execute on function
  oauth.rotate_refresh_token(bytea, oauth.client_proof, text, text[], bytea, text, integer, integer, text, integer, integer)
to sekisho_oauth;
