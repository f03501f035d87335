-- Authorization requests: from a checked GET /oauth/authorize to the code. Each lives ten minutes, is bound to
-- the browser that began it, is decided once and continued once (20261121000850_continuation.sql).

create table oauth.authorization_requests (
  id_hash bytea not null,
  browser_hash bytea not null,
  client_id text not null,
  redirect_uri text not null,
  registered_redirect_uri text not null,
  resource text not null,
  scope text[] not null,
  authorization_details jsonb not null default '[]',
  state text,
  code_challenge text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  decision text,
  person_id uuid,
  granted_scope text[],
  granted_details jsonb not null default '[]',
  continue_secret_hash bytea,
  decided_at timestamptz,
  ended_at timestamptz,
  constraint authorization_requests_pkey primary key (id_hash),
  constraint a_request_id_is_kept_as_its_hash check (octet_length(id_hash) = 32),
  constraint a_browser_is_kept_as_its_hash check (octet_length(browser_hash) = 32),
  constraint a_continue_secret_is_kept_as_its_hash check (octet_length(continue_secret_hash) = 32),
  constraint a_continue_secret_belongs_to_one_request unique (continue_secret_hash),
  constraint a_request_asks_for_a_scope check (cardinality(scope) > 0),
  constraint a_request_holds_no_wildcard check (position('*' in array_to_string(scope, ' ')) = 0),
  constraint a_request_code_challenge_is_s256 check (code_challenge ~ '^[A-Za-z0-9_-]{43}$'),
  constraint a_decision_is_known check (decision in ('approve', 'deny')),
  constraint a_decision_is_complete check (
    (decision is null) = (person_id is null)
    and (decision is null) = (decided_at is null)
    and (decision is null) = (continue_secret_hash is null)
  ),
  constraint an_approval_grants_part_of_what_was_asked check (
    decision is distinct from 'approve'
    or (granted_scope is not null and cardinality(granted_scope) > 0 and granted_scope <@ scope)
  ),
  constraint a_request_dies_with_its_client foreign key (client_id)
    references oauth.clients (id) on delete cascade,
  constraint a_request_dies_with_its_resource foreign key (resource)
    references oauth.resources (identifier) on delete cascade,
  constraint a_request_dies_with_its_person foreign key (person_id)
    references auth.users (id) on delete cascade
);
comment on table oauth.authorization_requests is
  'Authorization requests (RFC 6749 §4.1.1) between authorize and code: id, browser and continue secret by SHA-256.';
comment on column oauth.authorization_requests.scope is
  'What consent shows: what was asked for, expanded to what exists at the resource.';
comment on column oauth.authorization_requests.registered_redirect_uri is
  'The registered entry that matched: equal to redirect_uri but for a loopback port (RFC 8252 §7.3).';

create index authorization_requests_client_id on oauth.authorization_requests (client_id);
create index authorization_requests_person_id on oauth.authorization_requests (person_id);
create index authorization_requests_resource on oauth.authorization_requests (resource);
create index authorization_requests_expires_at on oauth.authorization_requests (expires_at);

alter table oauth.authorization_requests enable row level security;

create function oauth.create_authorization_request(
  p_id_hash bytea,
  p_browser_hash bytea,
  p_client_id text,
  p_redirect_uri text,
  p_registered_redirect_uri text,
  p_resource text,
  p_scope text[],
  p_authorization_details jsonb,
  p_state text,
  p_code_challenge text,
  p_lifetime_seconds integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_resource oauth.resources;
  v_scope text[];
begin
  -- The isolate checked client and resource against copies up to ten seconds old.
  if not exists (
    select from oauth.clients
    where id = p_client_id and blocked_at is null and p_registered_redirect_uri = any (redirect_uris)
  ) then
    return oauth.refuse(p_reason => 'client_changed', p_client_id => p_client_id);
  end if;
  select * into v_resource from oauth.resources where identifier = p_resource;
  if not found then
    return oauth.refuse(p_reason => 'resource_unknown', p_client_id => p_client_id);
  end if;
  -- What exists is kept and the rest dropped: clients ask for everything they ever heard of.
  v_scope := oauth.expand_scope(
    p_scope => case
      when cardinality(p_scope) > 0 or p_authorization_details <> '[]' then
        p_scope || oauth.scope_of_details(p_scopes => v_resource.scopes, p_details => p_authorization_details)
      else v_resource.default_scope
    end,
    p_offered => oauth.offered_scope(v_resource.scopes)
  );
  if cardinality(v_scope) = 0 then
    return oauth.refuse(p_reason => 'scope_unknown', p_client_id => p_client_id);
  end if;
  insert into oauth.authorization_requests (
    id_hash, browser_hash, client_id, redirect_uri, registered_redirect_uri, resource, scope,
    authorization_details, state, code_challenge, expires_at
  )
  values (
    p_id_hash, p_browser_hash, p_client_id, p_redirect_uri, p_registered_redirect_uri, p_resource, v_scope,
    oauth.details_of_scope(p_scopes => v_resource.scopes, p_scope => v_scope, p_asked => p_authorization_details),
    p_state, p_code_challenge, clock_timestamp() + make_interval(secs => p_lifetime_seconds)
  );
  perform oauth.record_event(
    p_event => 'authorization_requested',
    p_client_id => p_client_id,
    p_resource => p_resource,
    p_details => jsonb_build_object('scope', v_scope)
  );
  return jsonb_build_object('outcome', 'created');
end
$$;
comment on function oauth.create_authorization_request(bytea, bytea, text, text, text, text, text[], jsonb, text, text, integer) is
  'Records a request that passed every check of authorize. No scope asked is the resource''s default. Outcomes: created, client_changed, resource_unknown, scope_unknown.';

create function oauth.find_authorization_request(p_id_hash bytea, p_person_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request oauth.authorization_requests;
  v_client oauth.clients;
  v_resource oauth.resources;
  v_earlier text[];
begin
  select * into v_request from oauth.authorization_requests where id_hash = p_id_hash;
  if not found then
    return jsonb_build_object('outcome', 'not_found');
  elsif v_request.decision is not null or v_request.ended_at is not null then
    return jsonb_build_object('outcome', 'already_decided');
  elsif v_request.expires_at <= clock_timestamp() then
    return jsonb_build_object('outcome', 'expired');
  elsif not oauth.person_is_active(p_person_id) then
    return jsonb_build_object('outcome', 'person_inactive');
  end if;
  select * into v_client from oauth.clients where id = v_request.client_id and blocked_at is null;
  if not found then
    return jsonb_build_object('outcome', 'not_found');
  end if;
  select * into v_resource from oauth.resources where identifier = v_request.resource;
  select consent.scope into v_earlier
  from oauth.consents as consent
  where consent.person_id = p_person_id
    and consent.client_id = v_request.client_id
    and consent.redirect_uri = v_request.registered_redirect_uri
    and consent.resource = v_request.resource;
  return jsonb_build_object(
    'outcome', 'found',
    'client', jsonb_build_object(
      'id', v_client.id, 'name', v_client.name, 'uri', v_client.uri, 'verified', v_client.verified,
      'name_is_borrowed', oauth.name_is_borrowed(v_client.name, array[v_request.redirect_uri])
    ),
    'redirect_uri', v_request.redirect_uri,
    'resource', v_request.resource,
    'scope', v_request.scope,
    'resource_scopes', v_resource.scopes,
    'authorization_details', v_request.authorization_details,
    'earlier_scope', coalesce(v_earlier, '{}')
  );
end
$$;
comment on function oauth.find_authorization_request(bytea, uuid) is
  'What the consent page shows to this person. Outcomes: found, not_found, already_decided, expired, person_inactive.';

create function oauth.decide_authorization_request(
  p_id_hash bytea,
  p_person_id uuid,
  p_decision text,
  p_scope text[],
  p_authorization_details jsonb,
  p_continue_secret_hash bytea
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request oauth.authorization_requests;
  v_details jsonb;
begin
  select * into v_request from oauth.authorization_requests where id_hash = p_id_hash for update;
  if not found then
    return oauth.refuse(p_reason => 'not_found', p_person_id => p_person_id);
  elsif v_request.decision is not null or v_request.ended_at is not null then
    return oauth.refuse(p_reason => 'already_decided', p_client_id => v_request.client_id, p_person_id => p_person_id);
  elsif v_request.expires_at <= clock_timestamp() then
    return oauth.refuse(p_reason => 'expired', p_client_id => v_request.client_id, p_person_id => p_person_id);
  elsif not oauth.person_is_active(p_person_id) then
    return oauth.refuse(p_reason => 'person_inactive', p_client_id => v_request.client_id, p_person_id => p_person_id);
  elsif p_decision = 'approve' and coalesce(cardinality(p_scope), 0) = 0 then
    return oauth.refuse(p_reason => 'scope_empty', p_client_id => v_request.client_id, p_person_id => p_person_id);
  elsif p_decision = 'approve' and not p_scope <@ v_request.scope then
    return oauth.refuse(p_reason => 'scope_not_requested', p_client_id => v_request.client_id, p_person_id => p_person_id);
  end if;
  v_details := oauth.narrow_details(
    p_asked => v_request.authorization_details,
    p_chosen => coalesce(p_authorization_details, v_request.authorization_details)
  );
  if p_decision = 'approve' and v_details is null then
    return oauth.refuse(
      p_reason => 'details_not_requested', p_client_id => v_request.client_id, p_person_id => p_person_id
    );
  end if;
  update oauth.authorization_requests
  set decision = p_decision,
      person_id = p_person_id,
      granted_scope = case
        -- In the order asked, each once, whatever the page sent.
        when p_decision = 'approve' then array(
          select asked.name
          from unnest(v_request.scope) with ordinality as asked (name, place)
          where asked.name = any (p_scope)
          order by asked.place
        )
      end,
      granted_details = case
        when p_decision is distinct from 'approve' then '[]'
        else (
          select oauth.details_within_scope(p_scopes => scopes, p_scope => p_scope, p_details => v_details)
          from oauth.resources
          where identifier = v_request.resource
        )
      end,
      continue_secret_hash = p_continue_secret_hash,
      decided_at = clock_timestamp()
  where id_hash = p_id_hash
  returning * into v_request;
  perform oauth.record_event(
    p_event => case p_decision when 'approve' then 'consented' else 'denied' end,
    p_client_id => v_request.client_id,
    p_person_id => p_person_id,
    p_resource => v_request.resource,
    p_details => jsonb_build_object('scope', v_request.granted_scope)
  );
  return jsonb_build_object('outcome', 'decided');
end
$$;
comment on function oauth.decide_authorization_request(bytea, uuid, text, text[], jsonb, bytea) is
  'Records a person''s decision, once. Outcomes: decided, not_found, already_decided, expired, person_inactive, scope_empty, scope_not_requested, details_not_requested. Scope and details are only ever narrowed; no details chosen means as asked.';

create function oauth.purge_authorization_requests(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with doomed as (
    select id_hash
    from oauth.authorization_requests
    where expires_at < clock_timestamp() - interval '1 hour'
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.authorization_requests where id_hash in (select id_hash from doomed) returning id_hash
  )
  select count(*) from gone;
$$;
comment on function oauth.purge_authorization_requests(integer) is
  'Removes requests an hour after they expired: until then the page can say that one was too old.';

revoke all on all functions in schema oauth from public;
grant execute on function
  oauth.create_authorization_request(bytea, bytea, text, text, text, text, text[], jsonb, text, text, integer),
  oauth.find_authorization_request(bytea, uuid),
  oauth.decide_authorization_request(bytea, uuid, text, text[], jsonb, bytea)
to sekisho_oauth;
