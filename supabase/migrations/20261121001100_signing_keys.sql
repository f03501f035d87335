-- Signing keys (RFC 7517): private parts sealed under SEKISHO_SECRET, which is never here; only a check value
-- that tells a wrong secret from the right one.

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
  retired_at timestamptz,
  constraint signing_keys_pkey primary key (kid),
  constraint a_signing_key_can_be_opened foreign key (secret_id)
    references oauth.secret_checks (secret_id) on delete restrict,
  constraint a_public_key_has_no_private_part check (not public_jwk ? 'd')
);
comment on table oauth.signing_keys is 'ES256 keys that sign access tokens. The youngest that is not retired signs.';
comment on column oauth.signing_keys.sealed_private_key is
  'AES-256-GCM: <secret id>.<iv || ciphertext>; associated data name table, column and row.';

alter table oauth.signing_keys enable row level security;

create function oauth.check_secrets(p_secret_ids text[], p_check_values bytea[])
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  -- One caller at a time: two new secrets of the same id must not both fit.
  perform pg_advisory_xact_lock(hashtext('oauth.check_secrets'));
  if exists (
    select
    from unnest(p_secret_ids, p_check_values) as given (secret_id, check_value)
    join oauth.secret_checks as known on known.secret_id = given.secret_id
    where known.check_value <> given.check_value
  ) then
    return jsonb_build_object('outcome', 'differs');
  elsif exists (select from oauth.signing_keys where retired_at is null and not secret_id = any (p_secret_ids)) then
    return jsonb_build_object('outcome', 'missing');
  end if;
  -- Only now: a value remembered from a refused attempt would refuse the right one.
  insert into oauth.secret_checks (secret_id, check_value)
  select given.secret_id, given.check_value
  from unnest(p_secret_ids, p_check_values) as given (secret_id, check_value)
  on conflict (secret_id) do nothing;
  return jsonb_build_object('outcome', 'fits');
end
$$;
comment on function oauth.check_secrets(text[], bytea[]) is
  'Whether the given secrets are those that this database knows. Outcomes: fits, which records what is new; without recording anything differs, missing.';

create function oauth.list_signing_keys()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object('kid', kid, 'public_jwk', public_jwk, 'sealed_private_key', sealed_private_key)
      order by created_at desc, kid
    ),
    '[]'::jsonb
  )
  from oauth.signing_keys
  where retired_at is null;
$$;
comment on function oauth.list_signing_keys() is 'Keys in use, the one that signs first.';

create function oauth.list_verification_keys()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(public_jwk order by created_at desc, kid), '[]'::jsonb)
  from oauth.signing_keys
  where retired_at is null;
$$;
comment on function oauth.list_verification_keys() is 'Public parts of the keys in use (RFC 7517): all that a resource server needs.';

create function oauth.create_first_signing_key(
  p_kid text,
  p_public_jwk jsonb,
  p_sealed_private_key text,
  p_secret_id text
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  -- Single flight: of many isolates that meet an empty table at once, one key wins.
  perform pg_advisory_xact_lock(hashtext('oauth.create_first_signing_key'));
  if exists (select from oauth.signing_keys where retired_at is null) then
    return jsonb_build_object('outcome', 'exists');
  end if;
  insert into oauth.signing_keys (kid, public_jwk, sealed_private_key, secret_id)
  values (p_kid, p_public_jwk, p_sealed_private_key, p_secret_id);
  perform oauth.record_event(p_event => 'signing_key_created');
  return jsonb_build_object('outcome', 'created');
end
$$;
comment on function oauth.create_first_signing_key(text, jsonb, text, text) is
  'Records the proposed key if there is none in use. Outcomes: created, exists.';

revoke all on all functions in schema oauth from public;
grant execute on function
  oauth.check_secrets(text[], bytea[]),
  oauth.list_signing_keys(),
  oauth.create_first_signing_key(text, jsonb, text, text)
to sekisho_oauth;
