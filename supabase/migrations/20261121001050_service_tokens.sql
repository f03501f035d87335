-- Service tokens: the client_credentials grant (RFC 6749 §4.4). A client in its own name: no person, no family, no
-- refresh token, and never more than the operator allows it.

alter table oauth.clients add column service_scope text[] not null default '{}';
comment on column oauth.clients.service_scope is
  'The most that this client may be granted in its own name. Set by the operator, with or without wildcards; empty for everyone else.';

create function oauth.issue_service_token(
  p_client oauth.client_proof,
  p_resource text,
  p_scope text[],
  p_jti text,
  p_access_token_seconds integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
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
comment on function oauth.issue_service_token(oauth.client_proof, text, text[], text, integer) is
  'Issues a token to a client in its own name (RFC 6749 §4.4). Outcomes: issued, client_changed, assertion_replayed, resource_unknown, scope_exceeded.';

revoke all on all functions in schema oauth from public;
grant execute on function oauth.issue_service_token(oauth.client_proof, text, text[], text, integer) to sekisho_oauth;
