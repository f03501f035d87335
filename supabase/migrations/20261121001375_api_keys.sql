-- API keys: for callers that cannot do OAuth. A person makes one in the own account, for one resource, some of its scopes
-- and a time; it is told once and kept as its hash. What a call with it may do is decided as for an access token: the
-- same claims, row policies and hourly calls.

create table oauth.api_keys (
  id text not null,
  key_hash bytea not null,
  person_id uuid not null,
  name text not null,
  resource text not null,
  scope text[] not null,
  authorization_details jsonb not null default '[]',
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_keys_pkey primary key (id),
  constraint an_api_key_is_kept_as_its_hash check (octet_length(key_hash) = 32),
  constraint an_api_key_is_found_by_its_hash unique (key_hash),
  constraint an_api_key_has_an_id_unlike_a_client check (id ~ '^key_[A-Za-z0-9_-]{22}$'),
  constraint an_api_key_is_named check (length(name) between 1 and 60 and name !~ '[[:cntrl:]]'),
  constraint an_api_key_holds_a_scope check (cardinality(scope) > 0),
  constraint an_api_key_holds_no_wildcard check (position('*' in array_to_string(scope, ' ')) = 0),
  constraint an_api_key_lives_a_year_at_most
    check (expires_at > created_at and expires_at <= created_at + interval '366 days'),
  constraint an_api_key_dies_with_its_person foreign key (person_id) references auth.users (id) on delete cascade,
  constraint an_api_key_dies_with_its_resource foreign key (resource)
    references oauth.resources (identifier) on delete cascade
);
comment on table oauth.api_keys is
  'API keys by SHA-256 (X-API-Key). id stands where the id of a client stands elsewhere: in claims, in what tools record, in the audit trail.';

create index api_keys_person_id on oauth.api_keys (person_id);
create index api_keys_resource on oauth.api_keys (resource);
create index api_keys_over on oauth.api_keys (coalesce(revoked_at, expires_at));

alter table oauth.api_keys enable row level security;

create function oauth.create_api_key(
  p_id text,
  p_key_hash bytea,
  p_name text,
  p_resource text,
  p_scope text[],
  p_days integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  c_most_keys constant integer := 20;
  v_now timestamptz := clock_timestamp();
  v_person_id uuid := access.person_id();
  v_resource oauth.resources;
begin
  if v_person_id is null then
    raise exception 'a key is a person''s' using errcode = 'SK401';
  end if;
  select * into v_resource
  from oauth.resources
  where identifier = p_resource or (p_resource is null and is_default);
  if not found then
    return jsonb_build_object('outcome', 'resource_unknown');
  elsif cardinality(p_scope) > 0 is not true or exists (
    select from unnest(p_scope) as wanted (name)
    where not exists (
      select from jsonb_array_elements(v_resource.scopes) as offered (scope)
      where offered.scope ->> 'name' = wanted.name
    )
  ) then
    return jsonb_build_object('outcome', 'scope_unknown');
  end if;
  -- Two at once of one person: the second counts the first.
  perform pg_advisory_xact_lock(hashtextextended('oauth.create_api_key ' || v_person_id, 0));
  if c_most_keys <= (
    select count(*)
    from oauth.api_keys
    where person_id = v_person_id and revoked_at is null and expires_at > v_now
  ) then
    return jsonb_build_object('outcome', 'too_many');
  end if;
  insert into oauth.api_keys (
    id, key_hash, person_id, name, resource, scope, authorization_details, created_at, expires_at
  )
  values (
    p_id, p_key_hash, v_person_id, p_name, v_resource.identifier, p_scope,
    oauth.details_of_scope(v_resource.scopes, p_scope, '[]'), v_now, v_now + make_interval(days => p_days)
  );
  perform oauth.record_event(
    p_event => 'api_key_created',
    p_client_id => p_id,
    p_person_id => v_person_id,
    p_resource => v_resource.identifier,
    p_details => jsonb_build_object('name', p_name, 'scope', to_jsonb(p_scope))
  );
  return jsonb_build_object('outcome', 'created');
end
$$;
comment on function oauth.create_api_key(text, bytea, text, text, text[], integer) is
  'Makes a key of the person whose account it is; of no resource, for the default one. Outcomes: created, resource_unknown, scope_unknown (or none), too_many (20 live ones).';

create function oauth.end_api_keys(p_person_id uuid, p_because text, p_id text default null)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key oauth.api_keys;
  v_ended integer := 0;
begin
  for v_key in
    update oauth.api_keys
    set revoked_at = clock_timestamp()
    where person_id = coalesce(p_person_id, person_id)
      and id = coalesce(p_id, id)
      and revoked_at is null
      and expires_at > clock_timestamp()
    returning *
  loop
    v_ended := v_ended + 1;
    perform oauth.record_event(
      p_event => 'api_key_revoked',
      p_client_id => v_key.id,
      p_person_id => v_key.person_id,
      p_resource => v_key.resource,
      p_details => jsonb_build_object('name', v_key.name, 'because', p_because)
    );
  end loop;
  return v_ended;
end
$$;
comment on function oauth.end_api_keys(uuid, text, text) is
  'Ends one key, all of a person, or one if it is that person''s. Answers how many. Private to this schema.';

create function oauth.revoke_api_key(p_id text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_person_id uuid := access.person_id();
begin
  -- oauth.end_api_keys takes no person for everybody, and no id for every key.
  if v_person_id is null or p_id is null then
    raise exception 'one key of one person is revoked' using errcode = 'SK401';
  end if;
  perform oauth.end_api_keys(p_person_id => v_person_id, p_because => 'revoked by the person', p_id => p_id);
end
$$;
comment on function oauth.revoke_api_key(text) is
  'Ends a key of the person whose account it is. Again, or for a key that is not there, it changes nothing.';

create function oauth.find_live_api_key(p_key_hash bytea, p_resource text)
returns setof oauth.api_keys
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select *
  from oauth.api_keys
  where key_hash = p_key_hash
    and resource = p_resource
    and revoked_at is null
    and expires_at > clock_timestamp()
    and oauth.person_is_active(person_id);
$$;
comment on function oauth.find_live_api_key(bytea, text) is
  'The key with this hash if it is good at this resource, else no row. Private to this schema.';

create function oauth.assume_api_key(p_key_hash bytea, p_resource text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key oauth.api_keys;
begin
  select * into v_key from oauth.find_live_api_key(p_key_hash => p_key_hash, p_resource => p_resource);
  if not found then
    -- Raising aborts the whole pipelined transaction: no later statement of it can run.
    raise exception 'API key is not alive' using errcode = 'SK401';
  end if;
  perform oauth.set_claims(
    p_person_id => v_key.person_id,
    p_client_id => v_key.id,
    p_scope => v_key.scope,
    p_resource => v_key.resource,
    p_authorization_details => v_key.authorization_details
  );
end
$$;
comment on function oauth.assume_api_key(bytea, text) is
  'Opens a tool''s transaction: sets its claims from the key''s own row, or aborts it (SK401) when the key is dead.';

create function oauth.lease_calls_of_api_key(
  p_key_hash bytea,
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
  v_key oauth.api_keys;
begin
  select * into v_key from oauth.find_live_api_key(p_key_hash => p_key_hash, p_resource => p_resource);
  if not found then
    return jsonb_build_object('outcome', 'dead', 'keys', v_keys);
  end if;
  -- To the minute: what a person is shown needs no write per lease.
  update oauth.api_keys
  set last_used_at = clock_timestamp()
  where id = v_key.id and coalesce(last_used_at < clock_timestamp() - interval '1 minute', true);
  return oauth.lease_calls_for(
    p_subject => v_key.person_id::text,
    p_limit => p_limit,
    p_wanted => p_wanted,
    p_returned => p_returned,
    p_returned_minute => p_returned_minute
  ) || jsonb_build_object(
    'keys', v_keys,
    'holder', jsonb_build_object(
      'id', v_key.id,
      'person_id', v_key.person_id,
      'scope', v_key.scope,
      'expires_at', floor(extract(epoch from v_key.expires_at))
    )
  );
end
$$;
comment on function oauth.lease_calls_of_api_key(bytea, text, integer, integer, integer, bigint) is
  'As oauth.lease_calls, for an API key: the answer also tells whose it is and what it allows. A person''s keys and tokens take from the same calls.';

create function oauth.purge_api_keys(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with doomed as (
    select id
    from oauth.api_keys
    where coalesce(revoked_at, expires_at) < clock_timestamp()
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.api_keys where id in (select id from doomed) returning id
  )
  select count(*) from gone;
$$;
comment on function oauth.purge_api_keys(integer) is 'Removes keys that are over: unknown and over mean the same.';

revoke all on all functions in schema oauth from public;
grant execute on function
  oauth.assume_api_key(bytea, text),
  oauth.lease_calls_of_api_key(bytea, text, integer, integer, integer, bigint)
to sekisho_mcp;
grant execute on function
  oauth.create_api_key(text, bytea, text, text, text[], integer),
  oauth.revoke_api_key(text)
to sekisho_account;

-- Column by column: the hash is nobody's to see.
grant select (id, person_id, name, resource, scope, created_at, expires_at, last_used_at, revoked_at)
  on oauth.api_keys to sekisho_account;
create policy a_person_sees_their_own_keys on oauth.api_keys
  for select to sekisho_account using (person_id = (select access.person_id()));
comment on policy a_person_sees_their_own_keys on oauth.api_keys is 'To nobody else, and without claims to nobody.';
grant select (name, is_default) on oauth.resources to sekisho_account;
