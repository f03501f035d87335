-- Redemption of authorization codes (RFC 6749 §4.1.3, RFC 7636 §4.6): exactly once, whatever the concurrency.

create function oauth.redeem_authorization_code(
  p_code_hash bytea,
  p_client oauth.client_proof,
  p_redirect_uri text,
  p_code_challenge text,
  p_resource text,
  p_replay_seconds integer,
  p_jti text,
  p_access_token_seconds integer,
  p_refresh_token_hash bytea,
  p_refresh_token_seconds integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
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
comment on function
  oauth.redeem_authorization_code(bytea, oauth.client_proof, text, text, text, integer, text, integer, bytea, integer) is
  'Redeems a code once (RFC 6749 §4.1.3). Outcomes: redeemed; without consuming anything client_changed, assertion_replayed, not_found, client_mismatch, redirect_uri_mismatch, verifier_mismatch, expired, resource_mismatch, person_inactive, replayed; and replayed_and_revoked, which kills what the first use issued (§4.1.2).';

revoke all on all functions in schema oauth from public;
grant execute on function
  oauth.redeem_authorization_code(bytea, oauth.client_proof, text, text, text, integer, text, integer, bytea, integer)
to sekisho_oauth;
