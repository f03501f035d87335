-- Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document): a client whose id is the URL of a document
-- that describes it. Fetched when it asks for authorization; what was read is kept here.

create function oauth.record_client_document(
  p_id text,
  p_name text,
  p_redirect_uris text[],
  p_grant_types text[],
  p_fresh_seconds integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_known oauth.clients;
begin
  insert into oauth.clients (
    id, origin, name, uri, token_endpoint_auth_method, redirect_uris, grant_types, response_types, fetched_at, fresh_until
  )
  values (
    p_id, 'document', p_name, p_id, 'none', p_redirect_uris, p_grant_types, '{code}',
    v_now, v_now + make_interval(secs => p_fresh_seconds)
  )
  on conflict (id) do nothing;
  if found then
    return jsonb_build_object('outcome', 'created');
  end if;

  select * into v_known from oauth.clients where id = p_id for update;
  update oauth.clients
  set name = p_name,
      redirect_uris = p_redirect_uris,
      grant_types = p_grant_types,
      fetched_at = v_now,
      fresh_until = v_now + make_interval(secs => p_fresh_seconds)
  where id = p_id;
  if v_known.name = p_name and v_known.redirect_uris = p_redirect_uris then
    return jsonb_build_object('outcome', 'unchanged');
  end if;
  -- Whoever is called otherwise or answers elsewhere is not whom people said yes to.
  delete from oauth.consents where client_id = p_id;
  return jsonb_build_object('outcome', 'drifted');
end
$$;
comment on function oauth.record_client_document(text, text, text[], text[], integer) is
  'Keeps what a client''s document says. Outcomes: created, unchanged, drifted (earlier consents no longer count).';

revoke all on all functions in schema oauth from public;
grant execute on function oauth.record_client_document(text, text, text[], text[], integer) to sekisho_oauth;
