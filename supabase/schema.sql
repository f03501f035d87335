-- What the migrations amount to. Made by .ci/dump_schema.ts from supabase/migrations; never edited by hand.

-- role sekisho_account: login noinherit, idle_in_transaction_session_timeout=5s, lock_timeout=3s, search_path="", statement_timeout=5s
-- role sekisho_mcp: login noinherit, member of sekisho_person, idle_in_transaction_session_timeout=5s, lock_timeout=3s, search_path="", statement_timeout=5s
-- role sekisho_oauth: login noinherit, idle_in_transaction_session_timeout=5s, lock_timeout=3s, search_path="", statement_timeout=5s
-- role sekisho_person: nologin noinherit
-- role sekisho_writer: nologin noinherit
-- shop.cancel_booking(uuid) acts as sekisho_writer
-- shop.cancel_order(uuid) acts as sekisho_writer
-- shop.cancel_ticket_reservation(uuid) acts as sekisho_writer
-- shop.create_booking(uuid,text,timestamp with time zone,timestamp with time zone) acts as sekisho_writer
-- shop.create_order(text,uuid[],integer[]) acts as sekisho_writer
-- shop.reserve_tickets(uuid,integer) acts as sekisho_writer
-- shop.submit_form(uuid,jsonb) acts as sekisho_writer
-- shop.update_product(uuid,text,bigint,integer) acts as sekisho_writer

CREATE SCHEMA access;

COMMENT ON SCHEMA access IS 'What a row policy may ask about whoever a statement runs for: the access token of a tool, the person of an account.';

CREATE SCHEMA oauth;

COMMENT ON SCHEMA oauth IS 'The authorization server. Never exposed to the Data API; reached by executing its functions, and by a person''s account through row policies.';

CREATE SCHEMA shop;

COMMENT ON SCHEMA shop IS 'The domain of the tools that come with Sekisho.';

CREATE TYPE oauth.client_proof AS (
	client_id text,
	secret_hash bytea,
	key jsonb,
	jti_hash bytea,
	assertion_expires_at timestamp with time zone
);

COMMENT ON TYPE oauth.client_proof IS 'Who asks and what proved it: nothing, a secret, or the public key that verified an assertion, with its jti.';

CREATE FUNCTION access.authorization_details(p_type text, p_action text) RETURNS SETOF jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select detail
  from jsonb_array_elements(
    case jsonb_typeof(access.claims() -> 'authorization_details')
      when 'array' then access.claims() -> 'authorization_details'
    end
  ) as detail
  where detail ->> 'type' = p_type
    -- Whatever is there and is not a list that names it says no.
    and (
      not detail ? 'actions'
      or (jsonb_typeof(detail -> 'actions') = 'array' and detail -> 'actions' ? p_action)
    )
    and (
      not detail ? 'locations'
      or (
        jsonb_typeof(detail -> 'locations') = 'array'
        and detail -> 'locations' ? coalesce(access.claims() ->> 'resource', '')
      )
    );
$$;

COMMENT ON FUNCTION access.authorization_details(p_type text, p_action text) IS 'What the person granted of this type (RFC 9396 §2) that allows this action at the token''s resource. No rows by default.';

CREATE FUNCTION access.claims() RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- After its first use in a session the setting reads '' instead of null.
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb;
$$;

COMMENT ON FUNCTION access.claims() IS 'The claims of the current transaction, or null.';

CREATE FUNCTION access.client_id() RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select access.claims() ->> 'client_id';
$$;

COMMENT ON FUNCTION access.client_id() IS 'The client that holds the token (RFC 9068 §2.2).';

CREATE FUNCTION access.has_scope(p_scope text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select coalesce(p_scope = any (string_to_array(access.claims() ->> 'scope', ' ')), false);
$$;

COMMENT ON FUNCTION access.has_scope(p_scope text) IS 'Whether the person granted this scope (RFC 6749 §3.3). In a policy: (select access.has_scope(''product:read'')).';

CREATE FUNCTION access.person_id() RETURNS uuid
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select (access.claims() ->> 'sub')::uuid;
$$;

COMMENT ON FUNCTION access.person_id() IS 'The person who granted the token. Null for a service token (RFC 6749 §4.4): it has none.';

CREATE FUNCTION access.ticket_ceiling(p_currency text) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select coalesce(
    min(
      case
        when not detail ? 'maxAmount' then case p_currency when 'JPY' then 10000 else 0 end
        when jsonb_typeof(detail -> 'maxAmount') <> 'number' then 0
        else least(greatest(floor((detail ->> 'maxAmount')::numeric), 0), 9007199254740991)
      end
    ),
    0
  )::bigint
  from access.authorization_details(p_type => 'ticket-reservation', p_action => 'reserve') as detail
  where coalesce(detail ->> 'currency', 'JPY') = p_currency;
$$;

COMMENT ON FUNCTION access.ticket_ceiling(p_currency text) IS 'The most, in minor units of this currency, that the token''s app may hold in reservations (RFC 9396, type ticket-reservation: maxAmount, by default 10000, and currency, by default JPY). The least of several; 0 without any.';

CREATE FUNCTION oauth.access_token_is_live(p_jti text, p_resource text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select exists (select from oauth.find_live_access_token(p_jti => p_jti, p_resource => p_resource));
$$;

COMMENT ON FUNCTION oauth.access_token_is_live(p_jti text, p_resource text) IS 'Whether a token that verified is still good: neither revoked, itself or with its key, nor expired, its person neither deleted nor banned.';

CREATE FUNCTION oauth.admit_client(p_client oauth.client_proof) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_client oauth.clients;
begin
  select * into v_client from oauth.clients where id = p_client.client_id and blocked_at is null;
  if not found
    or v_client.secret_hash is distinct from p_client.secret_hash
    or (v_client.token_endpoint_auth_method = 'private_key_jwt') <> (p_client.key is not null)
    or (
      p_client.key is not null
      and not exists (select from jsonb_array_elements(v_client.jwks) as known where known = p_client.key)
    )
  then
    perform oauth.record_refusal(p_client_id => p_client.client_id, p_reason => 'client_changed');
    return 'client_changed';
  end if;
  if p_client.key is not null then
    insert into oauth.client_assertions (client_id, jti_hash, expires_at)
    select p_client.client_id, p_client.jti_hash, p_client.assertion_expires_at
    -- By the clock that also forgets it: what is over here may have been used already, whatever an isolate's clock says.
    where p_client.assertion_expires_at > clock_timestamp()
    on conflict do nothing;
    if not found then
      perform oauth.record_refusal(p_client_id => p_client.client_id, p_reason => 'assertion_replayed');
      return 'assertion_replayed';
    end if;
  end if;
  return 'admitted';
end
$$;

COMMENT ON FUNCTION oauth.admit_client(p_client oauth.client_proof) IS 'Whether the client that an isolate authenticated from its cache (<= 10 s old) is still that client. Spends its assertion. Outcomes: admitted, client_changed, assertion_replayed.';

CREATE FUNCTION oauth.assign_signing_kid() RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.assign_signing_kid() IS 'The key that signs a token that is recorded now; aborts the transaction (SK503) when there is none.';

CREATE FUNCTION oauth.assume_access_token(p_jti text, p_resource text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.assume_access_token(p_jti text, p_resource text) IS 'Opens a tool''s transaction: sets its claims from the token''s own row, or aborts it (SK401) when the token is dead.';

CREATE FUNCTION oauth.assume_api_key(p_key_hash bytea, p_resource text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.assume_api_key(p_key_hash bytea, p_resource text) IS 'Opens a tool''s transaction: sets its claims from the key''s own row, or aborts it (SK401) when the key is dead.';

CREATE FUNCTION oauth.assume_origin(p_request_id text, p_address text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
  v_address inet;
begin
  if p_address is not null then
    begin
      v_address := p_address::inet;
      -- The same computer, whichever way it came (RFC 4291 §2.5.5.2).
      if v_address <<= '::ffff:0:0/96' then
        v_address := substring(host(v_address) from '[^:]+$')::inet;
      end if;
    exception when invalid_text_representation then
      v_address := null;
    end;
  end if;
  perform set_config('oauth.request_id', coalesce(p_request_id, ''), true);
  perform set_config(
    'oauth.address_prefix',
    coalesce(network(set_masklen(v_address, case family(v_address) when 4 then 24 else 48 end))::text, ''),
    true
  );
end
$_$;

COMMENT ON FUNCTION oauth.assume_origin(p_request_id text, p_address text) IS 'Whose request this transaction carries out: what audit events of it say. Of the address only the prefix is remembered; what is no address is none.';

CREATE FUNCTION oauth.assume_person(p_person_id uuid, p_request_id text, p_address text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if not coalesce(oauth.person_is_active(p_person_id), false) then
    -- Raising aborts the whole pipelined transaction: no later statement of it can run.
    raise exception 'nobody may act for this person' using errcode = 'SK401';
  end if;
  -- Without a scope: what tools may read stays closed.
  perform set_config('request.jwt.claims', jsonb_build_object('sub', p_person_id)::text, true);
  perform oauth.assume_origin(p_request_id => p_request_id, p_address => p_address);
end
$$;

COMMENT ON FUNCTION oauth.assume_person(p_person_id uuid, p_request_id text, p_address text) IS 'Opens a transaction of a person''s own account: whose it is and whose request carries it out. Aborts it (SK401) for a person who was deleted or banned.';

CREATE FUNCTION oauth.block_client(p_id text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  update oauth.clients set blocked_at = clock_timestamp() where id = p_id and blocked_at is null;
  if not found then
    return false;
  end if;
  perform oauth.record_event(p_event => 'client_blocked', p_client_id => p_id);
  return true;
end
$$;

COMMENT ON FUNCTION oauth.block_client(p_id text) IS 'For the operator: while it is blocked a client gets nothing, and what it holds is dead. False when there is none, or it was blocked.';

CREATE FUNCTION oauth.check_secrets(p_secret_ids text[], p_check_values bytea[]) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.check_secrets(p_secret_ids text[], p_check_values bytea[]) IS 'Whether the given secrets are those that this database knows and needs. Outcomes: fits, which records what is new; without recording anything differs, missing.';

CREATE FUNCTION oauth.continue_authorization_request(p_continue_secret_hash bytea, p_browser_hash bytea, p_code_hash bytea, p_code_lifetime_seconds integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_request oauth.authorization_requests;
begin
  select * into v_request
  from oauth.authorization_requests
  where continue_secret_hash = p_continue_secret_hash
  for update;
  if not found then
    return oauth.refuse(p_reason => 'not_found');
  elsif v_request.ended_at is not null then
    return oauth.refuse(p_reason => 'already_continued', p_client_id => v_request.client_id, p_person_id => v_request.person_id);
  end if;

  -- Whatever comes next, this request is over: a wrong browser gets no second try.
  update oauth.authorization_requests set ended_at = clock_timestamp() where id_hash = v_request.id_hash;

  if v_request.expires_at <= clock_timestamp() then
    return oauth.refuse(p_reason => 'expired', p_client_id => v_request.client_id, p_person_id => v_request.person_id);
  elsif p_browser_hash is distinct from v_request.browser_hash then
    return oauth.refuse(p_reason => 'wrong_browser', p_client_id => v_request.client_id, p_person_id => v_request.person_id);
  elsif not exists (select from oauth.clients where id = v_request.client_id and blocked_at is null) then
    return oauth.refuse(p_reason => 'not_found', p_client_id => v_request.client_id, p_person_id => v_request.person_id);
  elsif v_request.decision = 'deny' then
    return jsonb_build_object(
      'outcome', 'denied', 'redirect_uri', v_request.redirect_uri, 'state', v_request.state
    );
  end if;

  insert into oauth.authorization_codes (
    code_hash, client_id, person_id, redirect_uri, resource, scope, authorization_details, code_challenge, expires_at
  )
  values (
    p_code_hash, v_request.client_id, v_request.person_id, v_request.redirect_uri, v_request.resource,
    v_request.granted_scope, v_request.granted_details, v_request.code_challenge,
    clock_timestamp() + make_interval(secs => p_code_lifetime_seconds)
  );
  perform oauth.record_consent(
    p_person_id => v_request.person_id,
    p_client_id => v_request.client_id,
    p_redirect_uri => v_request.registered_redirect_uri,
    p_resource => v_request.resource,
    p_scope => v_request.granted_scope
  );
  perform oauth.record_event(
    p_event => 'code_issued',
    p_client_id => v_request.client_id,
    p_person_id => v_request.person_id,
    p_resource => v_request.resource,
    p_details => jsonb_build_object('scope', v_request.granted_scope)
  );
  return jsonb_build_object(
    'outcome', 'approved', 'redirect_uri', v_request.redirect_uri, 'state', v_request.state
  );
end
$$;

COMMENT ON FUNCTION oauth.continue_authorization_request(p_continue_secret_hash bytea, p_browser_hash bytea, p_code_hash bytea, p_code_lifetime_seconds integer) IS 'Turns a decision into a code if secret and browser both fit. Outcomes: approved, denied, wrong_browser, already_continued, expired, not_found.';

CREATE FUNCTION oauth.create_api_key(p_id text, p_key_hash bytea, p_name text, p_resource text, p_scope text[], p_days integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.create_api_key(p_id text, p_key_hash bytea, p_name text, p_resource text, p_scope text[], p_days integer) IS 'Makes a key of the person whose account it is; of no resource, for the default one. Outcomes: created, resource_unknown, scope_unknown (or none), too_many (20 live ones).';

CREATE FUNCTION oauth.create_authorization_request(p_id_hash bytea, p_browser_hash bytea, p_client_id text, p_redirect_uri text, p_registered_redirect_uri text, p_resource text, p_scope text[], p_authorization_details jsonb, p_state text, p_code_challenge text, p_lifetime_seconds integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.create_authorization_request(p_id_hash bytea, p_browser_hash bytea, p_client_id text, p_redirect_uri text, p_registered_redirect_uri text, p_resource text, p_scope text[], p_authorization_details jsonb, p_state text, p_code_challenge text, p_lifetime_seconds integer) IS 'Records a request that passed every check of authorize. No scope asked is the resource''s default. Outcomes: created, client_changed, resource_unknown, scope_unknown.';

CREATE FUNCTION oauth.create_client(p_id text, p_name text, p_uri text, p_application_type text, p_token_endpoint_auth_method text, p_secret_hash bytea, p_jwks jsonb, p_jwks_uri text, p_redirect_uris text[], p_grant_types text[], p_response_types text[], p_scope text, p_registration_token_hash bytea, p_address text, p_limit integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_token_outcome text;
  v_address_hash bytea;
  v_wait_seconds integer;
  v_created_at timestamptz;
begin
  if p_registration_token_hash is not null then
    v_token_outcome := oauth.redeem_registration_token(p_token_hash => p_registration_token_hash);
    if v_token_outcome <> 'token_redeemed' then
      return oauth.refuse(p_reason => v_token_outcome);
    end if;
  elsif p_limit > 0 then
    v_address_hash := sha256(convert_to(p_address, 'UTF8'));
    -- One at a time from an address: of many that come at once, no more than the limit are recorded.
    perform pg_advisory_xact_lock(hashtextextended('oauth.create_client ' || encode(v_address_hash, 'hex'), 0));
    select ceil(extract(epoch from created_at + interval '1 hour' - clock_timestamp())) into v_wait_seconds
    from oauth.clients
    where address_hash = v_address_hash
      and first_used_at is null
      and created_at > clock_timestamp() - interval '1 hour'
    order by created_at desc
    offset p_limit - 1
    limit 1;
    if found then
      return oauth.refuse_for_now(p_reason => 'register', p_wait_seconds => greatest(1, v_wait_seconds));
    end if;
  end if;
  insert into oauth.clients (
    id, origin, name, uri, application_type, token_endpoint_auth_method, secret_hash, jwks, jwks_uri,
    redirect_uris, grant_types, response_types, scope, address_hash
  )
  values (
    p_id, 'registered', p_name, p_uri, p_application_type, p_token_endpoint_auth_method, p_secret_hash, p_jwks, p_jwks_uri,
    p_redirect_uris, p_grant_types, p_response_types, p_scope, v_address_hash
  )
  returning created_at into v_created_at;
  perform oauth.record_event(
    p_event => 'client_registered', p_client_id => p_id, p_details => jsonb_build_object('origin', 'registered')
  );
  perform oauth.flag_borrowed_name(p_client_id => p_id, p_name => p_name, p_redirect_uris => p_redirect_uris);
  return jsonb_build_object('outcome', 'created', 'created_at', floor(extract(epoch from v_created_at)));
end
$$;

COMMENT ON FUNCTION oauth.create_client(p_id text, p_name text, p_uri text, p_application_type text, p_token_endpoint_auth_method text, p_secret_hash bytea, p_jwks jsonb, p_jwks_uri text, p_redirect_uris text[], p_grant_types text[], p_response_types text[], p_scope text, p_registration_token_hash bytea, p_address text, p_limit integer) IS 'Records a client that registered itself (RFC 7591 §3), never verified, and counts a use of its registration token if it needed one. Without a token, at most so many from an address within an hour that no flow has completed; 0 for no limit. Outcomes: created, limited (with retry_after_seconds), token_unknown, token_revoked, token_expired, token_used_up.';

CREATE FUNCTION oauth.create_operator_client(p_name text, p_redirect_uris text[] DEFAULT '{}'::text[], p_token_endpoint_auth_method text DEFAULT 'client_secret_basic'::text, p_grant_types text[] DEFAULT '{authorization_code,refresh_token}'::text[], p_service_scope text[] DEFAULT '{}'::text[], p_jwks jsonb DEFAULT NULL::jsonb, p_jwks_uri text DEFAULT NULL::text, p_resource text DEFAULT NULL::text, p_uri text DEFAULT NULL::text, p_id text DEFAULT NULL::text) RETURNS TABLE(client_id text, client_secret text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
  -- More than 240 random bits, from Postgres itself.
  v_secret text := case when p_token_endpoint_auth_method in ('client_secret_basic', 'client_secret_post') then
    rtrim(
      translate(encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'), '+/', '-_'),
      '='
    )
  end;
  v_id text := coalesce(p_id, 'client_' || encode(substring(sha256(uuid_send(gen_random_uuid())) from 1 for 12), 'hex'));
  v_keys jsonb := case jsonb_typeof(p_jwks) when 'object' then p_jwks -> 'keys' else p_jwks end;
begin
  if exists (
    select
    from unnest(p_redirect_uris) as uri
    where length(uri) > 2000
      or uri !~ '^[!-~]+$'
      or uri ~ '[\\"''<>`{}|^#]'
      or not (
        uri ~ '^https://[A-Za-z0-9]'
        or uri ~ '^http://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?([/?]|$)'
        or uri ~ '^[a-z][a-z0-9+.-]*:/'
          and uri !~ '^(https?|about|blob|data|file|filesystem|ftp|javascript|vbscript|view-source|wss?):'
      )
  ) then
    raise exception 'a redirect URI is https, http on loopback, or of an app''s own scheme, without a fragment';
  elsif 'authorization_code' = any (p_grant_types) and cardinality(p_redirect_uris) = 0 then
    raise exception 'a client that asks people needs a redirect URI';
  elsif v_keys is not null and p_jwks_uri is not null then
    raise exception 'keys are given or are at a URL, not both';
  elsif jsonb_path_exists(v_keys, '$[*] ? (!exists(@.kty ? (@.type() == "string")))') then
    raise exception 'keys are a JWK set (RFC 7517 §5)';
  end if;
  insert into oauth.clients (
    id, origin, verified, name, uri, token_endpoint_auth_method, secret_hash, jwks, jwks_uri, redirect_uris, grant_types,
    response_types, service_scope, resource
  )
  values (
    v_id, 'operator', true, p_name, p_uri, p_token_endpoint_auth_method, sha256(convert_to(v_secret, 'UTF8')), v_keys,
    p_jwks_uri, p_redirect_uris, p_grant_types,
    case when 'authorization_code' = any (p_grant_types) then '{code}'::text[] else '{}' end,
    p_service_scope, p_resource
  );
  perform oauth.record_event(
    p_event => 'client_registered', p_client_id => v_id, p_details => jsonb_build_object('origin', 'operator')
  );
  return query select v_id, v_secret;
end
$_$;

COMMENT ON FUNCTION oauth.create_operator_client(p_name text, p_redirect_uris text[], p_token_endpoint_auth_method text, p_grant_types text[], p_service_scope text[], p_jwks jsonb, p_jwks_uri text, p_resource text, p_uri text, p_id text) IS 'For the operator: registers a verified client: confidential, with a secret that is told here and never again; public (none); or with keys (private_key_jwt).';

CREATE FUNCTION oauth.create_registration_token(p_name text, p_lifetime interval, p_most_uses integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.create_registration_token(p_name text, p_lifetime interval, p_most_uses integer) IS 'For the operator: makes a token with which this many clients may register for this long. It is told here and never again.';

CREATE FUNCTION oauth.create_signing_key(p_kid text, p_public_jwk jsonb, p_sealed_private_key text, p_secret_id text, p_days integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.create_signing_key(p_kid text, p_public_jwk jsonb, p_sealed_private_key text, p_secret_id text, p_days integer) IS 'Records the proposed key if one is missing: at once where none signs, otherwise as the next, which takes over when the one that signs is p_days old. Outcomes: created, exists.';

CREATE FUNCTION oauth.decide_authorization_request(p_id_hash bytea, p_person_id uuid, p_decision text, p_scope text[], p_authorization_details jsonb, p_continue_secret_hash bytea) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.decide_authorization_request(p_id_hash bytea, p_person_id uuid, p_decision text, p_scope text[], p_authorization_details jsonb, p_continue_secret_hash bytea) IS 'Records a person''s decision, once. Outcomes: decided, not_found, already_decided, expired, person_inactive, scope_empty, scope_not_requested, details_not_requested. Scope and details are only ever narrowed; no details chosen means as asked.';

CREATE FUNCTION oauth.details_of_scope(p_scopes jsonb, p_scope text[], p_asked jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select coalesce(jsonb_agg(coalesce(asked.detail, offered.scope -> 'detail') order by kept.place), '[]')
  from unnest(p_scope) with ordinality as kept (name, place)
  join jsonb_array_elements(p_scopes) as offered (scope)
    on offered.scope ->> 'name' = kept.name and offered.scope ? 'detail'
  left join jsonb_array_elements(p_asked) as asked (detail)
    on asked.detail ->> 'type' = offered.scope -> 'detail' ->> 'type';
$$;

COMMENT ON FUNCTION oauth.details_of_scope(p_scopes jsonb, p_scope text[], p_asked jsonb) IS 'The details that limit these scopes of a resource: as asked, or as the resource offers them by default. Private to this schema.';

CREATE FUNCTION oauth.details_within_scope(p_scopes jsonb, p_scope text[], p_details jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select coalesce(jsonb_agg(granted.detail order by granted.place), '[]')
  from jsonb_array_elements(p_details) with ordinality as granted (detail, place)
  cross join oauth.scope_of_details(p_scopes => p_scopes, p_details => jsonb_build_array(granted.detail)) as limited
  where limited = '{}' or limited && p_scope;
$$;

COMMENT ON FUNCTION oauth.details_within_scope(p_scopes jsonb, p_scope text[], p_details jsonb) IS 'These details without those of scopes that are left out: a limit of what is not granted limits nothing, and may look like a grant. One of a scope that no longer has any stays. Private to this schema.';

CREATE FUNCTION oauth.disconnect_app(p_client_id text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_person_id uuid := access.person_id();
begin
  -- oauth.revoke_tokens takes no person for everybody, and no client for every client.
  if v_person_id is null or p_client_id is null then
    raise exception 'one app of one person is disconnected' using errcode = 'SK401';
  end if;
  perform oauth.revoke_tokens(
    p_client_id => p_client_id, p_person_id => v_person_id, p_because => 'disconnected by the person'
  );
end
$$;

COMMENT ON FUNCTION oauth.disconnect_app(p_client_id text) IS 'Ends everything that this person granted this client: tokens, codes and decisions on their way, earlier consents. Again, or for a client that does not exist, it changes nothing.';

CREATE FUNCTION oauth.disconnect_every_app() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_person_id uuid := access.person_id();
begin
  if v_person_id is null then
    raise exception 'the apps of one person are disconnected' using errcode = 'SK401';
  end if;
  perform oauth.revoke_tokens(p_person_id => v_person_id, p_because => 'signed out everywhere by the person');
end
$$;

COMMENT ON FUNCTION oauth.disconnect_every_app() IS 'The same for every client: what signing out everywhere means to apps.';

CREATE FUNCTION oauth.end_api_keys(p_person_id uuid, p_because text, p_id text DEFAULT NULL::text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.end_api_keys(p_person_id uuid, p_because text, p_id text) IS 'Ends one key, all of a person, or one if it is that person''s. Answers how many. Private to this schema.';

CREATE FUNCTION oauth.expand_scope(p_scope text[], p_offered text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select coalesce(array_agg(kept.name order by kept.asked_place, kept.offered_place), '{}')
  from (
    select distinct on (offered.name)
      offered.name, asked.place as asked_place, offered.place as offered_place
    from unnest(p_scope) with ordinality as asked (name, place)
    join unnest(p_offered) with ordinality as offered (name, place)
      on offered.name = asked.name
      or (oauth.scope_is_wildcard(asked.name) and starts_with(offered.name, left(asked.name, -1)))
    order by offered.name, asked.place, offered.place
  ) as kept;
$$;

COMMENT ON FUNCTION oauth.expand_scope(p_scope text[], p_offered text[]) IS 'What of an offer is asked for (RFC 6749 §3.3): a name stands for itself, a:* for every offered name that begins with a:. In the order asked, then offered, each once; empty when nothing is left. Private to this schema.';

CREATE FUNCTION oauth.find_authorization_request(p_id_hash bytea, p_person_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.find_authorization_request(p_id_hash bytea, p_person_id uuid) IS 'What the consent page shows to this person. Outcomes: found, not_found, already_decided, expired, person_inactive.';

CREATE FUNCTION oauth.find_client(p_id text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select jsonb_build_object(
    'id', id,
    'verified', verified,
    'name', name,
    'uri', uri,
    'token_endpoint_auth_method', token_endpoint_auth_method,
    'secret_hash', encode(secret_hash, 'base64'),
    'keys', case when token_endpoint_auth_method = 'private_key_jwt' then jsonb_build_object(
      'list', coalesce(jwks, '[]'),
      'uri', jwks_uri,
      'is_fresh', jwks_uri is null or coalesce(jwks_fresh_until > clock_timestamp(), false),
      'is_usable', jwks_uri is null or coalesce(jwks_fetched_at > clock_timestamp() - interval '24 hours', false),
      'may_be_asked_for', jwks_uri is not null
        and coalesce(jwks_rest_until <= clock_timestamp(), true)
    ) end,
    'redirect_uris', redirect_uris,
    'grant_types', grant_types,
    'document', case when origin = 'document' then jsonb_build_object(
      'is_fresh', fresh_until > clock_timestamp(),
      'is_usable', fetched_at > clock_timestamp() - interval '24 hours'
    ) end
  )
  from oauth.clients
  where id = p_id and blocked_at is null;
$$;

COMMENT ON FUNCTION oauth.find_client(p_id text) IS 'A client that is not blocked, or null.';

CREATE TABLE oauth.access_tokens (
    jti text NOT NULL,
    family_id uuid,
    client_id text NOT NULL,
    kid text DEFAULT oauth.assign_signing_kid() NOT NULL,
    person_id uuid,
    resource text NOT NULL,
    scope text[] NOT NULL,
    authorization_details jsonb DEFAULT '[]'::jsonb NOT NULL,
    issued_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT a_jti_has_128_bits CHECK ((length(jti) = 22)),
    CONSTRAINT a_token_for_a_person_belongs_to_a_family CHECK (((person_id IS NULL) = (family_id IS NULL))),
    CONSTRAINT an_access_token_holds_no_wildcard CHECK ((POSITION(('*'::text) IN (array_to_string(scope, ' '::text))) = 0))
);

COMMENT ON TABLE oauth.access_tokens IS 'One row per access token that was issued and has not expired: what revocation and the tools ask (RFC 9068 §2.2 jti).';

COMMENT ON COLUMN oauth.access_tokens.kid IS 'The key that signs it. No foreign key, which would lock one row for every token: a token whose key is gone is dead.';

CREATE FUNCTION oauth.find_live_access_token(p_jti text, p_resource text) RETURNS SETOF oauth.access_tokens
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.find_live_access_token(p_jti text, p_resource text) IS 'The token with this jti if it is alive at this resource, else no row. Private to this schema.';

CREATE TABLE oauth.api_keys (
    id text NOT NULL,
    key_hash bytea NOT NULL,
    person_id uuid NOT NULL,
    name text NOT NULL,
    resource text NOT NULL,
    scope text[] NOT NULL,
    authorization_details jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT an_api_key_has_an_id_unlike_a_client CHECK ((id ~ '^key_[A-Za-z0-9_-]{22}$'::text)),
    CONSTRAINT an_api_key_holds_a_scope CHECK ((cardinality(scope) > 0)),
    CONSTRAINT an_api_key_holds_no_wildcard CHECK ((POSITION(('*'::text) IN (array_to_string(scope, ' '::text))) = 0)),
    CONSTRAINT an_api_key_is_kept_as_its_hash CHECK ((octet_length(key_hash) = 32)),
    CONSTRAINT an_api_key_is_named CHECK ((((length(name) >= 1) AND (length(name) <= 60)) AND (name !~ '[[:cntrl:]]'::text))),
    CONSTRAINT an_api_key_lives_a_year_at_most CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '366 days'::interval))))
);

COMMENT ON TABLE oauth.api_keys IS 'API keys by SHA-256 (X-API-Key). id stands where the id of a client stands elsewhere: in claims, in what tools record, in the audit trail.';

CREATE FUNCTION oauth.find_live_api_key(p_key_hash bytea, p_resource text) RETURNS SETOF oauth.api_keys
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select *
  from oauth.api_keys
  where key_hash = p_key_hash
    and resource = p_resource
    and revoked_at is null
    and expires_at > clock_timestamp()
    and oauth.person_is_active(person_id);
$$;

COMMENT ON FUNCTION oauth.find_live_api_key(p_key_hash bytea, p_resource text) IS 'The key with this hash if it is good at this resource, else no row. Private to this schema.';

CREATE FUNCTION oauth.find_signing_kid(p_at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select kid from oauth.signing_keys as key where oauth.signing_key_state(p_key => key, p_at => p_at) = 'active';
$$;

COMMENT ON FUNCTION oauth.find_signing_kid(p_at timestamp with time zone) IS 'The key that signs at this instant, or null: before the first, or after the revocation of one that no other followed.';

CREATE FUNCTION oauth.flag_borrowed_name(p_client_id text, p_name text, p_redirect_uris text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if oauth.name_is_borrowed(p_name => p_name, p_redirect_uris => p_redirect_uris) then
    perform oauth.record_event(p_event => 'client_name_borrowed', p_client_id => p_client_id);
  end if;
end
$$;

COMMENT ON FUNCTION oauth.flag_borrowed_name(p_client_id text, p_name text, p_redirect_uris text[]) IS 'Tells the audit trail of a client that has a borrowed name. Private to this schema.';

CREATE FUNCTION oauth.introspect_token(p_client oauth.client_proof, p_token_hash bytea, p_jti text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_admission text;
  v_answer jsonb;
begin
  v_admission := oauth.admit_client(p_client => p_client);
  if v_admission <> 'admitted' then
    return jsonb_build_object('outcome', v_admission);
  end if;

  if p_jti is not null then
    select jsonb_build_object(
      'kind', 'access_token',
      'jti', token.jti,
      'client_id', token.client_id,
      'person_id', token.person_id,
      'resource', token.resource,
      'scope', token.scope,
      'authorization_details', token.authorization_details,
      'issued_at', floor(extract(epoch from token.issued_at)),
      'expires_at', floor(extract(epoch from token.expires_at))
    ) into v_answer
    from oauth.access_tokens as known
    cross join oauth.find_live_access_token(p_jti => known.jti, p_resource => known.resource) as token
    where known.jti = p_jti
      and (
        token.client_id = p_client.client_id
        -- A client that proves nothing may name any client: what is not its own stays hidden from it.
        or (p_client.secret_hash is not null or p_client.key is not null)
          and token.resource = (select resource from oauth.clients where id = p_client.client_id)
      );
  else
    select jsonb_build_object(
      'kind', 'refresh_token',
      'client_id', family.client_id,
      'person_id', family.person_id,
      'resource', family.resource,
      'scope', family.scope,
      'authorization_details', family.authorization_details,
      'issued_at', floor(extract(epoch from token.issued_at)),
      'expires_at', floor(extract(epoch from token.expires_at))
    ) into v_answer
    from oauth.refresh_tokens as token
    join oauth.token_families as family on family.id = token.family_id
    where token.token_hash = p_token_hash
      and token.rotated_at is null
      and token.expires_at > clock_timestamp()
      and family.revoked_at is null
      and family.client_id = p_client.client_id
      and oauth.person_is_active(family.person_id);
  end if;
  return coalesce(v_answer, '{}') || jsonb_build_object(
    'outcome', case when v_answer is null then 'inactive' else 'active' end
  );
end
$$;

COMMENT ON FUNCTION oauth.introspect_token(p_client oauth.client_proof, p_token_hash bytea, p_jti text) IS 'What a token is (RFC 7662 §2.2): an access token for its own client and for a confidential client of its resource, a refresh token for its own client. Outcomes: active, inactive (dead, unknown or not this caller''s business), client_changed, assertion_replayed.';

CREATE FUNCTION oauth.issue_service_token(p_client oauth.client_proof, p_resource text, p_scope text[], p_jti text, p_access_token_seconds integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_admission text;
  v_now timestamptz := clock_timestamp();
  v_resource oauth.resources;
  v_allowed text[];
  v_scope text[];
  v_kid text;
begin
  v_admission := oauth.admit_client(p_client => p_client);
  if v_admission <> 'admitted' then
    return jsonb_build_object('outcome', v_admission);
  end if;
  select * into v_resource
  from oauth.resources
  where case when p_resource is null then is_default else identifier = p_resource end;
  if not found then
    return oauth.refuse(p_reason => 'resource_unknown', p_client_id => p_client.client_id);
  end if;

  select oauth.expand_scope(p_scope => service_scope, p_offered => oauth.offered_scope(v_resource.scopes))
  into v_allowed
  from oauth.clients
  where id = p_client.client_id;
  v_scope := oauth.expand_scope(p_scope => coalesce(p_scope, v_allowed), p_offered => v_allowed);
  if cardinality(v_scope) = 0 then
    return oauth.refuse(p_reason => 'scope_exceeded', p_client_id => p_client.client_id);
  end if;

  insert into oauth.access_tokens (jti, client_id, resource, scope, issued_at, expires_at)
  values (
    p_jti, p_client.client_id, v_resource.identifier, v_scope,
    v_now, v_now + make_interval(secs => p_access_token_seconds)
  )
  returning kid into v_kid;
  update oauth.clients set first_used_at = v_now where id = p_client.client_id and first_used_at is null;
  perform oauth.record_event(
    p_event => 'tokens_issued',
    p_client_id => p_client.client_id,
    p_resource => v_resource.identifier,
    p_details => jsonb_build_object('grant', 'client_credentials', 'scope', v_scope)
  );
  return jsonb_build_object(
    'outcome', 'issued',
    'resource', v_resource.identifier,
    'scope', v_scope,
    'authorization_details', jsonb '[]',
    'issued_at', floor(extract(epoch from v_now)),
    'kid', v_kid
  );
end
$$;

COMMENT ON FUNCTION oauth.issue_service_token(p_client oauth.client_proof, p_resource text, p_scope text[], p_jti text, p_access_token_seconds integer) IS 'Issues a token to a client in its own name (RFC 6749 §4.4). Outcomes: issued, client_changed, assertion_replayed, resource_unknown, scope_exceeded.';

CREATE FUNCTION oauth.keep_audit_events() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if tg_op = 'DELETE' and old.occurred_at < clock_timestamp() - interval '90 days' then
    return old;
  end if;
  raise exception 'audit events are only added; they go after 90 days' using errcode = 'SK403';
end
$$;

COMMENT ON FUNCTION oauth.keep_audit_events() IS 'Refuses every change of an audit event, and its removal before its time, whoever asks. Private to this schema.';

CREATE FUNCTION oauth.keep_sealed_password(p_purpose text, p_sealed_password text, p_secret_id text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  insert into oauth.sealed_passwords (purpose, sealed_password, secret_id)
  values (p_purpose, p_sealed_password, p_secret_id)
  on conflict (purpose) do nothing;
  return (select sealed_password from oauth.sealed_passwords where purpose = p_purpose);
end
$$;

COMMENT ON FUNCTION oauth.keep_sealed_password(p_purpose text, p_sealed_password text, p_secret_id text) IS 'The sealed password of this purpose: the proposed one if there was none.';

CREATE PROCEDURE oauth.lease_and_create_authorization_request(IN p_limit integer, IN p_address text, IN p_id_hash bytea, IN p_browser_hash bytea, IN p_client_id text, IN p_redirect_uri text, IN p_registered_redirect_uri text, IN p_resource text, IN p_scope text[], IN p_authorization_details jsonb, IN p_state text, IN p_code_challenge text, IN p_lifetime_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb)
    LANGUAGE plpgsql
    AS $$
declare
  v_wait_seconds integer;
begin
  if p_limit > 0 then
    v_wait_seconds := oauth.lease_request(p_bucket => 'authorize', p_subject => p_address, p_limit => p_limit);
    commit;
  end if;
  perform oauth.assume_origin(p_request_id => p_request_id, p_address => p_caller);
  if v_wait_seconds is not null then
    answer := oauth.refuse_for_now(
      p_reason => 'authorize', p_wait_seconds => v_wait_seconds, p_client_id => p_client_id
    );
  else
    answer := oauth.create_authorization_request(
      p_id_hash => p_id_hash,
      p_browser_hash => p_browser_hash,
      p_client_id => p_client_id,
      p_redirect_uri => p_redirect_uri,
      p_registered_redirect_uri => p_registered_redirect_uri,
      p_resource => p_resource,
      p_scope => p_scope,
      p_authorization_details => p_authorization_details,
      p_state => p_state,
      p_code_challenge => p_code_challenge,
      p_lifetime_seconds => p_lifetime_seconds
    );
  end if;
end
$$;

COMMENT ON PROCEDURE oauth.lease_and_create_authorization_request(IN p_limit integer, IN p_address text, IN p_id_hash bytea, IN p_browser_hash bytea, IN p_client_id text, IN p_redirect_uri text, IN p_registered_redirect_uri text, IN p_resource text, IN p_scope text[], IN p_authorization_details jsonb, IN p_state text, IN p_code_challenge text, IN p_lifetime_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb) IS 'oauth.create_authorization_request, at most so many times an hour per address; 0 for no limit. One outcome more: limited (with retry_after_seconds).';

CREATE PROCEDURE oauth.lease_and_introspect_token(IN p_limit integer, IN p_subject text, IN p_client oauth.client_proof, IN p_token_hash bytea, IN p_jti text, IN p_request_id text, IN p_caller text, INOUT answer jsonb)
    LANGUAGE plpgsql
    AS $$
declare
  v_wait_seconds integer;
begin
  if p_limit > 0 then
    v_wait_seconds := oauth.lease_request(p_bucket => 'introspect', p_subject => p_subject, p_limit => p_limit);
    commit;
  end if;
  perform oauth.assume_origin(p_request_id => p_request_id, p_address => p_caller);
  if v_wait_seconds is not null then
    answer := oauth.refuse_for_now(
      p_reason => 'introspect', p_wait_seconds => v_wait_seconds, p_client_id => p_client.client_id
    );
  else
    answer := oauth.introspect_token(p_client => p_client, p_token_hash => p_token_hash, p_jti => p_jti);
  end if;
end
$$;

COMMENT ON PROCEDURE oauth.lease_and_introspect_token(IN p_limit integer, IN p_subject text, IN p_client oauth.client_proof, IN p_token_hash bytea, IN p_jti text, IN p_request_id text, IN p_caller text, INOUT answer jsonb) IS 'oauth.introspect_token, at most so many times an hour per subject; 0 for no limit. One outcome more: limited (with retry_after_seconds).';

CREATE PROCEDURE oauth.lease_and_issue_service_token(IN p_limit integer, IN p_client oauth.client_proof, IN p_resource text, IN p_scope text[], IN p_jti text, IN p_access_token_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb)
    LANGUAGE plpgsql
    AS $$
declare
  v_wait_seconds integer;
begin
  if p_limit > 0 then
    v_wait_seconds := oauth.lease_request(
      p_bucket => 'client_credentials', p_subject => p_client.client_id, p_limit => p_limit
    );
    commit;
  end if;
  perform oauth.assume_origin(p_request_id => p_request_id, p_address => p_caller);
  if v_wait_seconds is not null then
    answer := oauth.refuse_for_now(
      p_reason => 'client_credentials', p_wait_seconds => v_wait_seconds, p_client_id => p_client.client_id
    );
  else
    answer := oauth.issue_service_token(
      p_client => p_client,
      p_resource => p_resource,
      p_scope => p_scope,
      p_jti => p_jti,
      p_access_token_seconds => p_access_token_seconds
    );
  end if;
end
$$;

COMMENT ON PROCEDURE oauth.lease_and_issue_service_token(IN p_limit integer, IN p_client oauth.client_proof, IN p_resource text, IN p_scope text[], IN p_jti text, IN p_access_token_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb) IS 'oauth.issue_service_token, at most so many times an hour per client; 0 for no limit. One outcome more: limited (with retry_after_seconds).';

CREATE PROCEDURE oauth.lease_and_rotate_refresh_token(IN p_limit integer, IN p_token_hash bytea, IN p_client oauth.client_proof, IN p_resource text, IN p_scope text[], IN p_successor_hash bytea, IN p_sealed_successor text, IN p_refresh_token_seconds integer, IN p_replay_seconds integer, IN p_jti text, IN p_access_token_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb)
    LANGUAGE plpgsql
    AS $$
declare
  v_wait_seconds integer;
begin
  if p_limit > 0 then
    v_wait_seconds := oauth.lease_refresh(
      p_client_id => p_client.client_id, p_token_hash => p_token_hash, p_limit => p_limit
    );
    commit;
  end if;
  perform oauth.assume_origin(p_request_id => p_request_id, p_address => p_caller);
  -- Asked in any case: whether the token is dead or stolen matters more than how often it came.
  answer := oauth.rotate_refresh_token(
    p_token_hash => p_token_hash,
    p_client => p_client,
    p_resource => p_resource,
    p_scope => p_scope,
    p_successor_hash => p_successor_hash,
    p_sealed_successor => p_sealed_successor,
    p_refresh_token_seconds => p_refresh_token_seconds,
    p_replay_seconds => p_replay_seconds,
    p_jti => p_jti,
    p_access_token_seconds => p_access_token_seconds,
    p_wait_seconds => v_wait_seconds
  );
end
$$;

COMMENT ON PROCEDURE oauth.lease_and_rotate_refresh_token(IN p_limit integer, IN p_token_hash bytea, IN p_client oauth.client_proof, IN p_resource text, IN p_scope text[], IN p_successor_hash bytea, IN p_sealed_successor text, IN p_refresh_token_seconds integer, IN p_replay_seconds integer, IN p_jti text, IN p_access_token_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb) IS 'oauth.rotate_refresh_token, at most so many times an hour per family; 0 for no limit.';

CREATE FUNCTION oauth.lease_calls(p_jti text, p_resource text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.lease_calls(p_jti text, p_resource text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) IS 'Leases calls of a token''s person, or of a client in its own name. A limit of 0 is none. Outcomes: leased, limited (with retry_after_seconds), dead; each with the keys in use.';

CREATE FUNCTION oauth.lease_calls_for(p_subject text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.lease_calls_for(p_subject text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) IS 'Leases calls of whoever is counted. A limit of 0 is none. Outcomes: leased, limited (with retry_after_seconds). Private to this schema.';

CREATE FUNCTION oauth.lease_calls_of_api_key(p_key_hash bytea, p_resource text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.lease_calls_of_api_key(p_key_hash bytea, p_resource text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) IS 'As oauth.lease_calls, for an API key: the answer also tells whose it is and what it allows. A person''s keys and tokens take from the same calls.';

CREATE FUNCTION oauth.lease_document(p_client_id text, p_address text, p_limit integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_wait_seconds integer;
begin
  v_wait_seconds := oauth.lease_request(p_bucket => 'document', p_subject => p_address, p_limit => p_limit);
  if v_wait_seconds is null then
    return jsonb_build_object('outcome', 'counted');
  end if;
  return oauth.refuse_for_now(p_reason => 'document', p_wait_seconds => v_wait_seconds, p_client_id => p_client_id);
end
$$;

COMMENT ON FUNCTION oauth.lease_document(p_client_id text, p_address text, p_limit integer) IS 'Counts a fetch of a client''s document for an address, before it is made. Outcomes: counted, limited (with retry_after_seconds).';

CREATE FUNCTION oauth.lease_from_limit(p_bucket text, p_subject text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  c_minutes constant integer := 61;
  c_none constant integer[] := array_fill(0, array[c_minutes]);
  v_subject_hash bytea := sha256(convert_to(p_subject, 'UTF8'));
  v_row oauth.rate_counts;
  v_seconds bigint;
  v_minute bigint;
  v_counts integer[];
  v_left integer;
  v_leased integer;
begin
  insert into oauth.rate_counts (bucket, subject_hash, minute, counts)
  values (p_bucket, v_subject_hash, floor(extract(epoch from clock_timestamp()) / 60), c_none)
  on conflict do nothing;
  select * into v_row from oauth.rate_counts where bucket = p_bucket and subject_hash = v_subject_hash for update;
  v_seconds := floor(extract(epoch from clock_timestamp()));
  -- Never back, whatever the clock does.
  v_minute := greatest(v_seconds / 60, v_row.minute);

  v_counts := case
    when v_minute - v_row.minute >= c_minutes then c_none
    when v_minute > v_row.minute then
      array_fill(0, array[(v_minute - v_row.minute)::integer])
        || v_row.counts[1:c_minutes - (v_minute - v_row.minute)::integer]
    else v_row.counts
  end;
  if p_returned > 0 and p_returned_minute between v_minute - c_minutes + 1 and v_minute then
    v_counts[(v_minute - p_returned_minute + 1)::integer] :=
      greatest(0, v_counts[(v_minute - p_returned_minute + 1)::integer] - p_returned);
  end if;

  v_left := greatest(0, p_limit - (select sum(count) from unnest(v_counts) as count));
  -- The less is left, the smaller the leases: what others hold unused must not cost anybody his last calls.
  v_leased := least(p_wanted, v_left, greatest(1, v_left / 20));
  v_counts[1] := v_counts[1] + v_leased;
  update oauth.rate_counts
  set minute = v_minute, counts = v_counts
  where bucket = p_bucket and subject_hash = v_subject_hash;

  return jsonb_build_object(
    'leased', v_leased,
    'minute', v_minute,
    -- When the oldest minute in which anything was counted leaves the hour.
    'retry_after_seconds', case when v_leased = 0 then (
      select coalesce((c_minutes + 1 - max(place)) * 60 - v_seconds % 60, 60)
      from unnest(v_counts) with ordinality as counted (count, place)
      where count > 0
    ) end
  );
end
$$;

COMMENT ON FUNCTION oauth.lease_from_limit(p_bucket text, p_subject text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) IS 'Takes up to so many from what a subject may do in an hour, after giving back what an earlier lease left over. Exact under concurrency. Answers leased (0 when nothing is left), the minute to give back to, and when to try again.';

CREATE FUNCTION oauth.lease_refresh(p_client_id text, p_token_hash bytea, p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_family_id uuid;
begin
  select family.id into v_family_id
  from oauth.refresh_tokens as token
  join oauth.token_families as family on family.id = token.family_id
  where token.token_hash = p_token_hash and family.client_id = p_client_id and family.revoked_at is null;
  if not found then
    return null;
  end if;
  return oauth.lease_request(p_bucket => 'refresh_token', p_subject => v_family_id::text, p_limit => p_limit);
end
$$;

COMMENT ON FUNCTION oauth.lease_refresh(p_client_id text, p_token_hash bytea, p_limit integer) IS 'Counts one refresh of the family of a token, if that is its client''s and alive. Null when it is within the limit or there is nothing to count, otherwise the seconds until another may be.';

CREATE FUNCTION oauth.lease_refusal(p_kind text, p_client_id text, p_address text, p_limit integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_wait_seconds integer;
begin
  v_wait_seconds := oauth.lease_request(
    p_bucket => 'refused ' || p_kind,
    -- Anybody can make up ids: those of no client share one count, so that there are never more rows than clients
    -- and addresses.
    p_subject => p_address || coalesce(' ' || (select id from oauth.clients where id = p_client_id), ''),
    p_limit => p_limit
  );
  if v_wait_seconds is null then
    return jsonb_build_object('outcome', 'counted');
  end if;
  return oauth.refuse_for_now(
    p_reason => 'refused ' || p_kind, p_wait_seconds => v_wait_seconds, p_client_id => p_client_id
  );
end
$$;

COMMENT ON FUNCTION oauth.lease_refusal(p_kind text, p_client_id text, p_address text, p_limit integer) IS 'Counts a refused request of a client from an address, by kind of request. Outcomes: counted, limited (with retry_after_seconds): there were enough in this hour.';

CREATE FUNCTION oauth.lease_request(p_bucket text, p_subject text, p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_lease jsonb;
begin
  -- Counting is the whole transaction, and a count that a crash forgets is no loss worth a flush per request.
  perform set_config('synchronous_commit', 'off', true);
  v_lease := oauth.lease_from_limit(
    p_bucket => p_bucket, p_subject => p_subject, p_limit => p_limit, p_wanted => 1, p_returned => 0,
    p_returned_minute => 0
  );
  return (v_lease ->> 'retry_after_seconds')::integer;
end
$$;

COMMENT ON FUNCTION oauth.lease_request(p_bucket text, p_subject text, p_limit integer) IS 'Counts one request of a subject, as a transaction of its own. Null when it is within the limit, otherwise the seconds until another may be.';

CREATE FUNCTION oauth.list_resources() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'identifier', identifier,
        'name', name,
        'scopes', scopes,
        'default_scope', default_scope,
        'is_default', is_default
      )
      order by identifier
    ),
    '[]'::jsonb
  )
  from oauth.resources;
$$;

COMMENT ON FUNCTION oauth.list_resources() IS 'Every resource that tokens can be bound to.';

CREATE FUNCTION oauth.list_sealed_values() RETURNS TABLE(place_table text, place_column text, place_row text, sealed text, secret_id text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select 'oauth.signing_keys', 'sealed_private_key', key.kid, key.sealed_private_key, key.secret_id
  from oauth.signing_keys as key
  -- What can never sign again is never opened again.
  where oauth.signing_key_state(p_key => key, p_at => statement_timestamp()) in ('active', 'next')
  union all
  select 'oauth.sealed_passwords', 'sealed_password', purpose, sealed_password, sealed_passwords.secret_id
  from oauth.sealed_passwords
  order by 1, 2, 3;
$$;

COMMENT ON FUNCTION oauth.list_sealed_values() IS 'Everything that some process may still open under SEKISHO_SECRET, with the place that is bound into it.';

CREATE FUNCTION oauth.list_signing_keys() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.list_signing_keys() IS 'Published keys, the one that signs first, with the sealed private part while they may sign; and which key is missing: active, next or none.';

CREATE FUNCTION oauth.list_verification_keys() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select coalesce(jsonb_agg(public_jwk order by signs_from desc, kid), '[]'::jsonb)
  from oauth.signing_keys
  where revoked_at is null;
$$;

COMMENT ON FUNCTION oauth.list_verification_keys() IS 'Public parts of the published keys (RFC 7517): all that a resource server needs.';

CREATE FUNCTION oauth.name_is_borrowed(p_name text, p_redirect_uris text[]) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select exists (
    select
    from oauth.known_names as known, unnest(p_redirect_uris) as redirect_uri
    -- Where a word begins, whatever stands between its letters: `Chat GPT`, `c.l.a.u.d.e`; not `Precursor`.
    where lower(normalize(p_name, nfkc)) ~ ('\m' || array_to_string(regexp_split_to_array(known.name, ''), '[^[:alnum:]]*'))
      -- Answers to this computer (RFC 8252 §7) reach nobody elsewhere: every desktop app has such addresses.
      and redirect_uri ~* '^https:'
      and not exists (
        select
        from unnest(known.hosts) as host
        where '.' || lower(substring(redirect_uri from '^[^:]+://([^/?#:]+)')) like '%.' || host
      )
  );
$$;

COMMENT ON FUNCTION oauth.name_is_borrowed(p_name text, p_redirect_uris text[]) IS 'Whether this is the name of a well-known client while one of these redirect URIs is a web address of somebody else. Private to this schema.';

CREATE FUNCTION oauth.narrow_details(p_asked jsonb, p_chosen jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select case
    when count(*) = count(asked.detail) and count(*) = count(distinct chosen.detail ->> 'type')
    then coalesce(jsonb_agg(chosen.detail order by asked.place), '[]')
  end
  from jsonb_array_elements(p_chosen) as chosen (detail)
  left join jsonb_array_elements(p_asked) with ordinality as asked (detail, place)
    on asked.detail ->> 'type' = chosen.detail ->> 'type'
    and asked.detail ->> 'currency' = chosen.detail ->> 'currency'
    and (asked.detail -> 'maxAmount')::bigint >= (chosen.detail -> 'maxAmount')::bigint
    and asked.detail -> 'actions' @> (chosen.detail -> 'actions');
$$;

COMMENT ON FUNCTION oauth.narrow_details(p_asked jsonb, p_chosen jsonb) IS 'What was chosen, if it is nowhere more than what was asked; otherwise null. Private to this schema.';

CREATE FUNCTION oauth.offered_scope(p_scopes jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select array(
    select offered.scope ->> 'name'
    from jsonb_array_elements(p_scopes) with ordinality as offered (scope, place)
    order by offered.place
  );
$$;

COMMENT ON FUNCTION oauth.offered_scope(p_scopes jsonb) IS 'The names in a resource''s list of scopes, in its order. Private to this schema.';

CREATE FUNCTION oauth.person_is_active(p_person_id uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select exists (
    select
    from auth.users
    where id = p_person_id
      and deleted_at is null
      and (banned_until is null or banned_until < clock_timestamp())
  );
$$;

COMMENT ON FUNCTION oauth.person_is_active(p_person_id uuid) IS 'False for a person who was deleted or banned: nothing may be issued to them or done in their name.';

CREATE FUNCTION oauth.purge_access_tokens(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.purge_access_tokens(p_limit integer) IS 'Removes expired access tokens: unknown and expired mean the same.';

CREATE FUNCTION oauth.purge_api_keys(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.purge_api_keys(p_limit integer) IS 'Removes keys that are over: unknown and over mean the same.';

CREATE FUNCTION oauth.purge_audit_events(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with doomed as (
    select occurred_at, id
    from oauth.audit_events
    where occurred_at < clock_timestamp() - interval '90 days'
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.audit_events as audited
    using doomed
    where audited.occurred_at = doomed.occurred_at and audited.id = doomed.id
    returning 1
  ), doomed_counts as (
    select hour, event, reason
    from oauth.audit_counts
    where hour < clock_timestamp() - interval '90 days'
    limit p_limit
    for update skip locked
  ), gone_counts as (
    delete from oauth.audit_counts as counted
    using doomed_counts as doomed
    where counted.hour = doomed.hour and counted.event = doomed.event and counted.reason = doomed.reason
    returning 1
  )
  select (select count(*) from gone) + (select count(*) from gone_counts);
$$;

COMMENT ON FUNCTION oauth.purge_audit_events(p_limit integer) IS 'Removes what the audit trail told 90 days ago: the only way out of it.';

CREATE FUNCTION oauth.purge_authorization_codes(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.purge_authorization_codes(p_limit integer) IS 'Removes codes that expired unused, and used ones a day after their use.';

CREATE FUNCTION oauth.purge_authorization_requests(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.purge_authorization_requests(p_limit integer) IS 'Removes requests an hour after they expired: until then the page can say that one was too old.';

CREATE FUNCTION oauth.purge_client_assertions(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with doomed as (
    select client_id, jti_hash
    from oauth.client_assertions
    where expires_at < clock_timestamp()
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.client_assertions as assertion
    using doomed
    where assertion.client_id = doomed.client_id and assertion.jti_hash = doomed.jti_hash
    returning 1
  )
  select count(*) from gone;
$$;

COMMENT ON FUNCTION oauth.purge_client_assertions(p_limit integer) IS 'Removes assertions that have expired: nobody can use them again.';

CREATE FUNCTION oauth.purge_clients(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with doomed as (
    select id
    from oauth.clients
    where origin <> 'operator'
      and not verified
      and first_used_at is null
      and created_at < clock_timestamp() - interval '90 days'
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.clients where id in (select id from doomed) returning id
  ), stale as (
    select id
    from oauth.clients
    where address_hash is not null and created_at < clock_timestamp() - interval '1 hour'
    limit p_limit
    for no key update skip locked
  ), forgotten as (
    update oauth.clients
    set address_hash = null
    where id in (select id from stale) and id not in (select id from gone)
  )
  select count(*) from gone;
$$;

COMMENT ON FUNCTION oauth.purge_clients(p_limit integer) IS 'Forgets where clients registered from once that counts no more. Removes clients that registered or described themselves 90 days ago, never completed a flow and were not approved. Used ones stay: clients replay their id for ever.';

CREATE FUNCTION oauth.purge_expired() RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  -- A run that reaches the statement timeout of its role has removed nothing, and so has the next: it ends of itself
  -- long before, which also keeps its locks short.
  c_limit constant integer := 1000;
  c_most_time constant interval := '2 seconds';
  v_until constant timestamptz := clock_timestamp() + c_most_time;
  v_round jsonb;
  v_removed jsonb := '{}';
begin
  loop
    v_round := jsonb_build_object(
      'authorization_requests', oauth.purge_authorization_requests(c_limit),
      'authorization_codes', oauth.purge_authorization_codes(c_limit),
      'refresh_tokens', oauth.purge_refresh_tokens(c_limit),
      'access_tokens', oauth.purge_access_tokens(c_limit),
      'client_assertions', oauth.purge_client_assertions(c_limit),
      'signing_keys', oauth.purge_signing_keys(c_limit),
      'token_families', oauth.purge_token_families(c_limit),
      'rate_counts', oauth.purge_rate_counts(c_limit),
      'clients', oauth.purge_clients(c_limit),
      'registration_tokens', oauth.purge_registration_tokens(c_limit),
      'api_keys', oauth.purge_api_keys(c_limit),
      'audit_events', oauth.purge_audit_events(c_limit)
    );
    select jsonb_object_agg(round.kind, round.removed::bigint + coalesce((v_removed ->> round.kind)::bigint, 0))
    into v_removed
    from jsonb_each_text(v_round) as round (kind, removed);
    exit when clock_timestamp() >= v_until
      or not exists (select from jsonb_each_text(v_round) as round (kind, removed) where round.removed::bigint >= c_limit);
  end loop;
  return v_removed;
end
$$;

COMMENT ON FUNCTION oauth.purge_expired() IS 'Removes everything that is over, for two seconds at the most; answers how many of each. The next run takes the rest.';

CREATE FUNCTION oauth.purge_rate_counts(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with doomed as (
    select bucket, subject_hash
    from oauth.rate_counts
    where minute < floor(extract(epoch from clock_timestamp()) / 60) - 61
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.rate_counts as counted
    using doomed
    where counted.bucket = doomed.bucket and counted.subject_hash = doomed.subject_hash
    returning 1
  )
  select count(*) from gone;
$$;

COMMENT ON FUNCTION oauth.purge_rate_counts(p_limit integer) IS 'Removes counts of more than an hour ago: they limit nothing.';

CREATE FUNCTION oauth.purge_refresh_tokens(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.purge_refresh_tokens(p_limit integer) IS 'Erases sealed successors whose replay window is over, and removes rotated tokens past their expiry: until then an old token must be recognised.';

CREATE FUNCTION oauth.purge_registration_tokens(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.purge_registration_tokens(p_limit integer) IS 'Removes expired registration tokens: unknown and expired mean the same to whoever presents one.';

CREATE FUNCTION oauth.purge_signing_keys(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with doomed as (
    select kid
    from oauth.signing_keys as key
    -- A minute, so that no transaction is left that has chosen the key and not yet recorded its token.
    where (
        revoked_at is null
        and signs_until < clock_timestamp() - interval '1 minute'
        and not exists (
          select from oauth.access_tokens as token where token.kid = key.kid and token.expires_at > clock_timestamp()
        )
      )
      or revoked_at < clock_timestamp() - interval '1 day'
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.signing_keys where kid in (select kid from doomed) returning kid
  )
  select count(*) from gone;
$$;

COMMENT ON FUNCTION oauth.purge_signing_keys(p_limit integer) IS 'Removes keys that sign no more and whose last token has expired, and revoked ones after a day.';

CREATE FUNCTION oauth.purge_token_families(p_limit integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with doomed as (
    select id
    from oauth.token_families
    where expires_at < clock_timestamp() - interval '1 day'
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.token_families where id in (select id from doomed) returning id
  )
  select count(*) from gone;
$$;

COMMENT ON FUNCTION oauth.purge_token_families(p_limit integer) IS 'Removes families whose last token expired a day ago, with their tokens.';

CREATE FUNCTION oauth.record_client_document(p_id text, p_name text, p_token_endpoint_auth_method text, p_jwks jsonb, p_jwks_uri text, p_redirect_uris text[], p_grant_types text[], p_fresh_seconds integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_now timestamptz := clock_timestamp();
  v_known oauth.clients;
  v_same_keys_url boolean;
  v_same_redirect_uris boolean;
begin
  insert into oauth.clients (
    id, origin, name, uri, token_endpoint_auth_method, jwks, jwks_uri, redirect_uris, grant_types, response_types,
    fetched_at, fresh_until
  )
  values (
    p_id, 'document', p_name, p_id, p_token_endpoint_auth_method, p_jwks, p_jwks_uri, p_redirect_uris, p_grant_types,
    '{code}', v_now, v_now + make_interval(secs => p_fresh_seconds)
  )
  on conflict (id) do nothing;
  if found then
    perform oauth.record_event(
      p_event => 'client_registered', p_client_id => p_id, p_details => jsonb_build_object('origin', 'document')
    );
    perform oauth.flag_borrowed_name(p_client_id => p_id, p_name => p_name, p_redirect_uris => p_redirect_uris);
    return jsonb_build_object('outcome', 'created');
  end if;

  -- No key changes: who issues to this client at the moment neither waits nor is waited for.
  select * into v_known from oauth.clients where id = p_id for no key update;
  v_same_keys_url := p_jwks_uri is not null and p_jwks_uri is not distinct from v_known.jwks_uri;
  -- As sets: some publishers write theirs in another order each time.
  v_same_redirect_uris := p_redirect_uris <@ v_known.redirect_uris and p_redirect_uris @> v_known.redirect_uris;
  update oauth.clients
  set name = p_name,
      token_endpoint_auth_method = p_token_endpoint_auth_method,
      -- What was read at another URL says nothing of this one.
      jwks = case when v_same_keys_url then jwks else p_jwks end,
      jwks_uri = p_jwks_uri,
      jwks_fetched_at = case when v_same_keys_url then jwks_fetched_at end,
      jwks_fresh_until = case when v_same_keys_url then jwks_fresh_until end,
      jwks_rest_until = case when v_same_keys_url then jwks_rest_until end,
      redirect_uris = p_redirect_uris,
      grant_types = p_grant_types,
      fetched_at = v_now,
      fresh_until = v_now + make_interval(secs => p_fresh_seconds)
  where id = p_id;
  -- Another key inside the same list is hygiene; another way to prove who it is makes it another client.
  if v_known.name = p_name and v_same_redirect_uris
    and v_known.token_endpoint_auth_method = p_token_endpoint_auth_method
    and v_known.jwks_uri is not distinct from p_jwks_uri
  then
    if not v_same_keys_url and v_known.jwks is distinct from p_jwks then
      perform oauth.record_event(p_event => 'client_keys_changed', p_client_id => p_id);
    end if;
    return jsonb_build_object('outcome', 'unchanged');
  end if;
  -- Whoever is called otherwise or answers elsewhere is not whom people said yes to, nor whom the operator approved.
  delete from oauth.consents where client_id = p_id;
  update oauth.clients set verified = false where id = p_id;
  perform oauth.record_event(
    p_event => 'client_drifted',
    p_client_id => p_id,
    p_details => jsonb_build_object('changed', array_remove(array[
      case when v_known.name <> p_name then 'name' end,
      case when not v_same_redirect_uris then 'redirect_uris' end,
      case when v_known.token_endpoint_auth_method <> p_token_endpoint_auth_method then 'token_endpoint_auth_method' end,
      case when v_known.jwks_uri is distinct from p_jwks_uri then 'jwks_uri' end
    ], null))
  );
  perform oauth.flag_borrowed_name(p_client_id => p_id, p_name => p_name, p_redirect_uris => p_redirect_uris);
  return jsonb_build_object('outcome', 'drifted');
end
$$;

COMMENT ON FUNCTION oauth.record_client_document(p_id text, p_name text, p_token_endpoint_auth_method text, p_jwks jsonb, p_jwks_uri text, p_redirect_uris text[], p_grant_types text[], p_fresh_seconds integer) IS 'Keeps what a client''s document says. Outcomes: created, unchanged, drifted (earlier consents and the operator''s approval no longer count).';

CREATE FUNCTION oauth.record_client_keys(p_id text, p_jwks_uri text, p_jwks jsonb, p_fresh_seconds integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_now timestamptz := clock_timestamp();
  v_known jsonb;
begin
  select jwks into v_known from oauth.clients where id = p_id and jwks_uri = p_jwks_uri for no key update;
  update oauth.clients
  set jwks = p_jwks,
      jwks_fetched_at = v_now,
      jwks_fresh_until = v_now + make_interval(secs => p_fresh_seconds),
      jwks_rest_until = v_now + interval '1 minute'
  where id = p_id and jwks_uri = p_jwks_uri;
  if not found then
    return jsonb_build_object('outcome', 'client_changed');
  end if;
  if v_known <> p_jwks then
    perform oauth.record_event(p_event => 'client_keys_changed', p_client_id => p_id);
  end if;
  return jsonb_build_object('outcome', 'recorded');
end
$$;

COMMENT ON FUNCTION oauth.record_client_keys(p_id text, p_jwks_uri text, p_jwks jsonb, p_fresh_seconds integer) IS 'Keeps what a client''s jwks_uri answered (RFC 7591 §2). Outcomes: recorded, client_changed (the keys are at another URL now).';

CREATE FUNCTION oauth.record_consent(p_person_id uuid, p_client_id text, p_redirect_uri text, p_resource text, p_scope text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  insert into oauth.consents (person_id, client_id, redirect_uri, resource, scope)
  values (p_person_id, p_client_id, p_redirect_uri, p_resource, p_scope)
  on conflict (person_id, client_id, redirect_uri, resource) do update
  set scope = excluded.scope, given_at = excluded.given_at;
$$;

COMMENT ON FUNCTION oauth.record_consent(p_person_id uuid, p_client_id text, p_redirect_uri text, p_resource text, p_scope text[]) IS 'Remembers a consent that was carried through. Private to this schema.';

CREATE FUNCTION oauth.record_event(p_event text, p_client_id text DEFAULT NULL::text, p_person_id uuid DEFAULT NULL::uuid, p_resource text DEFAULT NULL::text, p_family_id uuid DEFAULT NULL::uuid, p_details jsonb DEFAULT '{}'::jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  c_most_an_hour constant integer := 1000;
  v_now timestamptz := clock_timestamp();
begin
  -- What costs its causer nothing must not fill the disk. Nothing that changed what somebody holds is among it.
  if p_event in ('authorization_requested', 'code_replayed', 'rate_limited', 'request_refused') and (
    not exists (select from oauth.clients where id = p_client_id)
    or c_most_an_hour <= (
      select count(*)
      from (
        select
        from oauth.audit_events
        where client_id = p_client_id
          and occurred_at > v_now - interval '1 hour'
          and event in ('authorization_requested', 'code_replayed', 'rate_limited', 'request_refused')
        limit c_most_an_hour
      ) as recent
    )
  ) then
    insert into oauth.audit_counts as counted (hour, event, reason, count)
    values (date_trunc('hour', v_now, 'UTC'), p_event, coalesce(p_details ->> 'reason', ''), 1)
    on conflict (hour, event, reason) do update set count = counted.count + 1;
    return;
  end if;
  insert into oauth.audit_events (
    occurred_at, event, client_id, person_id, resource, family_id, request_id, address_prefix, details
  )
  values (
    v_now, p_event, p_client_id, p_person_id, p_resource, p_family_id,
    nullif(current_setting('oauth.request_id', true), ''),
    nullif(current_setting('oauth.address_prefix', true), '')::cidr,
    jsonb_strip_nulls(p_details)
  );
end
$$;

COMMENT ON FUNCTION oauth.record_event(p_event text, p_client_id text, p_person_id uuid, p_resource text, p_family_id uuid, p_details jsonb) IS 'Tells the audit trail what this transaction does. What anybody can cause is counted instead where its client does not exist or was told of a thousand times within the hour. The last thing that a transaction locks. Private to this schema.';

CREATE FUNCTION oauth.record_refusal(p_client_id text, p_reason text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select oauth.record_event(
    p_event => 'request_refused', p_client_id => p_client_id, p_details => jsonb_build_object('reason', p_reason)
  );
$$;

COMMENT ON FUNCTION oauth.record_refusal(p_client_id text, p_reason text) IS 'Records that somebody who claims to be this client could not prove it (RFC 6749 §5.2 invalid_client), and why.';

CREATE FUNCTION oauth.record_resource(p_identifier text, p_name text, p_scopes jsonb, p_default_scope text[], p_is_default boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if p_is_default then
    update oauth.resources set is_default = false where is_default and identifier <> p_identifier;
  end if;
  insert into oauth.resources (identifier, name, scopes, default_scope, is_default)
  values (p_identifier, p_name, p_scopes, p_default_scope, p_is_default)
  on conflict (identifier) do update
  set name = excluded.name,
      scopes = excluded.scopes,
      default_scope = excluded.default_scope,
      is_default = excluded.is_default,
      updated_at = clock_timestamp();
end
$$;

COMMENT ON FUNCTION oauth.record_resource(p_identifier text, p_name text, p_scopes jsonb, p_default_scope text[], p_is_default boolean) IS 'Deploy time only: writes a resource as its registry describes it.';

CREATE FUNCTION oauth.record_unread_client_keys(p_id text, p_jwks_uri text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  update oauth.clients
  set jwks_rest_until = clock_timestamp() + interval '10 seconds'
  where id = p_id and jwks_uri = p_jwks_uri;
$$;

COMMENT ON FUNCTION oauth.record_unread_client_keys(p_id text, p_jwks_uri text) IS 'Remembers that a client''s jwks_uri gave no keys: what was read there before stays, and it is left alone for a moment.';

CREATE FUNCTION oauth.redeem_authorization_code(p_code_hash bytea, p_client oauth.client_proof, p_redirect_uri text, p_code_challenge text, p_resource text, p_replay_seconds integer, p_jti text, p_access_token_seconds integer, p_refresh_token_hash bytea, p_refresh_token_seconds integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_admission text;
  v_code oauth.authorization_codes;
  v_refreshable boolean;
  v_family_id uuid;
  v_kid text;
  v_now timestamptz;
begin
  v_admission := oauth.admit_client(p_client => p_client);
  if v_admission <> 'admitted' then
    return jsonb_build_object('outcome', v_admission);
  end if;
  select * into v_code from oauth.authorization_codes where code_hash = p_code_hash for update;
  if not found then
    return oauth.refuse(p_reason => 'not_found', p_client_id => p_client.client_id);
  end if;
  v_now := clock_timestamp();

  -- This order is the law: whoever holds a code without its client, redirect URI and verifier can neither use
  -- it nor hurt its owner.
  if v_code.client_id <> p_client.client_id then
    return oauth.refuse(p_reason => 'client_mismatch', p_client_id => p_client.client_id, p_person_id => v_code.person_id);
  elsif p_redirect_uri <> v_code.redirect_uri then
    return oauth.refuse(p_reason => 'redirect_uri_mismatch', p_client_id => p_client.client_id, p_person_id => v_code.person_id);
  elsif p_code_challenge is distinct from v_code.code_challenge then
    return oauth.refuse(p_reason => 'verifier_mismatch', p_client_id => p_client.client_id, p_person_id => v_code.person_id);
  elsif v_code.used_at is not null then
    if v_now < v_code.used_at + make_interval(secs => p_replay_seconds) then
      -- A client's own double submit must not sign its person out.
      perform oauth.record_event(
        p_event => 'code_replayed',
        p_client_id => v_code.client_id,
        p_person_id => v_code.person_id,
        p_resource => v_code.resource,
        p_family_id => v_code.family_id
      );
      return jsonb_build_object('outcome', 'replayed');
    end if;
    perform from oauth.token_families where id = v_code.family_id for update;
    perform oauth.revoke_token_family(p_family_id => v_code.family_id, p_because => 'authorization code replayed');
    perform oauth.record_event(
      p_event => 'code_replayed',
      p_client_id => v_code.client_id,
      p_person_id => v_code.person_id,
      p_resource => v_code.resource,
      p_family_id => v_code.family_id
    );
    return jsonb_build_object('outcome', 'replayed_and_revoked');
  elsif v_code.expires_at <= v_now then
    return oauth.refuse(p_reason => 'expired', p_client_id => p_client.client_id, p_person_id => v_code.person_id);
  elsif p_resource <> v_code.resource then
    return oauth.refuse(p_reason => 'resource_mismatch', p_client_id => p_client.client_id, p_person_id => v_code.person_id);
  elsif not oauth.person_is_active(v_code.person_id) then
    return oauth.refuse(p_reason => 'person_inactive', p_client_id => p_client.client_id, p_person_id => v_code.person_id);
  end if;

  select 'refresh_token' = any (grant_types) into v_refreshable from oauth.clients where id = p_client.client_id;

  insert into oauth.token_families (
    client_id, person_id, resource, scope, authorization_details, key_bound, created_at, last_used_at, expires_at
  )
  values (
    v_code.client_id, v_code.person_id, v_code.resource, v_code.scope, v_code.authorization_details,
    p_client.key is not null, v_now, v_now,
    v_now + make_interval(secs => greatest(
      p_access_token_seconds,
      case when v_refreshable then p_refresh_token_seconds end
    ))
  )
  returning id into v_family_id;
  insert into oauth.access_tokens (
    jti, family_id, client_id, person_id, resource, scope, authorization_details, issued_at, expires_at
  )
  values (
    p_jti, v_family_id, v_code.client_id, v_code.person_id, v_code.resource, v_code.scope,
    v_code.authorization_details, v_now, v_now + make_interval(secs => p_access_token_seconds)
  )
  returning kid into v_kid;
  if v_refreshable then
    insert into oauth.refresh_tokens (token_hash, family_id, generation, issued_at, expires_at)
    values (p_refresh_token_hash, v_family_id, 1, v_now, v_now + make_interval(secs => p_refresh_token_seconds));
  end if;
  update oauth.authorization_codes set used_at = v_now, family_id = v_family_id where code_hash = p_code_hash;
  update oauth.clients set first_used_at = v_now where id = v_code.client_id and first_used_at is null;
  perform oauth.record_event(
    p_event => 'tokens_issued',
    p_client_id => v_code.client_id,
    p_person_id => v_code.person_id,
    p_resource => v_code.resource,
    p_family_id => v_family_id,
    p_details => jsonb_build_object('grant', 'authorization_code', 'scope', v_code.scope)
  );

  return jsonb_build_object(
    'outcome', 'redeemed',
    'person_id', v_code.person_id,
    'resource', v_code.resource,
    'scope', v_code.scope,
    'authorization_details', v_code.authorization_details,
    'issued_at', floor(extract(epoch from v_now)),
    'kid', v_kid,
    'refreshable', v_refreshable
  );
end
$$;

COMMENT ON FUNCTION oauth.redeem_authorization_code(p_code_hash bytea, p_client oauth.client_proof, p_redirect_uri text, p_code_challenge text, p_resource text, p_replay_seconds integer, p_jti text, p_access_token_seconds integer, p_refresh_token_hash bytea, p_refresh_token_seconds integer) IS 'Redeems a code once (RFC 6749 §4.1.3). Outcomes: redeemed; without consuming anything client_changed, assertion_replayed, not_found, client_mismatch, redirect_uri_mismatch, verifier_mismatch, expired, resource_mismatch, person_inactive, replayed; and replayed_and_revoked, which kills what the first use issued (§4.1.2).';

CREATE FUNCTION oauth.redeem_registration_token(p_token_hash bytea) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.redeem_registration_token(p_token_hash bytea) IS 'Counts one use of a token, in the transaction of what it is used for. Outcomes: token_redeemed; without counting anything token_unknown, token_revoked, token_expired, token_used_up. Private to this schema.';

CREATE FUNCTION oauth.refuse(p_reason text, p_client_id text DEFAULT NULL::text, p_person_id uuid DEFAULT NULL::uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  perform oauth.record_event(
    p_event => 'request_refused',
    p_client_id => p_client_id,
    p_person_id => p_person_id,
    p_details => jsonb_build_object('reason', p_reason)
  );
  return jsonb_build_object('outcome', p_reason);
end
$$;

COMMENT ON FUNCTION oauth.refuse(p_reason text, p_client_id text, p_person_id uuid) IS 'The answer of a function that refuses, told to the audit trail. Private to this schema.';

CREATE FUNCTION oauth.refuse_for_now(p_reason text, p_wait_seconds integer, p_client_id text DEFAULT NULL::text, p_person_id uuid DEFAULT NULL::uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  perform oauth.record_event(
    p_event => 'rate_limited',
    p_client_id => p_client_id,
    p_person_id => p_person_id,
    p_details => jsonb_build_object('reason', p_reason)
  );
  return jsonb_build_object('outcome', 'limited', 'retry_after_seconds', p_wait_seconds);
end
$$;

COMMENT ON FUNCTION oauth.refuse_for_now(p_reason text, p_wait_seconds integer, p_client_id text, p_person_id uuid) IS 'The answer to whoever has asked enough for this hour, told to the audit trail with the bucket as its reason.';

CREATE FUNCTION oauth.reseal_value(p_table text, p_row text, p_sealed_before text, p_sealed text, p_secret_id text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.reseal_value(p_table text, p_row text, p_sealed_before text, p_sealed text, p_secret_id text) IS 'Replaces a sealed value by the same sealed under another secret; false when it is not what it was read as.';

CREATE FUNCTION oauth.revoke_api_key(p_id text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.revoke_api_key(p_id text) IS 'Ends a key of the person whose account it is. Again, or for a key that is not there, it changes nothing.';

CREATE FUNCTION oauth.revoke_registration_token(p_name text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.revoke_registration_token(p_name text) IS 'For the operator: ends a token; what registered with it stays. False when none of this name was left to end.';

CREATE FUNCTION oauth.revoke_signing_key(p_kid text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.revoke_signing_key(p_kid text) IS 'For the operator, when a private key leaked: it signs and verifies nothing any more, the next key takes over. Repeating it changes nothing. Outcomes: revoked (with the kid that signs now), unknown.';

CREATE FUNCTION oauth.revoke_token(p_client oauth.client_proof, p_token_hash bytea, p_jti text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_admission text;
  v_family_id uuid;
  v_client_id text;
  v_token oauth.access_tokens;
begin
  v_admission := oauth.admit_client(p_client => p_client);
  if v_admission <> 'admitted' then
    return jsonb_build_object('outcome', v_admission);
  end if;

  if p_jti is not null then
    select client_id into v_client_id from oauth.access_tokens where jti = p_jti;
  else
    select family.id, family.client_id into v_family_id, v_client_id
    from oauth.refresh_tokens as token
    join oauth.token_families as family on family.id = token.family_id
    where token.token_hash = p_token_hash
    for update of family;
  end if;

  if v_client_id is null then
    return jsonb_build_object('outcome', 'unknown');
  elsif v_client_id <> p_client.client_id then
    return oauth.refuse(p_reason => 'client_mismatch', p_client_id => p_client.client_id);
  elsif v_family_id is null then
    update oauth.access_tokens set revoked_at = clock_timestamp() where jti = p_jti and revoked_at is null
    returning * into v_token;
    if found then
      perform oauth.record_event(
        p_event => 'tokens_revoked',
        p_client_id => v_token.client_id,
        p_person_id => v_token.person_id,
        p_resource => v_token.resource,
        p_family_id => v_token.family_id,
        p_details => jsonb_build_object('because', 'access token revoked by the client')
      );
    end if;
  else
    perform oauth.revoke_token_family(p_family_id => v_family_id, p_because => 'revoked by the client');
  end if;
  return jsonb_build_object('outcome', 'revoked');
end
$$;

COMMENT ON FUNCTION oauth.revoke_token(p_client oauth.client_proof, p_token_hash bytea, p_jti text) IS 'Revokes an access token by its jti, or the family of a refresh token, of any generation (RFC 7009 §2.1). Outcomes: revoked (also when it was already), unknown, client_mismatch, client_changed, assertion_replayed.';

CREATE FUNCTION oauth.revoke_token_family(p_family_id uuid, p_because text DEFAULT 'revoked by the operator'::text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_family oauth.token_families;
begin
  update oauth.token_families
  set revoked_at = clock_timestamp(), revoked_because = p_because
  where id = p_family_id and revoked_at is null
  returning * into v_family;
  if found then
    perform oauth.record_event(
      p_event => 'tokens_revoked',
      p_client_id => v_family.client_id,
      p_person_id => v_family.person_id,
      p_resource => v_family.resource,
      p_family_id => v_family.id,
      p_details => jsonb_build_object('because', p_because)
    );
  end if;
end
$$;

COMMENT ON FUNCTION oauth.revoke_token_family(p_family_id uuid, p_because text) IS 'Kills a family: its refresh token and every access token in it. The first reason stays.';

CREATE FUNCTION oauth.revoke_tokens(p_client_id text DEFAULT NULL::text, p_person_id uuid DEFAULT NULL::uuid, p_because text DEFAULT 'revoked by the operator'::text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_now timestamptz := clock_timestamp();
  v_family_id uuid;
  v_families integer := 0;
  v_service_tokens integer := 0;
  v_api_keys integer;
begin
  if p_client_id is null and p_person_id is null then
    raise exception 'tokens are revoked of a client, of a person, or of one at the other';
  end if;

  -- Requests, codes, families: the order in which everybody locks. What was allowed and not yet fetched ends first, or
  -- it would become a family behind our back.
  update oauth.authorization_requests
  set ended_at = v_now
  where decision is not null
    and ended_at is null
    and client_id = coalesce(p_client_id, client_id)
    and person_id = coalesce(p_person_id, person_id);
  update oauth.authorization_codes
  set expires_at = v_now
  where used_at is null
    and expires_at > v_now
    and client_id = coalesce(p_client_id, client_id)
    and person_id = coalesce(p_person_id, person_id);
  for v_family_id in
    select id
    from oauth.token_families
    where revoked_at is null
      and client_id = coalesce(p_client_id, client_id)
      and person_id = coalesce(p_person_id, person_id)
    order by id
    for update
  loop
    perform oauth.revoke_token_family(p_family_id => v_family_id, p_because => p_because);
    v_families := v_families + 1;
  end loop;

  if p_person_id is null then
    update oauth.access_tokens
    set revoked_at = v_now
    where client_id = p_client_id and family_id is null and revoked_at is null and expires_at > v_now;
    get diagnostics v_service_tokens = row_count;
    if v_service_tokens > 0 then
      perform oauth.record_event(
        p_event => 'tokens_revoked',
        p_client_id => p_client_id,
        p_details => jsonb_build_object('because', p_because)
      );
    end if;
  end if;
  v_api_keys := oauth.end_api_keys(p_person_id => p_person_id, p_because => p_because, p_id => p_client_id);
  -- The next consent is a first one.
  delete from oauth.consents
  where client_id = coalesce(p_client_id, client_id) and person_id = coalesce(p_person_id, person_id);
  return jsonb_build_object('families', v_families, 'service_tokens', v_service_tokens, 'api_keys', v_api_keys);
end
$$;

COMMENT ON FUNCTION oauth.revoke_tokens(p_client_id text, p_person_id uuid, p_because text) IS 'For the operator: ends everything that this client holds, that was granted by this person, or both at once; codes on their way and earlier consents too. The API keys of a person too, unless it is about one client; the id of a key stands for a client. Answers how many families, service tokens and keys it ended.';

CREATE FUNCTION oauth.rotate_refresh_token(p_token_hash bytea, p_client oauth.client_proof, p_resource text, p_scope text[], p_successor_hash bytea, p_sealed_successor text, p_refresh_token_seconds integer, p_replay_seconds integer, p_jti text, p_access_token_seconds integer, p_wait_seconds integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.rotate_refresh_token(p_token_hash bytea, p_client oauth.client_proof, p_resource text, p_scope text[], p_successor_hash bytea, p_sealed_successor text, p_refresh_token_seconds integer, p_replay_seconds integer, p_jti text, p_access_token_seconds integer, p_wait_seconds integer) IS 'Refreshes (RFC 6749 §6), unless its family has to wait (p_wait_seconds). Outcomes: rotated, replayed; without consuming anything client_changed, assertion_replayed, not_found, client_mismatch, key_required, revoked, person_inactive, expired, resource_mismatch, scope_exceeded, replays_exhausted, limited (with retry_after_seconds); and reused, which revokes the family (RFC 9700 §4.14.2).';

CREATE FUNCTION oauth.scope_is_wildcard(p_name text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select p_name like '_%:*';
$$;

COMMENT ON FUNCTION oauth.scope_is_wildcard(p_name text) IS 'Whether a scope stands for all that begin like it: something, then :* at its end. Neither * nor :* does. Private to this schema.';

CREATE FUNCTION oauth.scope_of_details(p_scopes jsonb, p_details jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select array(
    select offered.scope ->> 'name'
    from jsonb_array_elements(p_details) with ordinality as asked (detail, place)
    join jsonb_array_elements(p_scopes) as offered (scope)
      on offered.scope -> 'detail' ->> 'type' = asked.detail ->> 'type'
    order by asked.place
  );
$$;

COMMENT ON FUNCTION oauth.scope_of_details(p_scopes jsonb, p_details jsonb) IS 'The scopes that these details limit: who asks for a detail asks for its scope. Private to this schema.';

CREATE FUNCTION oauth.set_claims(p_person_id uuid, p_client_id text, p_scope text[], p_resource text, p_authorization_details jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION oauth.set_claims(p_person_id uuid, p_client_id text, p_scope text[], p_resource text, p_authorization_details jsonb) IS 'What schema access reads in the rest of this transaction. Private to this schema.';

CREATE TABLE oauth.signing_keys (
    kid text NOT NULL,
    public_jwk jsonb NOT NULL,
    sealed_private_key text NOT NULL,
    secret_id text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    signs_from timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    signs_until timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT a_key_is_published_before_it_signs CHECK ((signs_from >= created_at)),
    CONSTRAINT a_key_signs_before_it_is_replaced CHECK ((signs_until >= signs_from)),
    CONSTRAINT a_public_key_has_no_private_part CHECK ((NOT (public_jwk ? 'd'::text)))
);

COMMENT ON TABLE oauth.signing_keys IS 'ES256 keys that sign access tokens, with the time in which each does. What is not revoked is published.';

COMMENT ON COLUMN oauth.signing_keys.sealed_private_key IS 'AES-256-GCM: <secret id>.<iv || ciphertext>; associated data name table, column and row.';

COMMENT ON COLUMN oauth.signing_keys.signs_until IS 'Null until the key that follows is there.';

COMMENT ON COLUMN oauth.signing_keys.revoked_at IS 'From then on it is not published, and every token that it signed is dead.';

CREATE FUNCTION oauth.signing_key_state(p_key oauth.signing_keys, p_at timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select case
    when p_key.revoked_at <= p_at then 'revoked'
    when p_key.signs_from > p_at then 'next'
    when p_key.signs_until <= p_at then 'retiring'
    else 'active'
  end;
$$;

COMMENT ON FUNCTION oauth.signing_key_state(p_key oauth.signing_keys, p_at timestamp with time zone) IS 'next (published, signs nothing yet), active (signs), retiring (published, signs nothing any more), revoked.';

CREATE FUNCTION oauth.unblock_client(p_id text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  update oauth.clients set blocked_at = null where id = p_id and blocked_at is not null;
  if not found then
    return false;
  end if;
  perform oauth.record_event(p_event => 'client_unblocked', p_client_id => p_id);
  return true;
end
$$;

COMMENT ON FUNCTION oauth.unblock_client(p_id text) IS 'For the operator: ends a block. What the client holds lives again, unless it was revoked or expired. False when there was none.';

CREATE FUNCTION oauth.unverify_client(p_id text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  update oauth.clients set verified = false where id = p_id and verified;
  if not found then
    return false;
  end if;
  perform oauth.record_event(p_event => 'client_unverified', p_client_id => p_id);
  return true;
end
$$;

COMMENT ON FUNCTION oauth.unverify_client(p_id text) IS 'For the operator: takes an approval back; what the client holds stays. False when there was none.';

CREATE FUNCTION oauth.verify_client(p_id text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  update oauth.clients set verified = true where id = p_id and not verified;
  if not found then
    return false;
  end if;
  perform oauth.record_event(p_event => 'client_verified', p_client_id => p_id);
  return true;
end
$$;

COMMENT ON FUNCTION oauth.verify_client(p_id text) IS 'For the operator: approves a client, whoever registered it. False when there is none, or it was verified.';

CREATE FUNCTION shop.cancel_booking(p_booking_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_booking shop.bookings;
begin
  if access.person_id() is null or not access.has_scope('booking:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  select * into v_booking from shop.bookings where id = p_booking_id for update;
  if not found then
    return jsonb_build_object('outcome', 'booking_unknown');
  end if;
  if v_booking.state = 'cancelled' then
    return jsonb_build_object('outcome', 'already_cancelled');
  end if;
  if upper(v_booking.during) <= clock_timestamp() then
    return jsonb_build_object('outcome', 'booking_over');
  end if;
  update shop.bookings set state = 'cancelled', cancelled_at = clock_timestamp() where id = v_booking.id;
  return jsonb_build_object('outcome', 'cancelled');
end
$$;

COMMENT ON FUNCTION shop.cancel_booking(p_booking_id uuid) IS 'Cancels a booking that is not over. Outcomes: cancelled, already_cancelled, not_granted, booking_unknown, booking_over.';

CREATE FUNCTION shop.cancel_order(p_order_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_order shop.orders;
begin
  if access.person_id() is null or not access.has_scope('order:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  select * into v_order from shop.orders where id = p_order_id for update;
  if not found then
    return jsonb_build_object('outcome', 'order_unknown');
  end if;
  if v_order.state = 'cancelled' then
    return jsonb_build_object('outcome', 'already_cancelled');
  end if;
  perform from shop.products
  where id in (select product_id from shop.order_items where order_id = v_order.id)
  order by id
  for update;
  update shop.products as product
  set stock = product.stock + item.quantity
  from shop.order_items as item
  where item.order_id = v_order.id and product.id = item.product_id;
  update shop.orders set state = 'cancelled', cancelled_at = clock_timestamp() where id = v_order.id;
  return jsonb_build_object('outcome', 'cancelled');
end
$$;

COMMENT ON FUNCTION shop.cancel_order(p_order_id uuid) IS 'Cancels an order and gives its stock back, once. Outcomes: cancelled, already_cancelled, not_granted, order_unknown.';

CREATE FUNCTION shop.cancel_ticket_reservation(p_reservation_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_reservation shop.ticket_reservations;
  v_starts_at timestamptz;
begin
  if access.person_id() is null or not access.has_scope('ticket:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if not exists (select from access.authorization_details(p_type => 'ticket-reservation', p_action => 'cancel')) then
    return jsonb_build_object('outcome', 'details_missing');
  end if;
  select * into v_reservation from shop.ticket_reservations where id = p_reservation_id for update;
  if not found then
    return jsonb_build_object('outcome', 'reservation_unknown');
  end if;
  if v_reservation.state = 'cancelled' then
    return jsonb_build_object('outcome', 'already_cancelled');
  end if;
  select starts_at into v_starts_at from shop.ticket_events where id = v_reservation.event_id for update;
  if v_starts_at <= clock_timestamp() then
    return jsonb_build_object('outcome', 'event_over');
  end if;
  update shop.ticket_events set seats_taken = seats_taken - v_reservation.seats where id = v_reservation.event_id;
  update shop.ticket_reservations set state = 'cancelled', cancelled_at = clock_timestamp() where id = v_reservation.id;
  return jsonb_build_object('outcome', 'cancelled');
end
$$;

COMMENT ON FUNCTION shop.cancel_ticket_reservation(p_reservation_id uuid) IS 'Gives the seats back, once, before the event begins. Outcomes: cancelled, already_cancelled, not_granted, details_missing, reservation_unknown, event_over.';

CREATE FUNCTION shop.create_booking(p_room_id uuid, p_title text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_now timestamptz := clock_timestamp();
  v_room shop.rooms;
  v_starts_local timestamp;
  v_booking_id uuid;
begin
  if access.person_id() is null or not access.has_scope('booking:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if length(p_title) between 1 and 200 is not true then
    return jsonb_build_object('outcome', 'title_invalid');
  end if;
  if (isfinite(p_starts_at) and isfinite(p_ends_at) and p_starts_at < p_ends_at) is not true then
    return jsonb_build_object('outcome', 'time_invalid');
  end if;
  -- Before anything is computed with them: the difference of any two instants can be out of range.
  if p_starts_at < v_now then
    return jsonb_build_object('outcome', 'time_past');
  end if;
  if p_starts_at > v_now + interval '2 years' then
    return jsonb_build_object('outcome', 'time_too_far');
  end if;
  if p_ends_at > p_starts_at + interval '24 hours' then
    return jsonb_build_object('outcome', 'time_too_long');
  end if;
  select * into v_room from shop.rooms where id = p_room_id;
  if not found then
    return jsonb_build_object('outcome', 'room_unknown');
  end if;
  v_starts_local := p_starts_at at time zone v_room.time_zone;
  if v_starts_local::time < v_room.opens_at
    or (p_ends_at at time zone v_room.time_zone) > v_starts_local::date + v_room.closes_at
  then
    return jsonb_build_object('outcome', 'room_closed');
  end if;

  -- The constraint decides, and only it: a look beforehand could not see what others are about to commit. A loser waits
  -- for the winner's commit here and raises nothing.
  insert into shop.bookings (owner_id, room_id, client_id, title, during)
  values (v_room.owner_id, v_room.id, access.client_id(), p_title, tstzrange(p_starts_at, p_ends_at, '[)'))
  on conflict on constraint no_room_is_booked_twice do nothing
  returning id into v_booking_id;
  if not found then
    return jsonb_build_object('outcome', 'time_taken');
  end if;
  return jsonb_build_object('outcome', 'booked', 'booking', jsonb_build_object(
    'id', v_booking_id,
    'room_id', v_room.id,
    'title', p_title,
    'starts_at', p_starts_at,
    'ends_at', p_ends_at,
    'state', 'booked'
  ));
end
$$;

COMMENT ON FUNCTION shop.create_booking(p_room_id uuid, p_title text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) IS 'Books a room. Outcomes: booked (with booking), not_granted, title_invalid, time_invalid (no end after a beginning), time_past, time_too_far (beyond two years), time_too_long (24 hours), room_unknown, room_closed, time_taken.';

CREATE FUNCTION shop.create_order(p_idempotency_key text, p_product_ids uuid[], p_quantities integer[]) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_content_hash bytea;
  v_order shop.orders;
  v_unknown jsonb;
  v_short jsonb;
  v_currencies text[];
  v_total bigint;
begin
  if access.person_id() is null or not access.has_scope('order:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if length(p_idempotency_key) between 1 and 200 is not true then
    return jsonb_build_object('outcome', 'idempotency_key_invalid');
  end if;
  if (
    array_ndims(p_product_ids) = 1 and array_ndims(p_quantities) = 1
    and cardinality(p_product_ids) = cardinality(p_quantities) and cardinality(p_product_ids) <= 50
    and (
      select bool_and(product_id is not null and quantity between 1 and 1000) and count(distinct product_id) = count(*)
      from unnest(p_product_ids, p_quantities) as item (product_id, quantity)
    )
  ) is not true then
    return jsonb_build_object('outcome', 'items_invalid');
  end if;
  select sha256(convert_to(string_agg(product_id || ' ' || quantity, ',' order by product_id), 'UTF8'))
  into v_content_hash
  from unnest(p_product_ids, p_quantities) as item (product_id, quantity);

  -- In one order, so that two orders of the same products cannot wait for each other. Everything below is read after
  -- these locks: a twin of this call, which needs the same ones, has committed or not begun.
  perform from shop.products where id = any (p_product_ids) order by id for update;

  select * into v_order
  from shop.orders
  where owner_id = access.person_id() and client_id = access.client_id() and idempotency_key = p_idempotency_key;
  if found then
    if v_order.content_hash <> v_content_hash then
      return jsonb_build_object('outcome', 'idempotency_key_reused');
    end if;
    return jsonb_build_object('outcome', 'repeated', 'order', shop.find_order(v_order.id));
  end if;

  select
    jsonb_agg(item.line order by item.line) filter (where product.id is null),
    jsonb_agg(item.line order by item.line) filter (where product.stock < item.quantity),
    array_agg(distinct product.currency),
    sum(product.price_minor * item.quantity)
  into v_unknown, v_short, v_currencies, v_total
  from unnest(p_product_ids, p_quantities) with ordinality as item (product_id, quantity, line)
  left join shop.products as product on product.id = item.product_id;
  if v_unknown is not null then
    return jsonb_build_object('outcome', 'product_unknown', 'lines', v_unknown);
  end if;
  if cardinality(v_currencies) > 1 then
    return jsonb_build_object('outcome', 'currencies_differ');
  end if;
  if v_short is not null then
    return jsonb_build_object('outcome', 'out_of_stock', 'lines', v_short);
  end if;

  insert into shop.orders (owner_id, client_id, idempotency_key, content_hash, currency, total_minor)
  values (access.person_id(), access.client_id(), p_idempotency_key, v_content_hash, v_currencies[1], v_total)
  on conflict on constraint an_idempotency_key_names_one_order do nothing
  returning * into v_order;
  if not found then
    -- Taken meanwhile by a call that shares no product with this one.
    return jsonb_build_object('outcome', 'idempotency_key_reused');
  end if;
  insert into shop.order_items (order_id, line, owner_id, product_id, product_name, quantity, unit_price_minor)
  select v_order.id, item.line, v_order.owner_id, product.id, product.name, item.quantity, product.price_minor
  from unnest(p_product_ids, p_quantities) with ordinality as item (product_id, quantity, line)
  join shop.products as product on product.id = item.product_id;
  update shop.products as product
  set stock = product.stock - item.quantity
  from unnest(p_product_ids, p_quantities) as item (product_id, quantity)
  where product.id = item.product_id;
  return jsonb_build_object('outcome', 'placed', 'order', shop.find_order(v_order.id));
end
$$;

COMMENT ON FUNCTION shop.create_order(p_idempotency_key text, p_product_ids uuid[], p_quantities integer[]) IS 'Places an order and takes its stock. The same key with the same content is the same order (draft-ietf-httpapi-idempotency-key-header). Outcomes: placed and repeated (with order), not_granted, idempotency_key_invalid, items_invalid, idempotency_key_reused, product_unknown and out_of_stock (with lines, from 1), currencies_differ.';

CREATE FUNCTION shop.find_answer_problems(p_form_id uuid, p_answers jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  with judged as (
    select field.name, field.place, case
      when answer.value is null or (answer.content in ('""', '[]') and field.is_required)
        then case when field.is_required then 'required' end
      when not shape.fits then 'wrong_type'
      when field.type in ('choice', 'choices') and not chosen.all_known then 'not_a_choice'
      when field.type = 'choices' and not chosen.all_different then 'repeated_choice'
      when measured.size < field.at_least then 'too_small'
      when measured.size > field.at_most then 'too_large'
    end as problem
    from shop.form_fields as field
    -- null says as much as leaving out.
    cross join lateral (
      select
        nullif(p_answers -> field.name, 'null') as value,
        (p_answers -> field.name)::text as content,
        p_answers ->> field.name as text,
        jsonb_typeof(p_answers -> field.name) as type
    ) as answer
    -- What is cast below was looked at first: case decides in order.
    cross join lateral (
      select case field.type
        when 'text' then answer.type = 'string'
        when 'choice' then answer.type = 'string'
        when 'boolean' then answer.type = 'boolean'
        when 'number' then answer.type = 'number'
        when 'integer' then case when answer.type = 'number'
          -- What JSON numbers hold exactly.
          then answer.text::numeric = trunc(answer.text::numeric) and abs(answer.text::numeric) < 9007199254740992
          else false
        end
        when 'date' then case when answer.type = 'string'
          and answer.text ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
          -- The day exists if it is not after the last one of its month.
          then right(answer.text, 2)::integer <= extract(
            day from (left(answer.text, 8) || '01')::date + interval '1 month' - interval '1 day'
          )
          else false
        end
        else case when answer.type = 'array'
          then not jsonb_path_exists(answer.value, 'strict $[*] ? (@.type() != "string")')
          else false
        end
      end as fits
    ) as shape
    cross join lateral (
      select
        coalesce(bool_and(choice = any (field.choices)), true) as all_known,
        count(distinct choice) = count(*) as all_different,
        count(*) as count
      from jsonb_array_elements_text(
        case when field.type in ('choice', 'choices') and shape.fits
          then case field.type when 'choice' then jsonb_build_array(answer.value) else answer.value end
        end
      ) as choice
    ) as chosen
    cross join lateral (
      select case when shape.fits then
        case field.type
          when 'text' then length(answer.text)
          when 'choices' then chosen.count
          when 'integer' then answer.text::numeric
          when 'number' then answer.text::numeric
        end
      end as size
    ) as measured
    where field.form_id = p_form_id
  )
  select coalesce(jsonb_agg(jsonb_build_object('field', name, 'problem', problem) order by place), '[]')
    || case when exists (
      select from jsonb_object_keys(p_answers) as answered where answered not in (select name from judged)
    )
      then '[{"problem": "unknown_field"}]'::jsonb
      else '[]'
    end
  from judged
  where problem is not null;
$_$;

COMMENT ON FUNCTION shop.find_answer_problems(p_form_id uuid, p_answers jsonb) IS 'What is wrong with answers (a JSON object): a list of {field, problem}, empty when nothing is. Problems: required, wrong_type, not_a_choice, repeated_choice, too_small, too_large; and, of no field, unknown_field. Acts with its caller''s rights.';

CREATE FUNCTION shop.find_order(p_order_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select jsonb_build_object(
    'id', id,
    'state', state,
    'currency', currency,
    'total_minor', total_minor,
    'created_at', created_at,
    'cancelled_at', cancelled_at,
    'items', (
      select jsonb_agg(
        jsonb_build_object(
          'product_id', product_id,
          'product_name', product_name,
          'quantity', quantity,
          'unit_price_minor', unit_price_minor
        )
        order by line
      )
      from shop.order_items
      where order_id = orders.id
    )
  )
  from shop.orders
  where id = p_order_id;
$$;

COMMENT ON FUNCTION shop.find_order(p_order_id uuid) IS 'An order with its lines, or null. Acts with its caller''s rights: a tool finds it with order:read.';

CREATE FUNCTION shop.reserve_tickets(p_event_id uuid, p_seats integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_event shop.ticket_events;
  v_ceiling bigint;
  v_held bigint;
  v_reservation shop.ticket_reservations;
begin
  if access.person_id() is null or not access.has_scope('ticket:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if not exists (select from access.authorization_details(p_type => 'ticket-reservation', p_action => 'reserve')) then
    return jsonb_build_object('outcome', 'details_missing');
  end if;
  if p_seats between 1 and 100 is not true then
    return jsonb_build_object('outcome', 'seats_invalid');
  end if;

  -- One at a time for a person and an app, whatever the event: what they hold together is counted under this lock.
  perform pg_advisory_xact_lock(
    hashtextextended('shop.reserve_tickets ' || access.person_id() || ' ' || access.client_id(), 0)
  );
  select * into v_event from shop.ticket_events where id = p_event_id for update;
  if not found then
    return jsonb_build_object('outcome', 'event_unknown');
  end if;
  if v_event.starts_at <= clock_timestamp() then
    return jsonb_build_object('outcome', 'event_over');
  end if;
  v_ceiling := access.ticket_ceiling(v_event.currency);
  select coalesce(sum(reservation.amount_minor), 0) into v_held
  from shop.ticket_reservations as reservation
  join shop.ticket_events as event on event.id = reservation.event_id
  where reservation.owner_id = access.person_id()
    and reservation.client_id = access.client_id()
    and reservation.currency = v_event.currency
    and reservation.state = 'reserved'
    and event.starts_at > clock_timestamp();
  if v_held + v_event.price_minor * p_seats > v_ceiling then
    return jsonb_build_object(
      'outcome', 'ceiling_exceeded',
      'currency', v_event.currency,
      'ceiling_minor', v_ceiling,
      'left_minor', greatest(v_ceiling - v_held, 0)
    );
  end if;
  if v_event.capacity - v_event.seats_taken < p_seats then
    return jsonb_build_object('outcome', 'not_enough_seats');
  end if;

  update shop.ticket_events set seats_taken = seats_taken + p_seats where id = v_event.id;
  insert into shop.ticket_reservations (owner_id, event_id, client_id, seats, amount_minor, currency)
  values (
    v_event.owner_id, v_event.id, access.client_id(), p_seats, v_event.price_minor * p_seats, v_event.currency
  )
  returning * into v_reservation;
  return jsonb_build_object('outcome', 'reserved', 'reservation', jsonb_build_object(
    'id', v_reservation.id,
    'event_id', v_reservation.event_id,
    'seats', v_reservation.seats,
    'amount_minor', v_reservation.amount_minor,
    'currency', v_reservation.currency,
    'state', v_reservation.state,
    'created_at', v_reservation.created_at
  ));
end
$$;

COMMENT ON FUNCTION shop.reserve_tickets(p_event_id uuid, p_seats integer) IS 'Reserves seats within the ceiling of the token''s authorization_details (RFC 9396), over everything that its app holds for events to come (ADR 0015). Outcomes: reserved (with reservation), not_granted, details_missing, seats_invalid, event_unknown, event_over, ceiling_exceeded (with currency, ceiling_minor, left_minor), not_enough_seats.';

CREATE FUNCTION shop.submit_form(p_form_id uuid, p_answers jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_now timestamptz := clock_timestamp();
  v_id uuid := gen_random_uuid();
  v_form shop.forms;
  v_problems jsonb;
begin
  if access.person_id() is null or not access.has_scope('form:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if (jsonb_typeof(p_answers) = 'object' and octet_length(p_answers::text) <= 65536) is not true then
    return jsonb_build_object('outcome', 'answers_invalid');
  end if;
  select * into v_form from shop.forms where id = p_form_id;
  if not found then
    return jsonb_build_object('outcome', 'form_unknown');
  end if;
  if v_form.closes_at <= v_now then
    return jsonb_build_object('outcome', 'form_closed');
  end if;
  v_problems := shop.find_answer_problems(p_form_id => v_form.id, p_answers => p_answers);
  if v_problems <> '[]' then
    return jsonb_build_object('outcome', 'answers_wrong', 'problems', v_problems);
  end if;
  insert into shop.form_responses (id, owner_id, form_id, client_id, answers, created_at)
  values (v_id, v_form.owner_id, v_form.id, access.client_id(), jsonb_strip_nulls(p_answers), v_now);
  return jsonb_build_object('outcome', 'submitted', 'response', jsonb_build_object(
    'id', v_id,
    'form_id', v_form.id,
    'created_at', v_now
  ));
end
$$;

COMMENT ON FUNCTION shop.submit_form(p_form_id uuid, p_answers jsonb) IS 'Answers a form. Outcomes: submitted (with response), not_granted, answers_invalid (no object, or more than 64 KiB), form_unknown, form_closed, answers_wrong (with problems: see shop.find_answer_problems).';

CREATE FUNCTION shop.update_product(p_product_id uuid, p_name text, p_price_minor bigint, p_stock_change integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  c_most_stock constant bigint := 1000000000;
  v_product shop.products;
  v_stock bigint;
begin
  if access.person_id() is null or not access.has_scope('product:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if p_name is null and p_price_minor is null and p_stock_change is null then
    return jsonb_build_object('outcome', 'nothing_to_change');
  end if;
  if length(p_name) not between 1 and 200 then
    return jsonb_build_object('outcome', 'name_invalid');
  end if;
  if p_price_minor not between 0 and 100000000000 then
    return jsonb_build_object('outcome', 'price_invalid');
  end if;
  select * into v_product from shop.products where id = p_product_id for update;
  if not found then
    return jsonb_build_object('outcome', 'product_unknown');
  end if;
  v_stock := v_product.stock + coalesce(p_stock_change, 0)::bigint;
  if p_stock_change is not null and v_stock not between 0 and c_most_stock then
    return jsonb_build_object('outcome', 'stock_invalid');
  end if;
  update shop.products
  set name = coalesce(p_name, name), price_minor = coalesce(p_price_minor, price_minor), stock = v_stock
  where id = v_product.id;
  -- Only what was written: product:write is not a way to read.
  return jsonb_build_object('outcome', 'updated', 'product', jsonb_strip_nulls(jsonb_build_object(
    'id', v_product.id,
    'name', p_name,
    'price_minor', p_price_minor,
    'currency', case when p_price_minor is not null then v_product.currency end,
    'stock', case when p_stock_change is not null then v_stock end
  )));
end
$$;

COMMENT ON FUNCTION shop.update_product(p_product_id uuid, p_name text, p_price_minor bigint, p_stock_change integer) IS 'Changes what is not null of a product. Stock is changed by an amount, never set: an order may come between reading and writing. Outcomes: updated (with what was written of the product), not_granted, nothing_to_change, name_invalid, price_invalid, product_unknown, stock_invalid (below zero or above 1000000000).';

CREATE TABLE oauth.audit_counts (
    hour timestamp with time zone NOT NULL,
    event text NOT NULL,
    reason text NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT an_audit_count_counts CHECK ((count > 0))
);

COMMENT ON TABLE oauth.audit_counts IS 'Events that are counted instead of kept one by one: of clients that do not exist, and beyond a thousand an hour of one client.';

CREATE TABLE oauth.audit_events (
    occurred_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    id bigint NOT NULL,
    event text NOT NULL,
    client_id text,
    person_id uuid,
    resource text,
    family_id uuid,
    request_id text,
    address_prefix cidr,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT an_address_is_kept_as_its_prefix CHECK ((masklen((address_prefix)::inet) <=
CASE family((address_prefix)::inet)
    WHEN 4 THEN 24
    ELSE 48
END)),
    CONSTRAINT an_audit_event_is_known CHECK ((event = ANY (ARRAY['api_key_created'::text, 'api_key_revoked'::text, 'authorization_requested'::text, 'client_blocked'::text, 'client_drifted'::text, 'client_keys_changed'::text, 'client_name_borrowed'::text, 'client_registered'::text, 'client_unblocked'::text, 'client_unverified'::text, 'client_verified'::text, 'code_issued'::text, 'code_replayed'::text, 'consented'::text, 'denied'::text, 'rate_limited'::text, 'refresh_replayed'::text, 'registration_token_created'::text, 'registration_token_revoked'::text, 'request_refused'::text, 'signing_key_created'::text, 'signing_key_revoked'::text, 'tokens_issued'::text, 'tokens_refreshed'::text, 'tokens_revoked'::text]))),
    CONSTRAINT audit_details_have_known_members_only CHECK (((jsonb_typeof(details) = 'object'::text) AND ((details - '{because,changed,grant,name,origin,reason,scope}'::text[]) = '{}'::jsonb)))
);

COMMENT ON TABLE oauth.audit_events IS 'Every authentication event for 90 days. Append-only, also for its owner. No reference to other tables: the trail outlives what it tells of.';

COMMENT ON COLUMN oauth.audit_events.person_id IS 'Kept when the person is erased: a number that leads to nobody any more (docs/adr/0020).';

COMMENT ON COLUMN oauth.audit_events.address_prefix IS 'Of the caller''s address 24 bits of IPv4 or 48 of IPv6: a network, not a household. Null where no address is known.';

COMMENT ON COLUMN oauth.audit_events.details IS 'because (a revocation), reason (a refusal), grant and scope (what was issued), changed (what drifted), origin (of a client), name (of an API key, of a registration token, of a signing key).';

ALTER TABLE oauth.audit_events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oauth.audit_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oauth.clients (
    id text NOT NULL,
    origin text NOT NULL,
    verified boolean DEFAULT false NOT NULL,
    name text NOT NULL,
    uri text,
    application_type text DEFAULT 'web'::text NOT NULL,
    token_endpoint_auth_method text NOT NULL,
    secret_hash bytea,
    jwks jsonb,
    jwks_uri text,
    redirect_uris text[] NOT NULL,
    grant_types text[] NOT NULL,
    response_types text[] NOT NULL,
    scope text,
    resource text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    first_used_at timestamp with time zone,
    blocked_at timestamp with time zone,
    fetched_at timestamp with time zone,
    fresh_until timestamp with time zone,
    jwks_fetched_at timestamp with time zone,
    jwks_fresh_until timestamp with time zone,
    jwks_rest_until timestamp with time zone,
    address_hash bytea,
    service_scope text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT a_client_authenticates_in_a_known_way CHECK ((token_endpoint_auth_method = ANY (ARRAY['none'::text, 'client_secret_basic'::text, 'client_secret_post'::text, 'private_key_jwt'::text]))),
    CONSTRAINT a_client_comes_from_somewhere_known CHECK ((origin = ANY (ARRAY['registered'::text, 'operator'::text, 'document'::text]))),
    CONSTRAINT a_client_has_a_secret_exactly_when_it_uses_one CHECK (((token_endpoint_auth_method = ANY (ARRAY['client_secret_basic'::text, 'client_secret_post'::text])) = (secret_hash IS NOT NULL))),
    CONSTRAINT a_client_has_keys_exactly_when_it_uses_them CHECK (((token_endpoint_auth_method = 'private_key_jwt'::text) = ((jwks IS NOT NULL) OR (jwks_uri IS NOT NULL)))),
    CONSTRAINT a_client_id_is_never_uuid_shaped CHECK (((regexp_replace(id, '[{}-]'::text, ''::text, 'g'::text) !~* '^[0-9a-f]{32}$'::text) AND ((length(id) >= 1) AND (length(id) <= 500)))),
    CONSTRAINT a_client_secret_is_kept_as_its_hash CHECK ((octet_length(secret_hash) = 32)),
    CONSTRAINT a_document_holds_no_secret CHECK (((origin <> 'document'::text) OR (secret_hash IS NULL))),
    CONSTRAINT an_address_is_kept_as_its_hash CHECK ((octet_length(address_hash) = 32)),
    CONSTRAINT an_application_is_web_or_native CHECK ((application_type = ANY (ARRAY['web'::text, 'native'::text]))),
    CONSTRAINT client_keys_are_a_list_of_public_keys CHECK (((jsonb_typeof(jwks) = 'array'::text) AND (NOT jsonb_path_exists(jwks, '$[*]?(exists (@."d") || exists (@."k"))'::jsonpath)))),
    CONSTRAINT only_a_document_ages CHECK ((((origin = 'document'::text) = (fetched_at IS NOT NULL)) AND ((fetched_at IS NULL) = (fresh_until IS NULL)))),
    CONSTRAINT only_a_document_is_named_by_its_url CHECK (((origin = 'document'::text) = (id ~ '^https?://'::text))),
    CONSTRAINT only_a_registration_comes_from_an_address CHECK (((address_hash IS NULL) OR (origin = 'registered'::text))),
    CONSTRAINT only_keys_at_a_url_rest CHECK (((jwks_rest_until IS NULL) OR (jwks_uri IS NOT NULL))),
    CONSTRAINT only_keys_from_a_url_age CHECK ((((jwks_fetched_at IS NULL) = (jwks_fresh_until IS NULL)) AND ((jwks_fetched_at IS NOT NULL) = ((jwks_uri IS NOT NULL) AND (jwks IS NOT NULL)))))
);

COMMENT ON TABLE oauth.clients IS 'OAuth clients (RFC 6749 §2, RFC 7591). Secrets as SHA-256 of 256 random bits.';

COMMENT ON COLUMN oauth.clients.verified IS 'The operator knows this client (oauth.verify_client): refusals may redirect to it at once and no warning is shown.';

COMMENT ON COLUMN oauth.clients.jwks IS 'Public keys whose signature proves the client (RFC 7523 §3, RFC 7517): its own words, or what was last read at jwks_uri.';

COMMENT ON COLUMN oauth.clients.resource IS 'Set for a resource server: the audience whose tokens it may introspect (RFC 7662).';

COMMENT ON COLUMN oauth.clients.first_used_at IS 'When its first flow completed. Null for ever means that nobody misses it: see oauth.purge_clients.';

COMMENT ON COLUMN oauth.clients.fresh_until IS 'Until then the document need not be fetched again at authorize (RFC 9111 §4.2, clamped).';

COMMENT ON COLUMN oauth.clients.jwks_rest_until IS 'Until then jwks_uri is not asked again, whatever it answered: nobody may make this server knock there all the time.';

COMMENT ON COLUMN oauth.clients.address_hash IS 'Where it registered itself from, for the hour in which that counts (RATE_REGISTER): SHA-256 of an address or /64.';

COMMENT ON COLUMN oauth.clients.service_scope IS 'The most that this client may be granted in its own name. Set by the operator, with or without wildcards; empty for everyone else.';

CREATE VIEW oauth.audit_log WITH (security_invoker='true') AS
 SELECT audited.occurred_at,
        CASE audited.event
            WHEN 'api_key_created'::text THEN 'A person made an API key'::text
            WHEN 'api_key_revoked'::text THEN 'An API key was revoked'::text
            WHEN 'authorization_requested'::text THEN 'A client asked for authorization'::text
            WHEN 'client_blocked'::text THEN 'The operator blocked a client'::text
            WHEN 'client_drifted'::text THEN 'A client''s document changed who it is'::text
            WHEN 'client_keys_changed'::text THEN 'A client changed its keys'::text
            WHEN 'client_name_borrowed'::text THEN 'A client came with the name of a well-known one'::text
            WHEN 'client_registered'::text THEN
            CASE (audited.details ->> 'origin'::text)
                WHEN 'registered'::text THEN 'A client registered itself'::text
                WHEN 'document'::text THEN 'A client was read from its document'::text
                ELSE 'The operator registered a client'::text
            END
            WHEN 'client_unblocked'::text THEN 'The operator unblocked a client'::text
            WHEN 'client_unverified'::text THEN 'The operator took an approval back'::text
            WHEN 'client_verified'::text THEN 'The operator approved a client'::text
            WHEN 'code_issued'::text THEN 'A client was sent a code'::text
            WHEN 'code_replayed'::text THEN 'A used code was presented again'::text
            WHEN 'consented'::text THEN 'A person allowed a client'::text
            WHEN 'denied'::text THEN 'A person denied a client'::text
            WHEN 'rate_limited'::text THEN 'A client asked too often'::text
            WHEN 'refresh_replayed'::text THEN 'A used refresh token was presented again within its window'::text
            WHEN 'registration_token_created'::text THEN 'The operator made a registration token'::text
            WHEN 'registration_token_revoked'::text THEN 'The operator revoked a registration token'::text
            WHEN 'request_refused'::text THEN 'A request was refused'::text
            WHEN 'signing_key_created'::text THEN 'A signing key was made'::text
            WHEN 'signing_key_revoked'::text THEN 'The operator revoked a signing key'::text
            WHEN 'tokens_issued'::text THEN
            CASE (audited.details ->> 'grant'::text)
                WHEN 'client_credentials'::text THEN 'A client got a token in its own name'::text
                ELSE 'A client got its first tokens'::text
            END
            WHEN 'tokens_refreshed'::text THEN 'A client refreshed its tokens'::text
            WHEN 'tokens_revoked'::text THEN 'Tokens were revoked'::text
            ELSE NULL::text
        END AS what,
    COALESCE((audited.details ->> 'because'::text), (audited.details ->> 'reason'::text), (audited.details ->> 'name'::text), ( SELECT string_agg(listed.part, ', '::text) AS string_agg
           FROM jsonb_array_elements_text((audited.details -> 'changed'::text)) listed(part))) AS why,
    COALESCE((person.email)::text, (audited.person_id)::text) AS person,
    COALESCE(client.name, audited.client_id) AS client,
    audited.resource,
    ( SELECT string_agg(listed.part, ' '::text) AS string_agg
           FROM jsonb_array_elements_text((audited.details -> 'scope'::text)) listed(part)) AS scope,
    audited.address_prefix,
    audited.request_id,
    audited.event,
    audited.person_id,
    audited.client_id,
    audited.family_id
   FROM ((oauth.audit_events audited
     LEFT JOIN auth.users person ON ((person.id = audited.person_id)))
     LEFT JOIN oauth.clients client ON ((client.id = audited.client_id)))
  ORDER BY audited.occurred_at DESC, audited.id DESC;

COMMENT ON VIEW oauth.audit_log IS 'For the operator: what happened in the last 90 days, newest first. request_id is the X-Request-Id of the answer and the id of the log line.';

CREATE TABLE oauth.authorization_codes (
    code_hash bytea NOT NULL,
    client_id text NOT NULL,
    person_id uuid NOT NULL,
    redirect_uri text NOT NULL,
    resource text NOT NULL,
    scope text[] NOT NULL,
    authorization_details jsonb DEFAULT '[]'::jsonb NOT NULL,
    code_challenge text NOT NULL,
    issued_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    family_id uuid,
    CONSTRAINT a_code_challenge_is_s256 CHECK ((code_challenge ~ '^[A-Za-z0-9_-]{43}$'::text)),
    CONSTRAINT a_code_is_kept_as_its_hash CHECK ((octet_length(code_hash) = 32)),
    CONSTRAINT only_a_used_code_has_a_family CHECK (((family_id IS NULL) OR (used_at IS NOT NULL)))
);

COMMENT ON TABLE oauth.authorization_codes IS 'Authorization codes by SHA-256 (RFC 6749 §4.1.2).';

COMMENT ON COLUMN oauth.authorization_codes.redirect_uri IS 'As sent to authorize: if the token request sends one, it must be equal byte for byte.';

COMMENT ON COLUMN oauth.authorization_codes.code_challenge IS 'BASE64URL(SHA256(verifier)) (RFC 7636 §4.2). Only S256 exists here.';

CREATE TABLE oauth.authorization_requests (
    id_hash bytea NOT NULL,
    browser_hash bytea NOT NULL,
    client_id text NOT NULL,
    redirect_uri text NOT NULL,
    registered_redirect_uri text NOT NULL,
    resource text NOT NULL,
    scope text[] NOT NULL,
    authorization_details jsonb DEFAULT '[]'::jsonb NOT NULL,
    state text,
    code_challenge text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    decision text,
    person_id uuid,
    granted_scope text[],
    granted_details jsonb DEFAULT '[]'::jsonb NOT NULL,
    continue_secret_hash bytea,
    decided_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT a_browser_is_kept_as_its_hash CHECK ((octet_length(browser_hash) = 32)),
    CONSTRAINT a_continue_secret_is_kept_as_its_hash CHECK ((octet_length(continue_secret_hash) = 32)),
    CONSTRAINT a_decision_is_complete CHECK ((((decision IS NULL) = (person_id IS NULL)) AND ((decision IS NULL) = (decided_at IS NULL)) AND ((decision IS NULL) = (continue_secret_hash IS NULL)))),
    CONSTRAINT a_decision_is_known CHECK ((decision = ANY (ARRAY['approve'::text, 'deny'::text]))),
    CONSTRAINT a_request_asks_for_a_scope CHECK ((cardinality(scope) > 0)),
    CONSTRAINT a_request_code_challenge_is_s256 CHECK ((code_challenge ~ '^[A-Za-z0-9_-]{43}$'::text)),
    CONSTRAINT a_request_holds_no_wildcard CHECK ((POSITION(('*'::text) IN (array_to_string(scope, ' '::text))) = 0)),
    CONSTRAINT a_request_id_is_kept_as_its_hash CHECK ((octet_length(id_hash) = 32)),
    CONSTRAINT an_approval_grants_part_of_what_was_asked CHECK (((decision IS DISTINCT FROM 'approve'::text) OR ((granted_scope IS NOT NULL) AND (cardinality(granted_scope) > 0) AND (granted_scope <@ scope))))
);

COMMENT ON TABLE oauth.authorization_requests IS 'Authorization requests (RFC 6749 §4.1.1) between authorize and code: id, browser and continue secret by SHA-256.';

COMMENT ON COLUMN oauth.authorization_requests.registered_redirect_uri IS 'The registered entry that matched: equal to redirect_uri but for a loopback port (RFC 8252 §7.3).';

COMMENT ON COLUMN oauth.authorization_requests.scope IS 'What consent shows: what was asked for, expanded to what exists at the resource.';

CREATE TABLE oauth.client_assertions (
    client_id text NOT NULL,
    jti_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT a_jti_is_kept_as_its_hash CHECK ((octet_length(jti_hash) = 32))
);

COMMENT ON TABLE oauth.client_assertions IS 'Assertions that were used, for as long as they could be used again (RFC 7523 §3 rule 7).';

CREATE TABLE oauth.resources (
    identifier text NOT NULL,
    name text NOT NULL,
    scopes jsonb NOT NULL,
    default_scope text[] NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT a_resource_identifier_has_no_trailing_slash CHECK (((identifier !~ '/$'::text) AND (length(identifier) <= 2000))),
    CONSTRAINT a_resource_offers_no_wildcard CHECK ((NOT jsonb_path_exists(scopes, '$[*]."name"?(@ like_regex "[*]")'::jsonpath))),
    CONSTRAINT resource_scopes_are_a_list CHECK ((jsonb_typeof(scopes) = 'array'::text))
);

COMMENT ON TABLE oauth.resources IS 'Protected resources (RFC 8707): identifier, the scopes that exist there, and those given when a client asks for none.';

COMMENT ON COLUMN oauth.resources.scopes IS 'List of {name, description: {en, ja}, tools: [name]}: what consent shows and metadata lists. With detail where authorization details (RFC 9396) limit the scope: {type, actions, maxAmount, currency} by default.';

COMMENT ON COLUMN oauth.resources.is_default IS 'The resource of a request that names none.';

CREATE TABLE oauth.token_families (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id text NOT NULL,
    person_id uuid NOT NULL,
    resource text NOT NULL,
    scope text[] NOT NULL,
    authorization_details jsonb DEFAULT '[]'::jsonb NOT NULL,
    key_bound boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_used_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_because text,
    CONSTRAINT a_family_has_a_scope CHECK ((cardinality(scope) > 0)),
    CONSTRAINT a_revocation_has_a_reason CHECK (((revoked_at IS NULL) = (revoked_because IS NULL)))
);

COMMENT ON TABLE oauth.token_families IS 'One per redeemed authorization code: what a person let a client do at a resource, and every token issued for it.';

COMMENT ON COLUMN oauth.token_families.scope IS 'What the refresh token stands for. A narrower scope asked at refresh narrows one access token only (RFC 6749 §6).';

COMMENT ON COLUMN oauth.token_families.key_bound IS 'The client proved itself with a key: from then on nothing less refreshes this family.';

CREATE VIEW oauth.connected_apps WITH (security_invoker='true') AS
 SELECT held.person_id,
    client.id AS client_id,
    client.name,
    client.uri,
    client.verified,
    (client.blocked_at IS NOT NULL) AS blocked,
    min(held.since) AS since,
    max(held.last_used_at) AS last_used_at,
    jsonb_agg(jsonb_build_object('resource', held.resource, 'scope', held.scope, 'resource_scopes', resource.scopes) ORDER BY held.resource) AS access
   FROM ((( SELECT family.person_id,
            family.client_id,
            family.resource,
            array_agg(DISTINCT granted.scope) AS scope,
            min(family.created_at) AS since,
            max(family.last_used_at) AS last_used_at
           FROM (oauth.token_families family
             CROSS JOIN LATERAL unnest(family.scope) granted(scope))
          WHERE ((family.revoked_at IS NULL) AND (family.expires_at > clock_timestamp()))
          GROUP BY family.person_id, family.client_id, family.resource) held
     JOIN oauth.clients client ON ((client.id = held.client_id)))
     JOIN oauth.resources resource ON ((resource.identifier = held.resource)))
  GROUP BY held.person_id, client.id, client.name, client.uri, client.verified, client.blocked_at;

COMMENT ON VIEW oauth.connected_apps IS 'Apps that hold something of a person which can still be used, with all that it allows. A blocked one is among them: the operator may let it in again.';

CREATE TABLE oauth.consents (
    person_id uuid NOT NULL,
    client_id text NOT NULL,
    redirect_uri text NOT NULL,
    resource text NOT NULL,
    scope text[] NOT NULL,
    given_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

COMMENT ON TABLE oauth.consents IS 'The last consent per person, client, registered redirect URI and resource. Never a reason to skip asking.';

CREATE TABLE oauth.known_names (
    name text NOT NULL,
    hosts text[] NOT NULL,
    CONSTRAINT a_known_host_is_a_host CHECK ((array_to_string(hosts, ' '::text) ~ '^([a-z0-9.-]+( [a-z0-9.-]+)*)?$'::text)),
    CONSTRAINT a_known_name_is_lower_case_letters CHECK ((name ~ '^[a-z]{4,50}$'::text))
);

COMMENT ON TABLE oauth.known_names IS 'What well-known clients are called, and the hosts to which their answers go, with all below them. The operator may add to it.';

CREATE VIEW oauth.live_tokens WITH (security_invoker='true') AS
 SELECT family.id AS family_id,
    family.person_id,
    (person.email)::text AS person,
    family.client_id,
    client.name AS client,
    family.resource,
    array_to_string(family.scope, ' '::text) AS scope,
    family.created_at AS since,
    family.last_used_at,
    family.expires_at
   FROM ((oauth.token_families family
     JOIN oauth.clients client ON ((client.id = family.client_id)))
     JOIN auth.users person ON ((person.id = family.person_id)))
  WHERE ((family.revoked_at IS NULL) AND (family.expires_at > clock_timestamp()) AND (client.blocked_at IS NULL) AND oauth.person_is_active(family.person_id))
UNION ALL
 SELECT NULL::uuid AS family_id,
    NULL::uuid AS person_id,
    NULL::text AS person,
    token.client_id,
    client.name AS client,
    token.resource,
    array_to_string(token.scope, ' '::text) AS scope,
    token.issued_at AS since,
    token.issued_at AS last_used_at,
    token.expires_at
   FROM (oauth.access_tokens token
     JOIN oauth.clients client ON ((client.id = token.client_id)))
  WHERE ((token.family_id IS NULL) AND (token.revoked_at IS NULL) AND (token.expires_at > clock_timestamp()) AND (client.blocked_at IS NULL))
UNION ALL
 SELECT NULL::uuid AS family_id,
    key.person_id,
    (person.email)::text AS person,
    key.id AS client_id,
    key.name AS client,
    key.resource,
    array_to_string(key.scope, ' '::text) AS scope,
    key.created_at AS since,
    key.last_used_at,
    key.expires_at
   FROM (oauth.api_keys key
     JOIN auth.users person ON ((person.id = key.person_id)))
  WHERE ((key.revoked_at IS NULL) AND (key.expires_at > clock_timestamp()) AND oauth.person_is_active(key.person_id));

COMMENT ON VIEW oauth.live_tokens IS 'For the operator: who holds what at this moment. One row per family; without a person, a token of a client in its own name; with the id of a key for a client, an API key.';

CREATE VIEW oauth.own_activity WITH (security_invoker='true') AS
 SELECT audited.person_id,
    audited.occurred_at,
    audited.event,
    audited.client_id,
    COALESCE((audited.details ->> 'name'::text), client.name) AS client,
    audited.resource,
    ((host((audited.address_prefix)::inet) || '/'::text) || masklen((audited.address_prefix)::inet)) AS address_prefix,
    (audited.details ->> 'because'::text) AS because,
    ARRAY( SELECT listed.scope
           FROM jsonb_array_elements_text((audited.details -> 'scope'::text)) WITH ORDINALITY listed(scope, place)
          ORDER BY listed.place) AS scope
   FROM (( SELECT audit_events.occurred_at,
            audit_events.event,
            audit_events.client_id,
            audit_events.person_id,
            audit_events.resource,
            audit_events.address_prefix,
            audit_events.details,
            row_number() OVER (PARTITION BY audit_events.person_id, audit_events.client_id, audit_events.address_prefix, (audit_events.event = ANY (ARRAY['tokens_issued'::text, 'tokens_refreshed'::text])) ORDER BY audit_events.occurred_at) AS "time"
           FROM oauth.audit_events) audited
     LEFT JOIN oauth.clients client ON ((client.id = audited.client_id)))
  WHERE ((audited.event <> 'code_issued'::text) AND ((audited.event <> 'tokens_refreshed'::text) OR (audited."time" = 1)));

COMMENT ON VIEW oauth.own_activity IS 'What the audit trail tells of a person, to that person. A renewal is told where it is the first that its client gets anything from that network, a code not at all. Nothing in it leads to anybody else.';

CREATE TABLE oauth.rate_counts (
    bucket text NOT NULL,
    subject_hash bytea NOT NULL,
    minute bigint NOT NULL,
    counts integer[] NOT NULL,
    CONSTRAINT a_subject_is_kept_as_its_hash CHECK ((octet_length(subject_hash) = 32)),
    CONSTRAINT an_hour_is_counted_in_sixty_one_minutes CHECK ((cardinality(counts) = 61))
)
WITH (fillfactor='60');

COMMENT ON TABLE oauth.rate_counts IS 'What was counted in the last hour, by bucket and subject.';

COMMENT ON COLUMN oauth.rate_counts.minute IS 'Minutes since the epoch of the first count; the others lie before it.';

CREATE TABLE oauth.refresh_tokens (
    token_hash bytea NOT NULL,
    family_id uuid NOT NULL,
    generation integer NOT NULL,
    issued_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    rotated_at timestamp with time zone,
    successor_hash bytea,
    sealed_successor text,
    replay_until timestamp with time zone,
    replay_count integer DEFAULT 0 NOT NULL,
    CONSTRAINT a_refresh_token_is_kept_as_its_hash CHECK ((octet_length(token_hash) = 32)),
    CONSTRAINT a_rotated_token_has_a_successor CHECK (((rotated_at IS NULL) = (successor_hash IS NULL))),
    CONSTRAINT only_a_rotated_token_seals_a_successor CHECK (((sealed_successor IS NULL) OR (rotated_at IS NOT NULL)))
);

COMMENT ON TABLE oauth.refresh_tokens IS 'Refresh tokens by SHA-256, every generation of a family (RFC 6749 §6).';

COMMENT ON COLUMN oauth.refresh_tokens.sealed_successor IS 'AES-256-GCM under a key derived from the presented token: opens for whoever holds that token, for nobody who holds only this table.';

COMMENT ON COLUMN oauth.refresh_tokens.replay_until IS 'Until then a second presentation is a lost answer or a race, afterwards a theft (RFC 9700 §4.14.2).';

CREATE TABLE oauth.registration_tokens (
    token_hash bytea NOT NULL,
    name text NOT NULL,
    most_uses integer NOT NULL,
    uses integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT a_registration_token_has_a_bound CHECK (((most_uses >= 1) AND (most_uses <= 1000000))),
    CONSTRAINT a_registration_token_is_kept_as_its_hash CHECK ((octet_length(token_hash) = 32)),
    CONSTRAINT a_registration_token_is_named CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT a_registration_token_is_used_within_its_bound CHECK (((uses >= 0) AND (uses <= most_uses))),
    CONSTRAINT a_registration_token_lives_a_year_at_most CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '366 days'::interval))))
);

COMMENT ON TABLE oauth.registration_tokens IS 'Initial access tokens (RFC 7591 §3) by SHA-256, with the name that the operator knows them by.';

CREATE TABLE oauth.sealed_passwords (
    purpose text NOT NULL,
    sealed_password text NOT NULL,
    secret_id text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

COMMENT ON TABLE oauth.sealed_passwords IS 'Passwords that the embedded server needs the same in every process, whichever key of SEKISHO_SECRET that has first: derived once, kept sealed.';

COMMENT ON COLUMN oauth.sealed_passwords.sealed_password IS 'As oauth.signing_keys.sealed_private_key.';

CREATE TABLE oauth.secret_checks (
    secret_id text NOT NULL,
    check_value bytea NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT a_check_value_is_a_digest CHECK ((octet_length(check_value) = 32))
);

COMMENT ON TABLE oauth.secret_checks IS 'HMAC of a fixed text under each SEKISHO_SECRET key: a wrong secret is refused at start instead of corrupting anything.';

CREATE TABLE shop.bookings (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    owner_id uuid NOT NULL,
    room_id uuid NOT NULL,
    client_id text NOT NULL,
    title text NOT NULL,
    during tstzrange NOT NULL,
    starts_at timestamp with time zone GENERATED ALWAYS AS (lower(during)) STORED,
    state text DEFAULT 'booked'::text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    cancelled_at timestamp with time zone,
    CONSTRAINT a_booking_has_a_beginning_and_an_end CHECK (((NOT isempty(during)) AND lower_inc(during) AND (NOT upper_inc(during)) AND (NOT lower_inf(during)) AND (NOT upper_inf(during)))),
    CONSTRAINT a_booking_has_a_title CHECK (((length(title) >= 1) AND (length(title) <= 200))),
    CONSTRAINT a_booking_is_booked_or_cancelled CHECK ((state = ANY (ARRAY['booked'::text, 'cancelled'::text]))),
    CONSTRAINT a_booking_lasts_at_most_a_day CHECK (((upper(during) - lower(during)) <= '24:00:00'::interval)),
    CONSTRAINT a_cancelled_booking_says_when CHECK (((state = 'cancelled'::text) = (cancelled_at IS NOT NULL)))
);

COMMENT ON TABLE shop.bookings IS 'Times at which a room is taken. A cancelled one stays and takes nothing.';

COMMENT ON COLUMN shop.bookings.client_id IS 'The client that made it. Not a reference: the booking outlives the client.';

CREATE TABLE shop.form_fields (
    form_id uuid NOT NULL,
    name text NOT NULL,
    owner_id uuid NOT NULL,
    place integer NOT NULL,
    label text NOT NULL,
    type text NOT NULL,
    is_required boolean DEFAULT false NOT NULL,
    choices text[],
    at_least numeric,
    at_most numeric,
    CONSTRAINT a_choice_is_one_of_several CHECK (((type = ANY (ARRAY['choice'::text, 'choices'::text])) = (choices IS NOT NULL))),
    CONSTRAINT a_field_has_a_label CHECK (((length(label) >= 1) AND (length(label) <= 200))),
    CONSTRAINT a_field_has_a_plain_name CHECK ((name ~ '^[a-z][a-z0-9_]{0,62}$'::text)),
    CONSTRAINT a_field_is_of_a_known_type CHECK ((type = ANY (ARRAY['text'::text, 'integer'::text, 'number'::text, 'boolean'::text, 'date'::text, 'choice'::text, 'choices'::text]))),
    CONSTRAINT a_form_has_at_most_100_fields CHECK (((place >= 1) AND (place <= 100))),
    CONSTRAINT a_limit_is_of_what_can_be_measured CHECK (((type = ANY (ARRAY['text'::text, 'integer'::text, 'number'::text, 'choices'::text])) OR ((at_least IS NULL) AND (at_most IS NULL)))),
    CONSTRAINT choices_can_be_shown CHECK (((choices IS NULL) OR (((cardinality(choices) >= 1) AND (cardinality(choices) <= 100)) AND (array_ndims(choices) = 1) AND (array_position(choices, NULL::text) IS NULL)))),
    CONSTRAINT limits_leave_something_between CHECK ((at_least <= at_most))
);

COMMENT ON TABLE shop.form_fields IS 'The questions of a form, in the order of their places.';

COMMENT ON COLUMN shop.form_fields.at_least IS 'Of the length of a text, the value of a number, the count of choices. So is at_most.';

CREATE TABLE shop.form_responses (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    owner_id uuid NOT NULL,
    form_id uuid NOT NULL,
    client_id text NOT NULL,
    answers jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT answers_are_an_object CHECK ((jsonb_typeof(answers) = 'object'::text))
);

COMMENT ON TABLE shop.form_responses IS 'What was answered, by name of the field, as the form was then. What was left out is not there.';

COMMENT ON COLUMN shop.form_responses.client_id IS 'The client that sent it. Not a reference: the response outlives the client.';

CREATE TABLE shop.forms (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    owner_id uuid NOT NULL,
    title text NOT NULL,
    closes_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT a_form_has_a_title CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);

COMMENT ON TABLE shop.forms IS 'What a person asks. Answered until closes_at, or for ever.';

CREATE TABLE shop.order_items (
    order_id uuid NOT NULL,
    line integer NOT NULL,
    owner_id uuid NOT NULL,
    product_id uuid,
    product_name text NOT NULL,
    quantity integer NOT NULL,
    unit_price_minor bigint NOT NULL,
    CONSTRAINT a_quantity_can_be_counted CHECK (((quantity >= 1) AND (quantity <= 1000))),
    CONSTRAINT an_item_has_a_price CHECK ((unit_price_minor >= 0))
);

COMMENT ON TABLE shop.order_items IS 'The lines of an order, with name and price as they were. The product may be gone since.';

CREATE TABLE shop.orders (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    owner_id uuid NOT NULL,
    client_id text NOT NULL,
    idempotency_key text NOT NULL,
    content_hash bytea NOT NULL,
    currency text NOT NULL,
    total_minor bigint NOT NULL,
    state text DEFAULT 'placed'::text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    cancelled_at timestamp with time zone,
    CONSTRAINT a_cancelled_order_says_when CHECK (((state = 'cancelled'::text) = (cancelled_at IS NOT NULL))),
    CONSTRAINT a_content_hash_is_sha_256 CHECK ((length(content_hash) = 32)),
    CONSTRAINT a_total_is_not_negative CHECK ((total_minor >= 0)),
    CONSTRAINT an_idempotency_key_has_a_length CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 200))),
    CONSTRAINT an_order_has_a_currency CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT an_order_is_placed_or_cancelled CHECK ((state = ANY (ARRAY['placed'::text, 'cancelled'::text])))
);

COMMENT ON TABLE shop.orders IS 'What was ordered, for how much. Amounts in minor units of the currency (ISO 4217).';

COMMENT ON COLUMN shop.orders.client_id IS 'The client that placed it. Not a reference: the order outlives the client.';

COMMENT ON COLUMN shop.orders.idempotency_key IS 'Chosen by the client, so that a repeated call finds the order instead of placing another.';

COMMENT ON COLUMN shop.orders.content_hash IS 'SHA-256 of products and quantities: whether a repeated key came with the same content, though a product may be gone.';

CREATE TABLE shop.products (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    stock integer NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT a_currency_is_iso_4217 CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT a_price_can_be_summed CHECK ((price_minor <= '100000000000'::bigint)),
    CONSTRAINT a_price_is_not_negative CHECK ((price_minor >= 0)),
    CONSTRAINT a_product_has_a_name CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT a_stock_is_not_negative CHECK ((stock >= 0))
);

COMMENT ON TABLE shop.products IS 'Products of a person. Prices in minor units of the currency (ISO 4217).';

CREATE TABLE shop.rooms (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    time_zone text NOT NULL,
    opens_at time without time zone,
    closes_at time without time zone,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT a_room_has_a_name CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT a_room_opens_before_it_closes CHECK ((((opens_at IS NULL) = (closes_at IS NULL)) AND ((opens_at IS NULL) OR (opens_at < closes_at)))),
    CONSTRAINT a_time_zone_exists CHECK ((('2000-01-01 00:00:00+00'::timestamp with time zone AT TIME ZONE time_zone) IS NOT NULL)),
    CONSTRAINT a_time_zone_is_an_iana_name CHECK ((time_zone ~ '^(UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$'::text))
);

COMMENT ON TABLE shop.rooms IS 'What a person lets others book. Opening hours are local to the room''s time zone; without them it is always open.';

CREATE TABLE shop.ticket_events (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    capacity integer NOT NULL,
    seats_taken integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT a_ticket_price_can_be_summed CHECK ((price_minor <= '100000000000'::bigint)),
    CONSTRAINT a_ticket_price_is_not_negative CHECK ((price_minor >= 0)),
    CONSTRAINT an_event_has_a_currency CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT an_event_has_a_name CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT no_seat_is_promised_twice CHECK (((seats_taken >= 0) AND (seats_taken <= capacity)))
);

COMMENT ON TABLE shop.ticket_events IS 'What tickets can be reserved for. Prices in minor units of the currency (ISO 4217).';

CREATE TABLE shop.ticket_reservations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    owner_id uuid NOT NULL,
    event_id uuid NOT NULL,
    client_id text NOT NULL,
    seats integer NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    state text DEFAULT 'reserved'::text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    cancelled_at timestamp with time zone,
    CONSTRAINT a_cancelled_reservation_says_when CHECK (((state = 'cancelled'::text) = (cancelled_at IS NOT NULL))),
    CONSTRAINT a_reservation_has_a_currency CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT a_reservation_has_an_amount CHECK ((amount_minor >= 0)),
    CONSTRAINT a_reservation_has_seats CHECK (((seats >= 1) AND (seats <= 100))),
    CONSTRAINT a_reservation_is_reserved_or_cancelled CHECK ((state = ANY (ARRAY['reserved'::text, 'cancelled'::text])))
);

COMMENT ON TABLE shop.ticket_reservations IS 'Seats that are promised, for the amount that they cost when they were. A cancelled one stays and takes none.';

COMMENT ON COLUMN shop.ticket_reservations.client_id IS 'The client that made it, whose ceiling it counts against. Not a reference: it outlives the client.';

ALTER TABLE ONLY oauth.authorization_requests
    ADD CONSTRAINT a_continue_secret_belongs_to_one_request UNIQUE (continue_secret_hash);

ALTER TABLE ONLY oauth.refresh_tokens
    ADD CONSTRAINT a_generation_has_one_refresh_token UNIQUE (family_id, generation);

ALTER TABLE ONLY oauth.registration_tokens
    ADD CONSTRAINT a_registration_token_has_a_name_of_its_own UNIQUE (name);

ALTER TABLE ONLY oauth.access_tokens
    ADD CONSTRAINT access_tokens_pkey PRIMARY KEY (jti);

ALTER TABLE ONLY oauth.api_keys
    ADD CONSTRAINT an_api_key_is_found_by_its_hash UNIQUE (key_hash);

ALTER TABLE ONLY oauth.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oauth.audit_counts
    ADD CONSTRAINT audit_counts_pkey PRIMARY KEY (hour, event, reason);

ALTER TABLE ONLY oauth.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (occurred_at, id);

ALTER TABLE ONLY oauth.authorization_codes
    ADD CONSTRAINT authorization_codes_pkey PRIMARY KEY (code_hash);

ALTER TABLE ONLY oauth.authorization_requests
    ADD CONSTRAINT authorization_requests_pkey PRIMARY KEY (id_hash);

ALTER TABLE ONLY oauth.client_assertions
    ADD CONSTRAINT client_assertions_pkey PRIMARY KEY (client_id, jti_hash);

ALTER TABLE ONLY oauth.clients
    ADD CONSTRAINT clients_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oauth.consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (person_id, client_id, redirect_uri, resource);

ALTER TABLE ONLY oauth.known_names
    ADD CONSTRAINT known_names_pkey PRIMARY KEY (name);

ALTER TABLE ONLY oauth.signing_keys
    ADD CONSTRAINT one_key_signs_at_a_time EXCLUDE USING gist (tstzrange(signs_from, signs_until) WITH &&) WHERE ((revoked_at IS NULL)) DEFERRABLE;

ALTER TABLE ONLY oauth.rate_counts
    ADD CONSTRAINT rate_counts_pkey PRIMARY KEY (bucket, subject_hash);

ALTER TABLE ONLY oauth.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY oauth.registration_tokens
    ADD CONSTRAINT registration_tokens_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY oauth.resources
    ADD CONSTRAINT resources_pkey PRIMARY KEY (identifier);

ALTER TABLE ONLY oauth.sealed_passwords
    ADD CONSTRAINT sealed_passwords_pkey PRIMARY KEY (purpose);

ALTER TABLE ONLY oauth.secret_checks
    ADD CONSTRAINT secret_checks_pkey PRIMARY KEY (secret_id);

ALTER TABLE ONLY oauth.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (kid);

ALTER TABLE ONLY oauth.token_families
    ADD CONSTRAINT token_families_pkey PRIMARY KEY (id);

ALTER TABLE ONLY shop.form_fields
    ADD CONSTRAINT a_field_has_its_own_place UNIQUE (form_id, place);

ALTER TABLE ONLY shop.forms
    ADD CONSTRAINT a_form_has_one_owner UNIQUE (id, owner_id);

ALTER TABLE ONLY shop.products
    ADD CONSTRAINT a_product_has_one_owner UNIQUE (id, owner_id);

ALTER TABLE ONLY shop.rooms
    ADD CONSTRAINT a_room_has_one_owner UNIQUE (id, owner_id);

ALTER TABLE ONLY shop.ticket_events
    ADD CONSTRAINT an_event_has_one_owner UNIQUE (id, owner_id);

ALTER TABLE ONLY shop.orders
    ADD CONSTRAINT an_idempotency_key_names_one_order UNIQUE (owner_id, client_id, idempotency_key);

ALTER TABLE ONLY shop.orders
    ADD CONSTRAINT an_order_has_one_owner UNIQUE (id, owner_id);

ALTER TABLE ONLY shop.order_items
    ADD CONSTRAINT an_order_names_a_product_once UNIQUE (order_id, product_id);

ALTER TABLE ONLY shop.bookings
    ADD CONSTRAINT bookings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY shop.form_fields
    ADD CONSTRAINT form_fields_pkey PRIMARY KEY (form_id, name);

ALTER TABLE ONLY shop.form_responses
    ADD CONSTRAINT form_responses_pkey PRIMARY KEY (id);

ALTER TABLE ONLY shop.forms
    ADD CONSTRAINT forms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY shop.bookings
    ADD CONSTRAINT no_room_is_booked_twice EXCLUDE USING gist (room_id WITH =, during WITH &&) WHERE ((state = 'booked'::text));

ALTER TABLE ONLY shop.order_items
    ADD CONSTRAINT order_items_pkey PRIMARY KEY (order_id, line);

ALTER TABLE ONLY shop.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY shop.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (id);

ALTER TABLE ONLY shop.rooms
    ADD CONSTRAINT rooms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY shop.ticket_events
    ADD CONSTRAINT ticket_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY shop.ticket_reservations
    ADD CONSTRAINT ticket_reservations_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX a_family_has_one_live_refresh_token ON oauth.refresh_tokens USING btree (family_id) WHERE (rotated_at IS NULL);

CREATE INDEX access_tokens_client_id ON oauth.access_tokens USING btree (client_id);

CREATE INDEX access_tokens_expires_at ON oauth.access_tokens USING btree (expires_at);

CREATE INDEX access_tokens_family_id ON oauth.access_tokens USING btree (family_id);

CREATE INDEX api_keys_over ON oauth.api_keys USING btree (COALESCE(revoked_at, expires_at));

CREATE INDEX api_keys_person_id ON oauth.api_keys USING btree (person_id);

CREATE INDEX api_keys_resource ON oauth.api_keys USING btree (resource);

CREATE UNIQUE INDEX at_most_one_default_resource ON oauth.resources USING btree (is_default) WHERE is_default;

CREATE INDEX audit_events_anybodys ON oauth.audit_events USING btree (client_id, occurred_at) WHERE (event = ANY (ARRAY['authorization_requested'::text, 'code_replayed'::text, 'rate_limited'::text, 'request_refused'::text]));

CREATE INDEX audit_events_client_id ON oauth.audit_events USING btree (client_id, occurred_at);

CREATE INDEX audit_events_person_id ON oauth.audit_events USING btree (person_id, occurred_at) WHERE (person_id IS NOT NULL);

CREATE INDEX authorization_codes_client_id ON oauth.authorization_codes USING btree (client_id);

CREATE INDEX authorization_codes_expires_at ON oauth.authorization_codes USING btree (expires_at);

CREATE INDEX authorization_codes_family_id ON oauth.authorization_codes USING btree (family_id);

CREATE INDEX authorization_codes_person_id ON oauth.authorization_codes USING btree (person_id);

CREATE INDEX authorization_requests_client_id ON oauth.authorization_requests USING btree (client_id);

CREATE INDEX authorization_requests_expires_at ON oauth.authorization_requests USING btree (expires_at);

CREATE INDEX authorization_requests_person_id ON oauth.authorization_requests USING btree (person_id);

CREATE INDEX authorization_requests_resource ON oauth.authorization_requests USING btree (resource);

CREATE INDEX client_assertions_expires_at ON oauth.client_assertions USING btree (expires_at);

CREATE INDEX clients_never_used ON oauth.clients USING btree (created_at) WHERE ((first_used_at IS NULL) AND (origin <> 'operator'::text));

CREATE INDEX clients_registered_from ON oauth.clients USING btree (address_hash, created_at) WHERE (address_hash IS NOT NULL);

CREATE INDEX clients_resource ON oauth.clients USING btree (resource);

CREATE INDEX consents_client_id ON oauth.consents USING btree (client_id);

CREATE INDEX rate_counts_minute ON oauth.rate_counts USING btree (minute);

CREATE INDEX refresh_tokens_rotated ON oauth.refresh_tokens USING btree (expires_at) WHERE (rotated_at IS NOT NULL);

CREATE INDEX refresh_tokens_sealed ON oauth.refresh_tokens USING btree (replay_until) WHERE (sealed_successor IS NOT NULL);

CREATE INDEX registration_tokens_expires_at ON oauth.registration_tokens USING btree (expires_at);

CREATE INDEX token_families_client_id ON oauth.token_families USING btree (client_id);

CREATE INDEX token_families_expires_at ON oauth.token_families USING btree (expires_at);

CREATE INDEX token_families_person_id ON oauth.token_families USING btree (person_id);

CREATE INDEX bookings_owner_id_starts_at_id ON shop.bookings USING btree (owner_id, starts_at, id);

CREATE INDEX bookings_room_id_during ON shop.bookings USING btree (room_id, lower(during), id);

CREATE INDEX form_responses_owner_id_form_id_created_at_id ON shop.form_responses USING btree (owner_id, form_id, created_at, id);

CREATE INDEX forms_owner_id_title_id ON shop.forms USING btree (owner_id, title, id);

CREATE INDEX order_items_product_id ON shop.order_items USING btree (product_id);

CREATE INDEX orders_owner_id_created_at_id ON shop.orders USING btree (owner_id, created_at, id);

CREATE INDEX products_owner_id_name_id ON shop.products USING btree (owner_id, name, id);

CREATE INDEX rooms_owner_id_name_id ON shop.rooms USING btree (owner_id, name, id);

CREATE INDEX ticket_events_owner_id_starts_at_id ON shop.ticket_events USING btree (owner_id, starts_at, id);

CREATE INDEX ticket_reservations_event_id ON shop.ticket_reservations USING btree (event_id);

CREATE INDEX ticket_reservations_held ON shop.ticket_reservations USING btree (owner_id, client_id, currency) WHERE (state = 'reserved'::text);

CREATE INDEX ticket_reservations_owner_id_created_at_id ON shop.ticket_reservations USING btree (owner_id, created_at, id);

CREATE TRIGGER audit_events_are_not_emptied BEFORE TRUNCATE ON oauth.audit_events FOR EACH STATEMENT EXECUTE FUNCTION oauth.keep_audit_events();

ALTER TABLE oauth.audit_events ENABLE ALWAYS TRIGGER audit_events_are_not_emptied;

CREATE TRIGGER audit_events_are_only_added BEFORE DELETE OR UPDATE ON oauth.audit_events FOR EACH ROW EXECUTE FUNCTION oauth.keep_audit_events();

ALTER TABLE oauth.audit_events ENABLE ALWAYS TRIGGER audit_events_are_only_added;

ALTER TABLE ONLY oauth.authorization_codes
    ADD CONSTRAINT a_code_dies_with_its_client FOREIGN KEY (client_id) REFERENCES oauth.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.authorization_codes
    ADD CONSTRAINT a_code_dies_with_its_person FOREIGN KEY (person_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.authorization_codes
    ADD CONSTRAINT a_code_dies_with_its_resource FOREIGN KEY (resource) REFERENCES oauth.resources(identifier) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.consents
    ADD CONSTRAINT a_consent_dies_with_its_client FOREIGN KEY (client_id) REFERENCES oauth.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.consents
    ADD CONSTRAINT a_consent_dies_with_its_person FOREIGN KEY (person_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.consents
    ADD CONSTRAINT a_consent_dies_with_its_resource FOREIGN KEY (resource) REFERENCES oauth.resources(identifier) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.token_families
    ADD CONSTRAINT a_family_dies_with_its_client FOREIGN KEY (client_id) REFERENCES oauth.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.token_families
    ADD CONSTRAINT a_family_dies_with_its_person FOREIGN KEY (person_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.token_families
    ADD CONSTRAINT a_family_dies_with_its_resource FOREIGN KEY (resource) REFERENCES oauth.resources(identifier) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.refresh_tokens
    ADD CONSTRAINT a_refresh_token_dies_with_its_family FOREIGN KEY (family_id) REFERENCES oauth.token_families(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.authorization_requests
    ADD CONSTRAINT a_request_dies_with_its_client FOREIGN KEY (client_id) REFERENCES oauth.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.authorization_requests
    ADD CONSTRAINT a_request_dies_with_its_person FOREIGN KEY (person_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.authorization_requests
    ADD CONSTRAINT a_request_dies_with_its_resource FOREIGN KEY (resource) REFERENCES oauth.resources(identifier) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.sealed_passwords
    ADD CONSTRAINT a_sealed_password_can_be_opened FOREIGN KEY (secret_id) REFERENCES oauth.secret_checks(secret_id) ON DELETE RESTRICT;

ALTER TABLE ONLY oauth.signing_keys
    ADD CONSTRAINT a_signing_key_can_be_opened FOREIGN KEY (secret_id) REFERENCES oauth.secret_checks(secret_id) ON DELETE RESTRICT;

ALTER TABLE ONLY oauth.authorization_codes
    ADD CONSTRAINT a_used_code_may_outlive_its_family FOREIGN KEY (family_id) REFERENCES oauth.token_families(id) ON DELETE SET NULL;

ALTER TABLE ONLY oauth.access_tokens
    ADD CONSTRAINT an_access_token_dies_with_its_client FOREIGN KEY (client_id) REFERENCES oauth.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.access_tokens
    ADD CONSTRAINT an_access_token_dies_with_its_family FOREIGN KEY (family_id) REFERENCES oauth.token_families(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.api_keys
    ADD CONSTRAINT an_api_key_dies_with_its_person FOREIGN KEY (person_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.api_keys
    ADD CONSTRAINT an_api_key_dies_with_its_resource FOREIGN KEY (resource) REFERENCES oauth.resources(identifier) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.client_assertions
    ADD CONSTRAINT an_assertion_dies_with_its_client FOREIGN KEY (client_id) REFERENCES oauth.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY oauth.clients
    ADD CONSTRAINT clients_introspect_for_a_known_resource FOREIGN KEY (resource) REFERENCES oauth.resources(identifier) ON DELETE SET NULL;

ALTER TABLE ONLY shop.bookings
    ADD CONSTRAINT a_booking_is_of_a_room_of_its_owner FOREIGN KEY (room_id, owner_id) REFERENCES shop.rooms(id, owner_id) ON DELETE CASCADE;

ALTER TABLE ONLY shop.form_fields
    ADD CONSTRAINT a_field_is_of_a_form_of_its_owner FOREIGN KEY (form_id, owner_id) REFERENCES shop.forms(id, owner_id) ON DELETE CASCADE;

ALTER TABLE ONLY shop.forms
    ADD CONSTRAINT a_form_dies_with_its_owner FOREIGN KEY (owner_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY shop.products
    ADD CONSTRAINT a_product_dies_with_its_owner FOREIGN KEY (owner_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY shop.ticket_reservations
    ADD CONSTRAINT a_reservation_is_of_an_event_of_its_owner FOREIGN KEY (event_id, owner_id) REFERENCES shop.ticket_events(id, owner_id) ON DELETE CASCADE;

ALTER TABLE ONLY shop.form_responses
    ADD CONSTRAINT a_response_is_to_a_form_of_its_owner FOREIGN KEY (form_id, owner_id) REFERENCES shop.forms(id, owner_id) ON DELETE CASCADE;

ALTER TABLE ONLY shop.rooms
    ADD CONSTRAINT a_room_dies_with_its_owner FOREIGN KEY (owner_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY shop.ticket_events
    ADD CONSTRAINT an_event_dies_with_its_owner FOREIGN KEY (owner_id) REFERENCES auth.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY shop.order_items
    ADD CONSTRAINT an_item_is_of_a_product_of_its_owner FOREIGN KEY (product_id, owner_id) REFERENCES shop.products(id, owner_id) ON DELETE SET NULL (product_id);

ALTER TABLE ONLY shop.order_items
    ADD CONSTRAINT an_item_is_of_an_order_of_its_owner FOREIGN KEY (order_id, owner_id) REFERENCES shop.orders(id, owner_id) ON DELETE CASCADE;

ALTER TABLE ONLY shop.orders
    ADD CONSTRAINT an_order_dies_with_its_owner FOREIGN KEY (owner_id) REFERENCES auth.users(id) ON DELETE CASCADE;

CREATE POLICY a_person_sees_their_own_keys ON oauth.api_keys FOR SELECT TO sekisho_account USING ((person_id = ( SELECT access.person_id() AS person_id)));

COMMENT ON POLICY a_person_sees_their_own_keys ON oauth.api_keys IS 'To nobody else, and without claims to nobody.';

CREATE POLICY a_person_sees_what_clients_are_called ON oauth.clients FOR SELECT TO sekisho_account USING ((( SELECT access.person_id() AS person_id) IS NOT NULL));

COMMENT ON POLICY a_person_sees_what_clients_are_called ON oauth.clients IS 'Any client''s name, to any person.';

CREATE POLICY a_person_sees_what_happened_in_their_name ON oauth.audit_events FOR SELECT TO sekisho_account USING ((person_id = ( SELECT access.person_id() AS person_id)));

COMMENT ON POLICY a_person_sees_what_happened_in_their_name ON oauth.audit_events IS 'To nobody else, and without claims to nobody.';

CREATE POLICY a_person_sees_what_scopes_mean ON oauth.resources FOR SELECT TO sekisho_account USING ((( SELECT access.person_id() AS person_id) IS NOT NULL));

COMMENT ON POLICY a_person_sees_what_scopes_mean ON oauth.resources IS 'Any resource''s scopes, to any person.';

CREATE POLICY a_person_sees_what_they_granted ON oauth.token_families FOR SELECT TO sekisho_account USING ((person_id = ( SELECT access.person_id() AS person_id)));

COMMENT ON POLICY a_person_sees_what_they_granted ON oauth.token_families IS 'To nobody else, and without claims to nobody.';

ALTER TABLE oauth.access_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.audit_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.audit_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.authorization_codes ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.authorization_requests ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.client_assertions ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.clients ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.consents ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.known_names ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.rate_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.refresh_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.registration_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.resources ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.sealed_passwords ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.secret_checks ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.signing_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth.token_families ENABLE ROW LEVEL SECURITY;

CREATE POLICY a_person_answers_own_fields_with_the_scope ON shop.form_fields FOR SELECT TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('form:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_answers_own_fields_with_the_scope ON shop.form_fields IS 'What a response is checked against.';

CREATE POLICY a_person_answers_own_forms_with_the_scope ON shop.forms FOR SELECT TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('form:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_answers_own_forms_with_the_scope ON shop.forms IS 'What shop.submit_form finds: nothing without form:write.';

CREATE POLICY a_person_books_own_rooms_with_the_scope ON shop.rooms FOR SELECT TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('booking:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_books_own_rooms_with_the_scope ON shop.rooms IS 'What shop.create_booking finds: nothing without booking:write.';

CREATE POLICY a_person_cancels_own_bookings_with_the_scope ON shop.bookings FOR UPDATE TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('booking:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_cancels_own_bookings_with_the_scope ON shop.bookings IS 'Only the state can be changed at all: see the grant.';

CREATE POLICY a_person_cancels_own_orders_with_the_scope ON shop.orders FOR UPDATE TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('order:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_cancels_own_orders_with_the_scope ON shop.orders IS 'Only the state can be changed at all: see the grant.';

CREATE POLICY a_person_cancels_own_reservations_with_the_scope ON shop.ticket_reservations FOR UPDATE TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('ticket:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_cancels_own_reservations_with_the_scope ON shop.ticket_reservations IS 'Only the state can be changed at all: see the grant.';

CREATE POLICY a_person_changes_own_products_with_a_scope ON shop.products FOR UPDATE TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND (( SELECT access.has_scope('product:write'::text) AS has_scope) OR ( SELECT access.has_scope('order:write'::text) AS has_scope))));

COMMENT ON POLICY a_person_changes_own_products_with_a_scope ON shop.products IS 'order:write takes stock and gives it back, through the functions of orders alone: no tool can update this table.';

CREATE POLICY a_person_finds_own_bookings_with_the_scope ON shop.bookings FOR SELECT TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('booking:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_finds_own_bookings_with_the_scope ON shop.bookings IS 'What shop.cancel_booking finds: nothing without booking:write.';

CREATE POLICY a_person_finds_own_events_with_the_scope ON shop.ticket_events FOR SELECT TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('ticket:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_finds_own_events_with_the_scope ON shop.ticket_events IS 'What the functions of tickets find: nothing without ticket:write.';

CREATE POLICY a_person_finds_own_items_with_the_scope ON shop.order_items FOR SELECT TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('order:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_finds_own_items_with_the_scope ON shop.order_items IS 'What is given back when an order is cancelled.';

CREATE POLICY a_person_finds_own_orders_with_the_scope ON shop.orders FOR SELECT TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('order:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_finds_own_orders_with_the_scope ON shop.orders IS 'What the functions of orders find: nothing without order:write.';

CREATE POLICY a_person_finds_own_products_with_a_scope ON shop.products FOR SELECT TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND (( SELECT access.has_scope('product:write'::text) AS has_scope) OR ( SELECT access.has_scope('order:write'::text) AS has_scope))));

COMMENT ON POLICY a_person_finds_own_products_with_a_scope ON shop.products IS 'What shop.update_product finds and, since an order is made of products, what shop.create_order finds.';

CREATE POLICY a_person_finds_own_reservations_with_the_scope ON shop.ticket_reservations FOR SELECT TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('ticket:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_finds_own_reservations_with_the_scope ON shop.ticket_reservations IS 'What is counted against the ceiling, and what can be cancelled.';

CREATE POLICY a_person_makes_own_bookings_with_the_scope ON shop.bookings FOR INSERT TO sekisho_writer WITH CHECK (((owner_id = ( SELECT access.person_id() AS person_id)) AND (client_id = ( SELECT access.client_id() AS client_id)) AND ( SELECT access.has_scope('booking:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_makes_own_bookings_with_the_scope ON shop.bookings IS 'A booking is the person''s and says which client made it.';

CREATE POLICY a_person_makes_own_reservations_within_the_ceiling ON shop.ticket_reservations FOR INSERT TO sekisho_writer WITH CHECK (((owner_id = ( SELECT access.person_id() AS person_id)) AND (client_id = ( SELECT access.client_id() AS client_id)) AND ( SELECT access.has_scope('ticket:write'::text) AS has_scope) AND (amount_minor <= access.ticket_ceiling(currency))));

COMMENT ON POLICY a_person_makes_own_reservations_within_the_ceiling ON shop.ticket_reservations IS 'A policy sees one row: that all of them together stay below the ceiling is shop.reserve_tickets'' business.';

CREATE POLICY a_person_places_own_orders_with_the_scope ON shop.orders FOR INSERT TO sekisho_writer WITH CHECK (((owner_id = ( SELECT access.person_id() AS person_id)) AND (client_id = ( SELECT access.client_id() AS client_id)) AND ( SELECT access.has_scope('order:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_places_own_orders_with_the_scope ON shop.orders IS 'An order is the person''s and says which client placed it.';

CREATE POLICY a_person_reads_own_bookings_with_the_scope ON shop.bookings FOR SELECT TO sekisho_person USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('booking:read'::text) AS has_scope)));

COMMENT ON POLICY a_person_reads_own_bookings_with_the_scope ON shop.bookings IS 'booking:read shows what is booked.';

CREATE POLICY a_person_reads_own_events_with_the_scope ON shop.ticket_events FOR SELECT TO sekisho_person USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('ticket:read'::text) AS has_scope)));

COMMENT ON POLICY a_person_reads_own_events_with_the_scope ON shop.ticket_events IS 'ticket:read shows what there is.';

CREATE POLICY a_person_reads_own_fields_with_the_scope ON shop.form_fields FOR SELECT TO sekisho_person USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('form:read'::text) AS has_scope)));

COMMENT ON POLICY a_person_reads_own_fields_with_the_scope ON shop.form_fields IS 'As the form, so its fields.';

CREATE POLICY a_person_reads_own_forms_with_the_scope ON shop.forms FOR SELECT TO sekisho_person USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('form:read'::text) AS has_scope)));

COMMENT ON POLICY a_person_reads_own_forms_with_the_scope ON shop.forms IS 'form:read shows what is asked.';

CREATE POLICY a_person_reads_own_items_with_the_scope ON shop.order_items FOR SELECT TO sekisho_person USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('order:read'::text) AS has_scope)));

COMMENT ON POLICY a_person_reads_own_items_with_the_scope ON shop.order_items IS 'As the order, so its lines.';

CREATE POLICY a_person_reads_own_orders_with_the_scope ON shop.orders FOR SELECT TO sekisho_person USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('order:read'::text) AS has_scope)));

COMMENT ON POLICY a_person_reads_own_orders_with_the_scope ON shop.orders IS 'order:read shows what was ordered.';

CREATE POLICY a_person_reads_own_products_with_the_scope ON shop.products FOR SELECT TO sekisho_person USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('product:read'::text) AS has_scope)));

COMMENT ON POLICY a_person_reads_own_products_with_the_scope ON shop.products IS 'The OAuth scope is a row policy: a tool that forgets to ask sees nothing.';

CREATE POLICY a_person_reads_own_reservations_with_the_scope ON shop.ticket_reservations FOR SELECT TO sekisho_person USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('ticket:read'::text) AS has_scope)));

COMMENT ON POLICY a_person_reads_own_reservations_with_the_scope ON shop.ticket_reservations IS 'ticket:read shows what is reserved.';

CREATE POLICY a_person_reads_own_responses_with_the_scope ON shop.form_responses FOR SELECT TO sekisho_person USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('form:read'::text) AS has_scope)));

COMMENT ON POLICY a_person_reads_own_responses_with_the_scope ON shop.form_responses IS 'form:read shows what was answered.';

CREATE POLICY a_person_reads_own_rooms_with_the_scope ON shop.rooms FOR SELECT TO sekisho_person USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('booking:read'::text) AS has_scope)));

COMMENT ON POLICY a_person_reads_own_rooms_with_the_scope ON shop.rooms IS 'booking:read shows what can be booked.';

CREATE POLICY a_person_takes_own_seats_with_the_scope ON shop.ticket_events FOR UPDATE TO sekisho_writer USING (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('ticket:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_takes_own_seats_with_the_scope ON shop.ticket_events IS 'Only the seats taken can be changed at all: see the grant.';

CREATE POLICY a_person_writes_own_items_with_the_scope ON shop.order_items FOR INSERT TO sekisho_writer WITH CHECK (((owner_id = ( SELECT access.person_id() AS person_id)) AND ( SELECT access.has_scope('order:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_writes_own_items_with_the_scope ON shop.order_items IS 'Lines are written once, never changed.';

CREATE POLICY a_person_writes_own_responses_with_the_scope ON shop.form_responses FOR INSERT TO sekisho_writer WITH CHECK (((owner_id = ( SELECT access.person_id() AS person_id)) AND (client_id = ( SELECT access.client_id() AS client_id)) AND ( SELECT access.has_scope('form:write'::text) AS has_scope)));

COMMENT ON POLICY a_person_writes_own_responses_with_the_scope ON shop.form_responses IS 'A response is the person''s and says which client sent it. Nobody who writes can read it.';

ALTER TABLE shop.bookings ENABLE ROW LEVEL SECURITY;

ALTER TABLE shop.form_fields ENABLE ROW LEVEL SECURITY;

ALTER TABLE shop.form_responses ENABLE ROW LEVEL SECURITY;

ALTER TABLE shop.forms ENABLE ROW LEVEL SECURITY;

ALTER TABLE shop.order_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;

ALTER TABLE shop.products ENABLE ROW LEVEL SECURITY;

ALTER TABLE shop.rooms ENABLE ROW LEVEL SECURITY;

ALTER TABLE shop.ticket_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE shop.ticket_reservations ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA access TO sekisho_person;
GRANT USAGE ON SCHEMA access TO sekisho_writer;
GRANT USAGE ON SCHEMA access TO sekisho_account;

GRANT USAGE ON SCHEMA oauth TO sekisho_oauth;
GRANT USAGE ON SCHEMA oauth TO sekisho_mcp;
GRANT USAGE ON SCHEMA oauth TO sekisho_account;

GRANT USAGE ON SCHEMA shop TO sekisho_person;
GRANT USAGE ON SCHEMA shop TO sekisho_writer;

REVOKE ALL ON FUNCTION access.authorization_details(p_type text, p_action text) FROM PUBLIC;
GRANT ALL ON FUNCTION access.authorization_details(p_type text, p_action text) TO sekisho_person;
GRANT ALL ON FUNCTION access.authorization_details(p_type text, p_action text) TO sekisho_writer;

REVOKE ALL ON FUNCTION access.claims() FROM PUBLIC;
GRANT ALL ON FUNCTION access.claims() TO sekisho_person;
GRANT ALL ON FUNCTION access.claims() TO sekisho_writer;
GRANT ALL ON FUNCTION access.claims() TO sekisho_account;

REVOKE ALL ON FUNCTION access.client_id() FROM PUBLIC;
GRANT ALL ON FUNCTION access.client_id() TO sekisho_person;
GRANT ALL ON FUNCTION access.client_id() TO sekisho_writer;

REVOKE ALL ON FUNCTION access.has_scope(p_scope text) FROM PUBLIC;
GRANT ALL ON FUNCTION access.has_scope(p_scope text) TO sekisho_person;
GRANT ALL ON FUNCTION access.has_scope(p_scope text) TO sekisho_writer;

REVOKE ALL ON FUNCTION access.person_id() FROM PUBLIC;
GRANT ALL ON FUNCTION access.person_id() TO sekisho_person;
GRANT ALL ON FUNCTION access.person_id() TO sekisho_writer;
GRANT ALL ON FUNCTION access.person_id() TO sekisho_account;

REVOKE ALL ON FUNCTION access.ticket_ceiling(p_currency text) FROM PUBLIC;
GRANT ALL ON FUNCTION access.ticket_ceiling(p_currency text) TO sekisho_person;
GRANT ALL ON FUNCTION access.ticket_ceiling(p_currency text) TO sekisho_writer;

REVOKE ALL ON FUNCTION oauth.access_token_is_live(p_jti text, p_resource text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.admit_client(p_client oauth.client_proof) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.assign_signing_kid() FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.assume_access_token(p_jti text, p_resource text) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.assume_access_token(p_jti text, p_resource text) TO sekisho_mcp;

REVOKE ALL ON FUNCTION oauth.assume_api_key(p_key_hash bytea, p_resource text) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.assume_api_key(p_key_hash bytea, p_resource text) TO sekisho_mcp;

REVOKE ALL ON FUNCTION oauth.assume_origin(p_request_id text, p_address text) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.assume_origin(p_request_id text, p_address text) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.assume_person(p_person_id uuid, p_request_id text, p_address text) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.assume_person(p_person_id uuid, p_request_id text, p_address text) TO sekisho_account;

REVOKE ALL ON FUNCTION oauth.block_client(p_id text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.check_secrets(p_secret_ids text[], p_check_values bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.check_secrets(p_secret_ids text[], p_check_values bytea[]) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.continue_authorization_request(p_continue_secret_hash bytea, p_browser_hash bytea, p_code_hash bytea, p_code_lifetime_seconds integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.continue_authorization_request(p_continue_secret_hash bytea, p_browser_hash bytea, p_code_hash bytea, p_code_lifetime_seconds integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.create_api_key(p_id text, p_key_hash bytea, p_name text, p_resource text, p_scope text[], p_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.create_api_key(p_id text, p_key_hash bytea, p_name text, p_resource text, p_scope text[], p_days integer) TO sekisho_account;

REVOKE ALL ON FUNCTION oauth.create_authorization_request(p_id_hash bytea, p_browser_hash bytea, p_client_id text, p_redirect_uri text, p_registered_redirect_uri text, p_resource text, p_scope text[], p_authorization_details jsonb, p_state text, p_code_challenge text, p_lifetime_seconds integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.create_authorization_request(p_id_hash bytea, p_browser_hash bytea, p_client_id text, p_redirect_uri text, p_registered_redirect_uri text, p_resource text, p_scope text[], p_authorization_details jsonb, p_state text, p_code_challenge text, p_lifetime_seconds integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.create_client(p_id text, p_name text, p_uri text, p_application_type text, p_token_endpoint_auth_method text, p_secret_hash bytea, p_jwks jsonb, p_jwks_uri text, p_redirect_uris text[], p_grant_types text[], p_response_types text[], p_scope text, p_registration_token_hash bytea, p_address text, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.create_client(p_id text, p_name text, p_uri text, p_application_type text, p_token_endpoint_auth_method text, p_secret_hash bytea, p_jwks jsonb, p_jwks_uri text, p_redirect_uris text[], p_grant_types text[], p_response_types text[], p_scope text, p_registration_token_hash bytea, p_address text, p_limit integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.create_operator_client(p_name text, p_redirect_uris text[], p_token_endpoint_auth_method text, p_grant_types text[], p_service_scope text[], p_jwks jsonb, p_jwks_uri text, p_resource text, p_uri text, p_id text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.create_registration_token(p_name text, p_lifetime interval, p_most_uses integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.create_signing_key(p_kid text, p_public_jwk jsonb, p_sealed_private_key text, p_secret_id text, p_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.create_signing_key(p_kid text, p_public_jwk jsonb, p_sealed_private_key text, p_secret_id text, p_days integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.decide_authorization_request(p_id_hash bytea, p_person_id uuid, p_decision text, p_scope text[], p_authorization_details jsonb, p_continue_secret_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.decide_authorization_request(p_id_hash bytea, p_person_id uuid, p_decision text, p_scope text[], p_authorization_details jsonb, p_continue_secret_hash bytea) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.details_of_scope(p_scopes jsonb, p_scope text[], p_asked jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.details_within_scope(p_scopes jsonb, p_scope text[], p_details jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.disconnect_app(p_client_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.disconnect_app(p_client_id text) TO sekisho_account;

REVOKE ALL ON FUNCTION oauth.disconnect_every_app() FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.disconnect_every_app() TO sekisho_account;

REVOKE ALL ON FUNCTION oauth.end_api_keys(p_person_id uuid, p_because text, p_id text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.expand_scope(p_scope text[], p_offered text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.find_authorization_request(p_id_hash bytea, p_person_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.find_authorization_request(p_id_hash bytea, p_person_id uuid) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.find_client(p_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.find_client(p_id text) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.find_live_access_token(p_jti text, p_resource text) FROM PUBLIC;

GRANT SELECT(id) ON TABLE oauth.api_keys TO sekisho_account;

GRANT SELECT(person_id) ON TABLE oauth.api_keys TO sekisho_account;

GRANT SELECT(name) ON TABLE oauth.api_keys TO sekisho_account;

GRANT SELECT(resource) ON TABLE oauth.api_keys TO sekisho_account;

GRANT SELECT(scope) ON TABLE oauth.api_keys TO sekisho_account;

GRANT SELECT(created_at) ON TABLE oauth.api_keys TO sekisho_account;

GRANT SELECT(expires_at) ON TABLE oauth.api_keys TO sekisho_account;

GRANT SELECT(last_used_at) ON TABLE oauth.api_keys TO sekisho_account;

GRANT SELECT(revoked_at) ON TABLE oauth.api_keys TO sekisho_account;

REVOKE ALL ON FUNCTION oauth.find_live_api_key(p_key_hash bytea, p_resource text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.find_signing_kid(p_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.flag_borrowed_name(p_client_id text, p_name text, p_redirect_uris text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.introspect_token(p_client oauth.client_proof, p_token_hash bytea, p_jti text) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.introspect_token(p_client oauth.client_proof, p_token_hash bytea, p_jti text) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.issue_service_token(p_client oauth.client_proof, p_resource text, p_scope text[], p_jti text, p_access_token_seconds integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.issue_service_token(p_client oauth.client_proof, p_resource text, p_scope text[], p_jti text, p_access_token_seconds integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.keep_audit_events() FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.keep_sealed_password(p_purpose text, p_sealed_password text, p_secret_id text) FROM PUBLIC;

REVOKE ALL ON PROCEDURE oauth.lease_and_create_authorization_request(IN p_limit integer, IN p_address text, IN p_id_hash bytea, IN p_browser_hash bytea, IN p_client_id text, IN p_redirect_uri text, IN p_registered_redirect_uri text, IN p_resource text, IN p_scope text[], IN p_authorization_details jsonb, IN p_state text, IN p_code_challenge text, IN p_lifetime_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb) FROM PUBLIC;
GRANT ALL ON PROCEDURE oauth.lease_and_create_authorization_request(IN p_limit integer, IN p_address text, IN p_id_hash bytea, IN p_browser_hash bytea, IN p_client_id text, IN p_redirect_uri text, IN p_registered_redirect_uri text, IN p_resource text, IN p_scope text[], IN p_authorization_details jsonb, IN p_state text, IN p_code_challenge text, IN p_lifetime_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb) TO sekisho_oauth;

REVOKE ALL ON PROCEDURE oauth.lease_and_introspect_token(IN p_limit integer, IN p_subject text, IN p_client oauth.client_proof, IN p_token_hash bytea, IN p_jti text, IN p_request_id text, IN p_caller text, INOUT answer jsonb) FROM PUBLIC;
GRANT ALL ON PROCEDURE oauth.lease_and_introspect_token(IN p_limit integer, IN p_subject text, IN p_client oauth.client_proof, IN p_token_hash bytea, IN p_jti text, IN p_request_id text, IN p_caller text, INOUT answer jsonb) TO sekisho_oauth;

REVOKE ALL ON PROCEDURE oauth.lease_and_issue_service_token(IN p_limit integer, IN p_client oauth.client_proof, IN p_resource text, IN p_scope text[], IN p_jti text, IN p_access_token_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb) FROM PUBLIC;
GRANT ALL ON PROCEDURE oauth.lease_and_issue_service_token(IN p_limit integer, IN p_client oauth.client_proof, IN p_resource text, IN p_scope text[], IN p_jti text, IN p_access_token_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb) TO sekisho_oauth;

REVOKE ALL ON PROCEDURE oauth.lease_and_rotate_refresh_token(IN p_limit integer, IN p_token_hash bytea, IN p_client oauth.client_proof, IN p_resource text, IN p_scope text[], IN p_successor_hash bytea, IN p_sealed_successor text, IN p_refresh_token_seconds integer, IN p_replay_seconds integer, IN p_jti text, IN p_access_token_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb) FROM PUBLIC;
GRANT ALL ON PROCEDURE oauth.lease_and_rotate_refresh_token(IN p_limit integer, IN p_token_hash bytea, IN p_client oauth.client_proof, IN p_resource text, IN p_scope text[], IN p_successor_hash bytea, IN p_sealed_successor text, IN p_refresh_token_seconds integer, IN p_replay_seconds integer, IN p_jti text, IN p_access_token_seconds integer, IN p_request_id text, IN p_caller text, INOUT answer jsonb) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.lease_calls(p_jti text, p_resource text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.lease_calls(p_jti text, p_resource text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) TO sekisho_mcp;

REVOKE ALL ON FUNCTION oauth.lease_calls_for(p_subject text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.lease_calls_of_api_key(p_key_hash bytea, p_resource text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.lease_calls_of_api_key(p_key_hash bytea, p_resource text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) TO sekisho_mcp;

REVOKE ALL ON FUNCTION oauth.lease_document(p_client_id text, p_address text, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.lease_document(p_client_id text, p_address text, p_limit integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.lease_from_limit(p_bucket text, p_subject text, p_limit integer, p_wanted integer, p_returned integer, p_returned_minute bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.lease_refresh(p_client_id text, p_token_hash bytea, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.lease_refresh(p_client_id text, p_token_hash bytea, p_limit integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.lease_refusal(p_kind text, p_client_id text, p_address text, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.lease_refusal(p_kind text, p_client_id text, p_address text, p_limit integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.lease_request(p_bucket text, p_subject text, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.lease_request(p_bucket text, p_subject text, p_limit integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.list_resources() FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.list_resources() TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.list_sealed_values() FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.list_signing_keys() FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.list_signing_keys() TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.list_verification_keys() FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.name_is_borrowed(p_name text, p_redirect_uris text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.narrow_details(p_asked jsonb, p_chosen jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.offered_scope(p_scopes jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.person_is_active(p_person_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_access_tokens(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_api_keys(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_audit_events(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_authorization_codes(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_authorization_requests(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_client_assertions(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_clients(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_expired() FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.purge_expired() TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.purge_rate_counts(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_refresh_tokens(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_registration_tokens(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_signing_keys(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.purge_token_families(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.record_client_document(p_id text, p_name text, p_token_endpoint_auth_method text, p_jwks jsonb, p_jwks_uri text, p_redirect_uris text[], p_grant_types text[], p_fresh_seconds integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.record_client_document(p_id text, p_name text, p_token_endpoint_auth_method text, p_jwks jsonb, p_jwks_uri text, p_redirect_uris text[], p_grant_types text[], p_fresh_seconds integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.record_client_keys(p_id text, p_jwks_uri text, p_jwks jsonb, p_fresh_seconds integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.record_client_keys(p_id text, p_jwks_uri text, p_jwks jsonb, p_fresh_seconds integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.record_consent(p_person_id uuid, p_client_id text, p_redirect_uri text, p_resource text, p_scope text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.record_event(p_event text, p_client_id text, p_person_id uuid, p_resource text, p_family_id uuid, p_details jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.record_refusal(p_client_id text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.record_refusal(p_client_id text, p_reason text) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.record_resource(p_identifier text, p_name text, p_scopes jsonb, p_default_scope text[], p_is_default boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.record_unread_client_keys(p_id text, p_jwks_uri text) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.record_unread_client_keys(p_id text, p_jwks_uri text) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.redeem_authorization_code(p_code_hash bytea, p_client oauth.client_proof, p_redirect_uri text, p_code_challenge text, p_resource text, p_replay_seconds integer, p_jti text, p_access_token_seconds integer, p_refresh_token_hash bytea, p_refresh_token_seconds integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.redeem_authorization_code(p_code_hash bytea, p_client oauth.client_proof, p_redirect_uri text, p_code_challenge text, p_resource text, p_replay_seconds integer, p_jti text, p_access_token_seconds integer, p_refresh_token_hash bytea, p_refresh_token_seconds integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.redeem_registration_token(p_token_hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.refuse(p_reason text, p_client_id text, p_person_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.refuse_for_now(p_reason text, p_wait_seconds integer, p_client_id text, p_person_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.refuse_for_now(p_reason text, p_wait_seconds integer, p_client_id text, p_person_id uuid) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.reseal_value(p_table text, p_row text, p_sealed_before text, p_sealed text, p_secret_id text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.revoke_api_key(p_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.revoke_api_key(p_id text) TO sekisho_account;

REVOKE ALL ON FUNCTION oauth.revoke_registration_token(p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.revoke_signing_key(p_kid text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.revoke_token(p_client oauth.client_proof, p_token_hash bytea, p_jti text) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.revoke_token(p_client oauth.client_proof, p_token_hash bytea, p_jti text) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.revoke_token_family(p_family_id uuid, p_because text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.revoke_tokens(p_client_id text, p_person_id uuid, p_because text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.rotate_refresh_token(p_token_hash bytea, p_client oauth.client_proof, p_resource text, p_scope text[], p_successor_hash bytea, p_sealed_successor text, p_refresh_token_seconds integer, p_replay_seconds integer, p_jti text, p_access_token_seconds integer, p_wait_seconds integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oauth.rotate_refresh_token(p_token_hash bytea, p_client oauth.client_proof, p_resource text, p_scope text[], p_successor_hash bytea, p_sealed_successor text, p_refresh_token_seconds integer, p_replay_seconds integer, p_jti text, p_access_token_seconds integer, p_wait_seconds integer) TO sekisho_oauth;

REVOKE ALL ON FUNCTION oauth.scope_is_wildcard(p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.scope_of_details(p_scopes jsonb, p_details jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.set_claims(p_person_id uuid, p_client_id text, p_scope text[], p_resource text, p_authorization_details jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.signing_key_state(p_key oauth.signing_keys, p_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.unblock_client(p_id text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.unverify_client(p_id text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oauth.verify_client(p_id text) FROM PUBLIC;

REVOKE ALL ON FUNCTION shop.cancel_booking(p_booking_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION shop.cancel_booking(p_booking_id uuid) TO sekisho_person;

REVOKE ALL ON FUNCTION shop.cancel_order(p_order_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION shop.cancel_order(p_order_id uuid) TO sekisho_person;

REVOKE ALL ON FUNCTION shop.cancel_ticket_reservation(p_reservation_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION shop.cancel_ticket_reservation(p_reservation_id uuid) TO sekisho_person;

REVOKE ALL ON FUNCTION shop.create_booking(p_room_id uuid, p_title text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION shop.create_booking(p_room_id uuid, p_title text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) TO sekisho_person;

REVOKE ALL ON FUNCTION shop.create_order(p_idempotency_key text, p_product_ids uuid[], p_quantities integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION shop.create_order(p_idempotency_key text, p_product_ids uuid[], p_quantities integer[]) TO sekisho_person;

REVOKE ALL ON FUNCTION shop.find_answer_problems(p_form_id uuid, p_answers jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION shop.find_answer_problems(p_form_id uuid, p_answers jsonb) TO sekisho_writer;

REVOKE ALL ON FUNCTION shop.find_order(p_order_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION shop.find_order(p_order_id uuid) TO sekisho_person;
GRANT ALL ON FUNCTION shop.find_order(p_order_id uuid) TO sekisho_writer;

REVOKE ALL ON FUNCTION shop.reserve_tickets(p_event_id uuid, p_seats integer) FROM PUBLIC;
GRANT ALL ON FUNCTION shop.reserve_tickets(p_event_id uuid, p_seats integer) TO sekisho_person;

REVOKE ALL ON FUNCTION shop.submit_form(p_form_id uuid, p_answers jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION shop.submit_form(p_form_id uuid, p_answers jsonb) TO sekisho_person;

REVOKE ALL ON FUNCTION shop.update_product(p_product_id uuid, p_name text, p_price_minor bigint, p_stock_change integer) FROM PUBLIC;
GRANT ALL ON FUNCTION shop.update_product(p_product_id uuid, p_name text, p_price_minor bigint, p_stock_change integer) TO sekisho_person;

GRANT SELECT(occurred_at) ON TABLE oauth.audit_events TO sekisho_account;

GRANT SELECT(event) ON TABLE oauth.audit_events TO sekisho_account;

GRANT SELECT(client_id) ON TABLE oauth.audit_events TO sekisho_account;

GRANT SELECT(person_id) ON TABLE oauth.audit_events TO sekisho_account;

GRANT SELECT(resource) ON TABLE oauth.audit_events TO sekisho_account;

GRANT SELECT(address_prefix) ON TABLE oauth.audit_events TO sekisho_account;

GRANT SELECT(details) ON TABLE oauth.audit_events TO sekisho_account;

GRANT SELECT(id) ON TABLE oauth.clients TO sekisho_account;

GRANT SELECT(verified) ON TABLE oauth.clients TO sekisho_account;

GRANT SELECT(name) ON TABLE oauth.clients TO sekisho_account;

GRANT SELECT(uri) ON TABLE oauth.clients TO sekisho_account;

GRANT SELECT(blocked_at) ON TABLE oauth.clients TO sekisho_account;

GRANT SELECT(identifier) ON TABLE oauth.resources TO sekisho_account;

GRANT SELECT(name) ON TABLE oauth.resources TO sekisho_account;

GRANT SELECT(scopes) ON TABLE oauth.resources TO sekisho_account;

GRANT SELECT(is_default) ON TABLE oauth.resources TO sekisho_account;

GRANT SELECT(client_id) ON TABLE oauth.token_families TO sekisho_account;

GRANT SELECT(person_id) ON TABLE oauth.token_families TO sekisho_account;

GRANT SELECT(resource) ON TABLE oauth.token_families TO sekisho_account;

GRANT SELECT(scope) ON TABLE oauth.token_families TO sekisho_account;

GRANT SELECT(created_at) ON TABLE oauth.token_families TO sekisho_account;

GRANT SELECT(last_used_at) ON TABLE oauth.token_families TO sekisho_account;

GRANT SELECT(expires_at) ON TABLE oauth.token_families TO sekisho_account;

GRANT SELECT(revoked_at) ON TABLE oauth.token_families TO sekisho_account;

GRANT SELECT ON TABLE oauth.connected_apps TO sekisho_account;

GRANT SELECT ON TABLE oauth.own_activity TO sekisho_account;

GRANT SELECT ON TABLE shop.bookings TO sekisho_person;
GRANT SELECT,INSERT ON TABLE shop.bookings TO sekisho_writer;

GRANT UPDATE(state) ON TABLE shop.bookings TO sekisho_writer;

GRANT UPDATE(cancelled_at) ON TABLE shop.bookings TO sekisho_writer;

GRANT SELECT ON TABLE shop.form_fields TO sekisho_person;
GRANT SELECT ON TABLE shop.form_fields TO sekisho_writer;

GRANT SELECT ON TABLE shop.form_responses TO sekisho_person;
GRANT INSERT ON TABLE shop.form_responses TO sekisho_writer;

GRANT SELECT ON TABLE shop.forms TO sekisho_person;
GRANT SELECT ON TABLE shop.forms TO sekisho_writer;

GRANT SELECT ON TABLE shop.order_items TO sekisho_person;
GRANT SELECT,INSERT ON TABLE shop.order_items TO sekisho_writer;

GRANT SELECT ON TABLE shop.orders TO sekisho_person;
GRANT SELECT,INSERT ON TABLE shop.orders TO sekisho_writer;

GRANT UPDATE(state) ON TABLE shop.orders TO sekisho_writer;

GRANT UPDATE(cancelled_at) ON TABLE shop.orders TO sekisho_writer;

GRANT SELECT ON TABLE shop.products TO sekisho_person;
GRANT SELECT ON TABLE shop.products TO sekisho_writer;

GRANT UPDATE(name) ON TABLE shop.products TO sekisho_writer;

GRANT UPDATE(price_minor) ON TABLE shop.products TO sekisho_writer;

GRANT UPDATE(stock) ON TABLE shop.products TO sekisho_writer;

GRANT SELECT ON TABLE shop.rooms TO sekisho_person;
GRANT SELECT ON TABLE shop.rooms TO sekisho_writer;

GRANT SELECT ON TABLE shop.ticket_events TO sekisho_person;
GRANT SELECT ON TABLE shop.ticket_events TO sekisho_writer;

GRANT UPDATE(seats_taken) ON TABLE shop.ticket_events TO sekisho_writer;

GRANT SELECT ON TABLE shop.ticket_reservations TO sekisho_person;
GRANT SELECT,INSERT ON TABLE shop.ticket_reservations TO sekisho_writer;

GRANT UPDATE(state) ON TABLE shop.ticket_reservations TO sekisho_writer;

GRANT UPDATE(cancelled_at) ON TABLE shop.ticket_reservations TO sekisho_writer;
