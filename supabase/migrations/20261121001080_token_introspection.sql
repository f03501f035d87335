-- Introspection (RFC 7662): what a token is worth at this moment, told to the resource server it is for and to the client it
-- was issued to. Nobody else learns even that it exists.

create function oauth.introspect_token(p_client oauth.client_proof, p_token_hash bytea, p_jti text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
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
comment on function oauth.introspect_token(oauth.client_proof, bytea, text) is
  'What a token is (RFC 7662 §2.2): an access token for its own client and for a confidential client of its resource, a refresh token for its own client. Outcomes: active, inactive (dead, unknown or not this caller''s business), client_changed, assertion_replayed.';

revoke all on all functions in schema oauth from public;
grant execute on function oauth.introspect_token(oauth.client_proof, bytea, text) to sekisho_oauth;
