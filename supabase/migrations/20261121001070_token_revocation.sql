-- Revocation (RFC 7009): a client takes back a token of its own. A refresh token stands for everything that its consent led
-- to, an access token for itself.

create function oauth.revoke_token(p_client oauth.client_proof, p_token_hash bytea, p_jti text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
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
comment on function oauth.revoke_token(oauth.client_proof, bytea, text) is
  'Revokes an access token by its jti, or the family of a refresh token, of any generation (RFC 7009 §2.1). Outcomes: revoked (also when it was already), unknown, client_mismatch, client_changed, assertion_replayed.';

revoke all on all functions in schema oauth from public;
grant execute on function oauth.revoke_token(oauth.client_proof, bytea, text) to sekisho_oauth;
