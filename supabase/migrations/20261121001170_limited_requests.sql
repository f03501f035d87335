-- Requests within a limit. Each procedure is two transactions in one statement, and so one round trip: the first counts and
-- is over before the second does what is counted, so that nobody waits for another's flush to be counted, and what was
-- counted stays counted (ADR 0021). The second is the one that the audit trail tells of, and so is told whose it is.
-- A procedure that commits may neither pin a search path nor act with its owner's rights; its caller's path is empty, and
-- everything here is named in full.

create function oauth.lease_refresh(p_client_id text, p_token_hash bytea, p_limit integer)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
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
comment on function oauth.lease_refresh(text, bytea, integer) is
  'Counts one refresh of the family of a token, if that is its client''s and alive. Null when it is within the limit or there is nothing to count, otherwise the seconds until another may be.';

create procedure oauth.lease_and_rotate_refresh_token(
  p_limit integer,
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
  p_request_id text,
  p_caller text,
  inout answer jsonb
)
language plpgsql
as $$
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
comment on procedure
  oauth.lease_and_rotate_refresh_token(integer, bytea, oauth.client_proof, text, text[], bytea, text, integer, integer, text, integer, text, text, jsonb) is
  'oauth.rotate_refresh_token, at most so many times an hour per family; 0 for no limit.';

create procedure oauth.lease_and_issue_service_token(
  p_limit integer,
  p_client oauth.client_proof,
  p_resource text,
  p_scope text[],
  p_jti text,
  p_access_token_seconds integer,
  p_request_id text,
  p_caller text,
  inout answer jsonb
)
language plpgsql
as $$
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
comment on procedure
  oauth.lease_and_issue_service_token(integer, oauth.client_proof, text, text[], text, integer, text, text, jsonb) is
  'oauth.issue_service_token, at most so many times an hour per client; 0 for no limit. One outcome more: limited (with retry_after_seconds).';

create procedure oauth.lease_and_introspect_token(
  p_limit integer,
  p_subject text,
  p_client oauth.client_proof,
  p_token_hash bytea,
  p_jti text,
  p_request_id text,
  p_caller text,
  inout answer jsonb
)
language plpgsql
as $$
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
comment on procedure oauth.lease_and_introspect_token(integer, text, oauth.client_proof, bytea, text, text, text, jsonb) is
  'oauth.introspect_token, at most so many times an hour per subject; 0 for no limit. One outcome more: limited (with retry_after_seconds).';

create procedure oauth.lease_and_create_authorization_request(
  p_limit integer,
  p_address text,
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
  p_lifetime_seconds integer,
  p_request_id text,
  p_caller text,
  inout answer jsonb
)
language plpgsql
as $$
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
comment on procedure
  oauth.lease_and_create_authorization_request(integer, text, bytea, bytea, text, text, text, text, text[], jsonb, text, text, integer, text, text, jsonb) is
  'oauth.create_authorization_request, at most so many times an hour per address; 0 for no limit. One outcome more: limited (with retry_after_seconds).';

-- Procedures too.
revoke all on all routines in schema oauth from public;
grant execute on function oauth.lease_refresh(text, bytea, integer) to sekisho_oauth;
grant execute on procedure
  oauth.lease_and_rotate_refresh_token(integer, bytea, oauth.client_proof, text, text[], bytea, text, integer, integer, text, integer, text, text, jsonb),
  oauth.lease_and_issue_service_token(integer, oauth.client_proof, text, text[], text, integer, text, text, jsonb),
  oauth.lease_and_introspect_token(integer, text, oauth.client_proof, bytea, text, text, text, jsonb),
  oauth.lease_and_create_authorization_request(integer, text, bytea, bytea, text, text, text, text, text[], jsonb, text, text, integer, text, text, jsonb)
to sekisho_oauth;
