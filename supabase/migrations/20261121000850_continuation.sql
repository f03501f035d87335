-- Continuation: a decided request becomes a code (RFC 6749 §4.1.2), once, in the browser that began it, for whoever holds
-- the secret that only the decider was given.

create function oauth.continue_authorization_request(
  p_continue_secret_hash bytea,
  p_browser_hash bytea,
  p_code_hash bytea,
  p_code_lifetime_seconds integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
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
comment on function oauth.continue_authorization_request(bytea, bytea, bytea, integer) is
  'Turns a decision into a code if secret and browser both fit. Outcomes: approved, denied, wrong_browser, already_continued, expired, not_found.';

revoke all on all functions in schema oauth from public;
grant execute on function oauth.continue_authorization_request(bytea, bytea, bytea, integer) to sekisho_oauth;
