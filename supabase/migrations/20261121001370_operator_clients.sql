-- The operator's clients: registering one by hand, approving and blocking any. For the database's owner, in the SQL editor
-- of the dashboard or through psql; no role of the functions may execute these.

create function oauth.create_operator_client(
  p_name text,
  p_redirect_uris text[] default '{}',
  p_token_endpoint_auth_method text default 'client_secret_basic',
  p_grant_types text[] default '{authorization_code,refresh_token}',
  p_service_scope text[] default '{}',
  p_jwks jsonb default null,
  p_jwks_uri text default null,
  p_resource text default null,
  p_uri text default null,
  p_id text default null
)
returns table (client_id text, client_secret text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
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
$$;
comment on function
  oauth.create_operator_client(text, text[], text, text[], text[], jsonb, text, text, text, text) is
  'For the operator: registers a verified client: confidential, with a secret that is told here and never again; public (none); or with keys (private_key_jwt).';

create function oauth.verify_client(p_id text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update oauth.clients set verified = true where id = p_id and not verified;
  if not found then
    return false;
  end if;
  perform oauth.record_event(p_event => 'client_verified', p_client_id => p_id);
  return true;
end
$$;
comment on function oauth.verify_client(text) is
  'For the operator: approves a client, whoever registered it. False when there is none, or it was verified.';

create function oauth.unverify_client(p_id text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update oauth.clients set verified = false where id = p_id and verified;
  if not found then
    return false;
  end if;
  perform oauth.record_event(p_event => 'client_unverified', p_client_id => p_id);
  return true;
end
$$;
comment on function oauth.unverify_client(text) is
  'For the operator: takes an approval back; what the client holds stays. False when there was none.';

create function oauth.block_client(p_id text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update oauth.clients set blocked_at = clock_timestamp() where id = p_id and blocked_at is null;
  if not found then
    return false;
  end if;
  perform oauth.record_event(p_event => 'client_blocked', p_client_id => p_id);
  return true;
end
$$;
comment on function oauth.block_client(text) is
  'For the operator: while it is blocked a client gets nothing, and what it holds is dead. False when there is none, or it was blocked.';

create function oauth.unblock_client(p_id text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update oauth.clients set blocked_at = null where id = p_id and blocked_at is not null;
  if not found then
    return false;
  end if;
  perform oauth.record_event(p_event => 'client_unblocked', p_client_id => p_id);
  return true;
end
$$;
comment on function oauth.unblock_client(text) is
  'For the operator: ends a block. What the client holds lives again, unless it was revoked or expired. False when there was none.';

revoke all on all functions in schema oauth from public;
