-- Authorization codes (RFC 6749 §4.1, RFC 7636): 60 seconds, single use, kept a day after use so that a
-- replay is recognised. Redemption is in 20261121001000_code_redemption.sql.

create table oauth.authorization_codes (
  code_hash bytea not null,
  client_id text not null,
  person_id uuid not null,
  redirect_uri text not null,
  resource text not null,
  scope text[] not null,
  authorization_details jsonb not null default '[]',
  code_challenge text not null,
  issued_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at timestamptz,
  family_id uuid,
  constraint authorization_codes_pkey primary key (code_hash),
  constraint a_code_is_kept_as_its_hash check (octet_length(code_hash) = 32),
  constraint a_code_challenge_is_s256 check (code_challenge ~ '^[A-Za-z0-9_-]{43}$'),
  constraint a_code_dies_with_its_client foreign key (client_id)
    references oauth.clients (id) on delete cascade,
  constraint a_code_dies_with_its_person foreign key (person_id)
    references auth.users (id) on delete cascade,
  constraint a_code_dies_with_its_resource foreign key (resource)
    references oauth.resources (identifier) on delete cascade,
  constraint a_used_code_may_outlive_its_family foreign key (family_id)
    references oauth.token_families (id) on delete set null,
  constraint only_a_used_code_has_a_family check (family_id is null or used_at is not null)
);
comment on table oauth.authorization_codes is 'Authorization codes by SHA-256 (RFC 6749 §4.1.2).';
comment on column oauth.authorization_codes.redirect_uri is
  'As sent to authorize: if the token request sends one, it must be equal byte for byte.';
comment on column oauth.authorization_codes.code_challenge is 'BASE64URL(SHA256(verifier)) (RFC 7636 §4.2). Only S256 exists here.';

create index authorization_codes_client_id on oauth.authorization_codes (client_id);
create index authorization_codes_person_id on oauth.authorization_codes (person_id);
create index authorization_codes_family_id on oauth.authorization_codes (family_id);
create index authorization_codes_expires_at on oauth.authorization_codes (expires_at);

alter table oauth.authorization_codes enable row level security;

create function oauth.purge_authorization_codes(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with doomed as (
    select code_hash
    from oauth.authorization_codes
    where expires_at < clock_timestamp()
      and (used_at is null or used_at < clock_timestamp() - interval '24 hours')
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.authorization_codes where code_hash in (select code_hash from doomed) returning code_hash
  )
  select count(*) from gone;
$$;
comment on function oauth.purge_authorization_codes(integer) is
  'Removes codes that expired unused, and used ones a day after their use.';

revoke all on all functions in schema oauth from public;
