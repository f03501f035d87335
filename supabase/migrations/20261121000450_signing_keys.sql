-- Signing keys (RFC 7517): private parts sealed under SEKISHO_SECRET, which is never here; only a check value
-- that tells a wrong secret from the right one. A key is published before it signs and until the last token that it
-- signed has expired; which key signs is decided here, for each token in the transaction that records it.

create table oauth.secret_checks (
  secret_id text not null,
  check_value bytea not null,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint secret_checks_pkey primary key (secret_id),
  constraint a_check_value_is_a_digest check (octet_length(check_value) = 32)
);
comment on table oauth.secret_checks is
  'HMAC of a fixed text under each SEKISHO_SECRET key: a wrong secret is refused at start instead of corrupting anything.';

alter table oauth.secret_checks enable row level security;

create table oauth.signing_keys (
  kid text not null,
  public_jwk jsonb not null,
  sealed_private_key text not null,
  secret_id text not null,
  created_at timestamptz not null default clock_timestamp(),
  signs_from timestamptz not null default clock_timestamp(),
  signs_until timestamptz,
  revoked_at timestamptz,
  constraint signing_keys_pkey primary key (kid),
  constraint a_signing_key_can_be_opened foreign key (secret_id)
    references oauth.secret_checks (secret_id) on delete restrict,
  constraint a_public_key_has_no_private_part check (not public_jwk ? 'd'),
  constraint a_key_is_published_before_it_signs check (signs_from >= created_at),
  constraint a_key_signs_before_it_is_replaced check (signs_until >= signs_from),
  constraint one_key_signs_at_a_time
    exclude using gist (tstzrange(signs_from, signs_until) with &&) where (revoked_at is null) deferrable
);
comment on table oauth.signing_keys is
  'ES256 keys that sign access tokens, with the time in which each does. What is not revoked is published.';
comment on column oauth.signing_keys.sealed_private_key is
  'AES-256-GCM: <secret id>.<iv || ciphertext>; associated data name table, column and row.';
comment on column oauth.signing_keys.signs_until is 'Null until the key that follows is there.';
comment on column oauth.signing_keys.revoked_at is
  'From then on it is not published, and every token that it signed is dead.';

alter table oauth.signing_keys enable row level security;

create function oauth.signing_key_state(p_key oauth.signing_keys, p_at timestamptz)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when p_key.revoked_at <= p_at then 'revoked'
    when p_key.signs_from > p_at then 'next'
    when p_key.signs_until <= p_at then 'retiring'
    else 'active'
  end;
$$;
comment on function oauth.signing_key_state(oauth.signing_keys, timestamptz) is
  'next (published, signs nothing yet), active (signs), retiring (published, signs nothing any more), revoked.';

create function oauth.find_signing_kid(p_at timestamptz)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select kid from oauth.signing_keys as key where oauth.signing_key_state(p_key => key, p_at => p_at) = 'active';
$$;
comment on function oauth.find_signing_kid(timestamptz) is
  'The key that signs at this instant, or null: before the first, or after the revocation of one that no other followed.';

create function oauth.assign_signing_kid()
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_kid text := oauth.find_signing_kid(p_at => clock_timestamp());
begin
  if v_kid is null then
    -- Raising undoes what the transaction consumed: whoever asks again finds it, and by then a key.
    raise exception 'no key signs' using errcode = 'SK503';
  end if;
  return v_kid;
end
$$;
comment on function oauth.assign_signing_kid() is
  'The key that signs a token that is recorded now; aborts the transaction (SK503) when there is none.';

create function oauth.list_signing_keys()
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with published as (
    select key.*, oauth.signing_key_state(p_key => key, p_at => now.at) as state
    from oauth.signing_keys as key
    cross join (select clock_timestamp() as at) as now
    where key.revoked_at is null
  )
  select jsonb_build_object(
    'keys', coalesce(
      jsonb_agg(
        jsonb_build_object(
          'kid', kid,
          'public_jwk', public_jwk,
          'sealed_private_key', case when state <> 'retiring' then sealed_private_key end
        )
        order by array_position(array['active', 'next', 'retiring'], state), signs_from desc
      ),
      '[]'::jsonb
    ),
    'missing', case
      when count(*) filter (where state = 'active') = 0 then 'active'
      when count(*) filter (where state = 'next') = 0 then 'next'
    end
  )
  from published;
$$;
comment on function oauth.list_signing_keys() is
  'Published keys, the one that signs first, with the sealed private part while they may sign; and which key is missing: active, next or none.';

create function oauth.list_verification_keys()
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(public_jwk order by signs_from desc, kid), '[]'::jsonb)
  from oauth.signing_keys
  where revoked_at is null;
$$;
comment on function oauth.list_verification_keys() is
  'Public parts of the published keys (RFC 7517): all that a resource server needs.';

create function oauth.create_signing_key(
  p_kid text,
  p_public_jwk jsonb,
  p_sealed_private_key text,
  p_secret_id text,
  p_days integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  -- Longer than anyone remembers a key set: leases and isolates 10 s, the answer of /oauth/jwks 60 s, common
  -- libraries ten minutes.
  c_least_publication constant interval := interval '10 minutes';
  v_now timestamptz;
  v_active oauth.signing_keys;
  v_signs_from timestamptz;
begin
  -- Single flight: of many isolates that miss a key at once, one wins.
  perform pg_advisory_xact_lock(hashtext('oauth.signing_keys'));
  v_now := clock_timestamp();
  v_signs_from := v_now;
  select * into v_active from oauth.signing_keys where kid = oauth.find_signing_kid(p_at => v_now);
  if found then
    if v_active.signs_until is not null then
      return jsonb_build_object('outcome', 'exists');
    end if;
    v_signs_from := greatest(v_active.signs_from + make_interval(days => p_days), v_now + c_least_publication);
    update oauth.signing_keys set signs_until = v_signs_from where kid = v_active.kid;
  end if;
  insert into oauth.signing_keys (kid, public_jwk, sealed_private_key, secret_id, created_at, signs_from)
  values (p_kid, p_public_jwk, p_sealed_private_key, p_secret_id, v_now, v_signs_from);
  perform oauth.record_event(p_event => 'signing_key_created', p_details => jsonb_build_object('name', p_kid));
  return jsonb_build_object('outcome', 'created');
end
$$;
comment on function oauth.create_signing_key(text, jsonb, text, text, integer) is
  'Records the proposed key if one is missing: at once where none signs, otherwise as the next, which takes over when the one that signs is p_days old. Outcomes: created, exists.';

create function oauth.revoke_signing_key(p_kid text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz;
  v_key oauth.signing_keys;
begin
  perform pg_advisory_xact_lock(hashtext('oauth.signing_keys'));
  v_now := clock_timestamp();
  select * into v_key from oauth.signing_keys where kid = p_kid;
  if not found then
    return jsonb_build_object('outcome', 'unknown');
  end if;

  case oauth.signing_key_state(p_key => v_key, p_at => v_now)
    when 'revoked' then
      return jsonb_build_object('outcome', 'revoked', 'active', oauth.find_signing_kid(p_at => v_now));
    when 'active' then
      update oauth.signing_keys set revoked_at = v_now, signs_until = v_now where kid = p_kid;
      -- Published long ago: whoever verifies knows it already.
      update oauth.signing_keys set signs_from = v_now where signs_from > v_now and revoked_at is null;
    when 'next' then
      update oauth.signing_keys set revoked_at = v_now where kid = p_kid;
      update oauth.signing_keys set signs_until = null where signs_until = v_key.signs_from and revoked_at is null;
    when 'retiring' then
      update oauth.signing_keys set revoked_at = v_now where kid = p_kid;
  end case;
  perform oauth.record_event(p_event => 'signing_key_revoked', p_details => jsonb_build_object('name', p_kid));
  return jsonb_build_object('outcome', 'revoked', 'active', oauth.find_signing_kid(p_at => v_now));
end
$$;
comment on function oauth.revoke_signing_key(text) is
  'For the operator, when a private key leaked: it signs and verifies nothing any more, the next key takes over. Repeating it changes nothing. Outcomes: revoked (with the kid that signs now), unknown.';

revoke all on all functions in schema oauth from public;
grant execute on function
  oauth.list_signing_keys(),
  oauth.create_signing_key(text, jsonb, text, text, integer)
to sekisho_oauth;
