-- What depends on SEKISHO_SECRET, and how it moves from one key of it to another while everything runs: sealed values
-- name the key that seals them; a key that something needs cannot be left out.

create table oauth.sealed_passwords (
  purpose text not null,
  sealed_password text not null,
  secret_id text not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint sealed_passwords_pkey primary key (purpose),
  constraint a_sealed_password_can_be_opened foreign key (secret_id)
    references oauth.secret_checks (secret_id) on delete restrict
);
comment on table oauth.sealed_passwords is
  'Passwords that the embedded server needs the same in every process, whichever key of SEKISHO_SECRET that has first: derived once, kept sealed.';
comment on column oauth.sealed_passwords.sealed_password is 'As oauth.signing_keys.sealed_private_key.';

alter table oauth.sealed_passwords enable row level security;

create function oauth.keep_sealed_password(p_purpose text, p_sealed_password text, p_secret_id text)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into oauth.sealed_passwords (purpose, sealed_password, secret_id)
  values (p_purpose, p_sealed_password, p_secret_id)
  on conflict (purpose) do nothing;
  return (select sealed_password from oauth.sealed_passwords where purpose = p_purpose);
end
$$;
comment on function oauth.keep_sealed_password(text, text, text) is
  'The sealed password of this purpose: the proposed one if there was none.';

create function oauth.list_sealed_values()
returns table (place_table text, place_column text, place_row text, sealed text, secret_id text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select 'oauth.signing_keys', 'sealed_private_key', key.kid, key.sealed_private_key, key.secret_id
  from oauth.signing_keys as key
  -- What can never sign again is never opened again.
  where oauth.signing_key_state(p_key => key, p_at => statement_timestamp()) in ('active', 'next')
  union all
  select 'oauth.sealed_passwords', 'sealed_password', purpose, sealed_password, sealed_passwords.secret_id
  from oauth.sealed_passwords
  order by 1, 2, 3;
$$;
comment on function oauth.list_sealed_values() is
  'Everything that some process may still open under SEKISHO_SECRET, with the place that is bound into it.';

create function oauth.reseal_value(
  p_table text,
  p_row text,
  p_sealed_before text,
  p_sealed text,
  p_secret_id text
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  case p_table
    when 'oauth.signing_keys' then
      update oauth.signing_keys
      set sealed_private_key = p_sealed, secret_id = p_secret_id
      where kid = p_row and sealed_private_key = p_sealed_before;
    when 'oauth.sealed_passwords' then
      update oauth.sealed_passwords
      set sealed_password = p_sealed, secret_id = p_secret_id
      where purpose = p_row and sealed_password = p_sealed_before;
  end case;
  return found;
end
$$;
comment on function oauth.reseal_value(text, text, text, text, text) is
  'Replaces a sealed value by the same sealed under another secret; false when it is not what it was read as.';

create function oauth.check_secrets(p_secret_ids text[], p_check_values bytea[])
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
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
  elsif exists (select from oauth.list_sealed_values() where not secret_id = any (p_secret_ids)) then
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
  'Whether the given secrets are those that this database knows and needs. Outcomes: fits, which records what is new; without recording anything differs, missing.';

revoke all on all functions in schema oauth from public;
grant execute on function oauth.check_secrets(text[], bytea[]) to sekisho_oauth;
