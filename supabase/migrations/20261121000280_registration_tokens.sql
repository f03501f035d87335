-- Registration tokens (initial access tokens, RFC 7591 §1.2 and §3): what a client must present to register itself where
-- REGISTRATION=token. The operator makes and revokes them; the authorization server can only use them up.

create table oauth.registration_tokens (
  token_hash bytea not null,
  name text not null,
  most_uses integer not null,
  uses integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  constraint registration_tokens_pkey primary key (token_hash),
  constraint a_registration_token_is_kept_as_its_hash check (octet_length(token_hash) = 32),
  constraint a_registration_token_has_a_name_of_its_own unique (name),
  constraint a_registration_token_is_named check (length(name) between 1 and 200),
  constraint a_registration_token_has_a_bound check (most_uses between 1 and 1000000),
  constraint a_registration_token_is_used_within_its_bound check (uses between 0 and most_uses),
  constraint a_registration_token_lives_a_year_at_most
    check (expires_at > created_at and expires_at <= created_at + interval '366 days')
);
comment on table oauth.registration_tokens is
  'Initial access tokens (RFC 7591 §3) by SHA-256, with the name that the operator knows them by.';

create index registration_tokens_expires_at on oauth.registration_tokens (expires_at);

alter table oauth.registration_tokens enable row level security;

create function oauth.create_registration_token(p_name text, p_lifetime interval, p_most_uses integer)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  -- More than 240 random bits, from Postgres itself. Named, so that one that lies about is recognised; and never with
  -- the beginning sb_, which the gateways of Supabase take for a key of theirs.
  v_token text := 'registration_' || rtrim(
    translate(
      encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'), '+/', '-_'
    ),
    '='
  );
  v_now timestamptz := clock_timestamp();
begin
  insert into oauth.registration_tokens (token_hash, name, most_uses, created_at, expires_at)
  values (sha256(convert_to(v_token, 'UTF8')), p_name, p_most_uses, v_now, v_now + p_lifetime);
  perform oauth.record_event(
    p_event => 'registration_token_created', p_details => jsonb_build_object('name', p_name)
  );
  return v_token;
end
$$;
comment on function oauth.create_registration_token(text, interval, integer) is
  'For the operator: makes a token with which this many clients may register for this long. It is told here and never again.';

create function oauth.revoke_registration_token(p_name text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update oauth.registration_tokens
  set revoked_at = clock_timestamp()
  where name = p_name and revoked_at is null;
  if not found then
    return false;
  end if;
  perform oauth.record_event(
    p_event => 'registration_token_revoked', p_details => jsonb_build_object('name', p_name)
  );
  return true;
end
$$;
comment on function oauth.revoke_registration_token(text) is
  'For the operator: ends a token; what registered with it stays. False when none of this name was left to end.';

create function oauth.redeem_registration_token(p_token_hash bytea)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_token oauth.registration_tokens;
begin
  -- Locked: of many that come at once, no more than the bound are told yes.
  select * into v_token from oauth.registration_tokens where token_hash = p_token_hash for update;
  if not found then
    return 'token_unknown';
  elsif v_token.revoked_at is not null then
    return 'token_revoked';
  elsif v_token.expires_at <= clock_timestamp() then
    return 'token_expired';
  elsif v_token.uses >= v_token.most_uses then
    return 'token_used_up';
  end if;
  update oauth.registration_tokens set uses = uses + 1 where token_hash = p_token_hash;
  return 'token_redeemed';
end
$$;
comment on function oauth.redeem_registration_token(bytea) is
  'Counts one use of a token, in the transaction of what it is used for. Outcomes: token_redeemed; without counting anything token_unknown, token_revoked, token_expired, token_used_up. Private to this schema.';

create function oauth.purge_registration_tokens(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with doomed as (
    select token_hash
    from oauth.registration_tokens
    where expires_at < clock_timestamp()
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.registration_tokens where token_hash in (select token_hash from doomed) returning token_hash
  )
  select count(*) from gone;
$$;
comment on function oauth.purge_registration_tokens(integer) is
  'Removes expired registration tokens: unknown and expired mean the same to whoever presents one.';

revoke all on all functions in schema oauth from public;
