-- Access tokens (RFC 9068): the JWT itself is never stored. Its jti is: a token whose jti is unknown,
-- expired or revoked is dead, whatever its signature says.

create table oauth.access_tokens (
  jti text not null,
  family_id uuid,
  client_id text not null,
  kid text not null default oauth.assign_signing_kid(),
  person_id uuid,
  resource text not null,
  scope text[] not null,
  authorization_details jsonb not null default '[]',
  issued_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  constraint access_tokens_pkey primary key (jti),
  constraint an_access_token_dies_with_its_family foreign key (family_id)
    references oauth.token_families (id) on delete cascade,
  constraint an_access_token_dies_with_its_client foreign key (client_id)
    references oauth.clients (id) on delete cascade,
  constraint a_jti_has_128_bits check (length(jti) = 22),
  -- Row policies and tools compare names: a wildcard would grant nothing there, and more than was shown elsewhere.
  constraint an_access_token_holds_no_wildcard check (position('*' in array_to_string(scope, ' ')) = 0),
  constraint a_token_for_a_person_belongs_to_a_family check ((person_id is null) = (family_id is null))
);
comment on table oauth.access_tokens is
  'One row per access token that was issued and has not expired: what revocation and the tools ask (RFC 9068 §2.2 jti).';

comment on column oauth.access_tokens.kid is
  'The key that signs it. No foreign key, which would lock one row for every token: a token whose key is gone is dead.';

create index access_tokens_family_id on oauth.access_tokens (family_id);
create index access_tokens_client_id on oauth.access_tokens (client_id);
create index access_tokens_expires_at on oauth.access_tokens (expires_at);

alter table oauth.access_tokens enable row level security;

create function oauth.find_live_access_token(p_jti text, p_resource text)
returns setof oauth.access_tokens
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select token.*
  from oauth.access_tokens as token
  join oauth.clients as client on client.id = token.client_id
  join oauth.signing_keys as key on key.kid = token.kid
  left join oauth.token_families as family on family.id = token.family_id
  where token.jti = p_jti
    and token.resource = p_resource
    and token.revoked_at is null
    and token.expires_at > clock_timestamp()
    and key.revoked_at is null
    and family.revoked_at is null
    and client.blocked_at is null
    and (token.person_id is null or oauth.person_is_active(token.person_id));
$$;
comment on function oauth.find_live_access_token(text, text) is
  'The token with this jti if it is alive at this resource, else no row. Private to this schema.';

create function oauth.access_token_is_live(p_jti text, p_resource text)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (select from oauth.find_live_access_token(p_jti => p_jti, p_resource => p_resource));
$$;
comment on function oauth.access_token_is_live(text, text) is
  'Whether a token that verified is still good: neither revoked, itself or with its key, nor expired, its person neither deleted nor banned.';

create function oauth.set_claims(
  p_person_id uuid,
  p_client_id text,
  p_scope text[],
  p_resource text,
  p_authorization_details jsonb
)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select set_config(
    'request.jwt.claims',
    jsonb_build_object(
      'sub', p_person_id,
      'client_id', p_client_id,
      'scope', array_to_string(p_scope, ' '),
      'resource', p_resource,
      'authorization_details', p_authorization_details
    )::text,
    true
  );
$$;
comment on function oauth.set_claims(uuid, text, text[], text, jsonb) is
  'What schema access reads in the rest of this transaction. Private to this schema.';

create function oauth.assume_access_token(p_jti text, p_resource text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_token oauth.access_tokens;
begin
  select * into v_token from oauth.find_live_access_token(p_jti => p_jti, p_resource => p_resource);
  if not found then
    -- Raising aborts the whole pipelined transaction: no later statement of it can run.
    raise exception 'access token is not alive' using errcode = 'SK401';
  end if;
  perform oauth.set_claims(
    p_person_id => v_token.person_id,
    p_client_id => v_token.client_id,
    p_scope => v_token.scope,
    p_resource => v_token.resource,
    p_authorization_details => v_token.authorization_details
  );
end
$$;
comment on function oauth.assume_access_token(text, text) is
  'Opens a tool''s transaction: sets its claims from the token''s own row, or aborts it (SK401) when the token is dead.';

create function oauth.purge_access_tokens(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with doomed as (
    select jti
    from oauth.access_tokens
    where expires_at < clock_timestamp()
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.access_tokens where jti in (select jti from doomed) returning jti
  )
  select count(*) from gone;
$$;
comment on function oauth.purge_access_tokens(integer) is 'Removes expired access tokens: unknown and expired mean the same.';

revoke all on all functions in schema oauth from public;
grant execute on function oauth.assume_access_token(text, text) to sekisho_mcp;
