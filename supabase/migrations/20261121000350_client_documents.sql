-- Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document): a client whose id is the URL of a document
-- that describes it. Fetched when it asks for authorization; what was read is kept here.

create function oauth.record_client_document(
  p_id text,
  p_name text,
  p_token_endpoint_auth_method text,
  p_jwks jsonb,
  p_jwks_uri text,
  p_redirect_uris text[],
  p_grant_types text[],
  p_fresh_seconds integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
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
comment on function oauth.record_client_document(text, text, text, jsonb, text, text[], text[], integer) is
  'Keeps what a client''s document says. Outcomes: created, unchanged, drifted (earlier consents and the operator''s approval no longer count).';

revoke all on all functions in schema oauth from public;
grant execute on function oauth.record_client_document(text, text, text, jsonb, text, text[], text[], integer) to sekisho_oauth;
