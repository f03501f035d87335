-- Clients (RFC 6749 §2): who may ask. Registered by themselves (RFC 7591), by the operator, or described by a document
-- at the URL that is their id (20261121000350_client_documents.sql).

create table oauth.clients (
  id text not null,
  origin text not null,
  verified boolean not null default false,
  name text not null,
  uri text,
  application_type text not null default 'web',
  token_endpoint_auth_method text not null,
  secret_hash bytea,
  jwks jsonb,
  jwks_uri text,
  redirect_uris text[] not null,
  grant_types text[] not null,
  response_types text[] not null,
  scope text,
  resource text,
  created_at timestamptz not null default clock_timestamp(),
  first_used_at timestamptz,
  blocked_at timestamptz,
  fetched_at timestamptz,
  fresh_until timestamptz,
  jwks_fetched_at timestamptz,
  jwks_fresh_until timestamptz,
  jwks_rest_until timestamptz,
  address_hash bytea,
  constraint clients_pkey primary key (id),
  constraint clients_introspect_for_a_known_resource foreign key (resource)
    references oauth.resources (identifier) on delete set null,
  constraint a_client_comes_from_somewhere_known check (origin in ('registered', 'operator', 'document')),
  -- A person's id is a UUID: `sub` of a service token (the client id) can then never be taken for one, in no
  -- spelling that Postgres reads.
  constraint a_client_id_is_never_uuid_shaped
    check (regexp_replace(id, '[{}-]', '', 'g') !~* '^[0-9a-f]{32}$' and length(id) between 1 and 500),
  constraint a_client_authenticates_in_a_known_way
    check (token_endpoint_auth_method in ('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt')),
  constraint a_client_has_a_secret_exactly_when_it_uses_one
    check ((token_endpoint_auth_method in ('client_secret_basic', 'client_secret_post')) = (secret_hash is not null)),
  constraint a_client_has_keys_exactly_when_it_uses_them
    check ((token_endpoint_auth_method = 'private_key_jwt') = (jwks is not null or jwks_uri is not null)),
  constraint client_keys_are_a_list_of_public_keys check (
    jsonb_typeof(jwks) = 'array' and not jsonb_path_exists(jwks, '$[*] ? (exists(@.d) || exists(@.k))')
  ),
  constraint only_keys_from_a_url_age check (
    (jwks_fetched_at is null) = (jwks_fresh_until is null)
    and (jwks_fetched_at is not null) = (jwks_uri is not null and jwks is not null)
  ),
  constraint only_keys_at_a_url_rest check (jwks_rest_until is null or jwks_uri is not null),
  constraint a_client_secret_is_kept_as_its_hash check (octet_length(secret_hash) = 32),
  -- A generated id is never a URL, and a URL is never an id that somebody chose (CIMD draft §3).
  constraint only_a_document_is_named_by_its_url check ((origin = 'document') = (id ~ '^https?://')),
  constraint only_a_document_ages check (
    (origin = 'document') = (fetched_at is not null) and (fetched_at is null) = (fresh_until is null)
  ),
  constraint a_document_holds_no_secret check (origin <> 'document' or secret_hash is null),
  constraint an_address_is_kept_as_its_hash check (octet_length(address_hash) = 32),
  constraint only_a_registration_comes_from_an_address check (address_hash is null or origin = 'registered'),
  constraint an_application_is_web_or_native check (application_type in ('web', 'native'))
);
comment on table oauth.clients is 'OAuth clients (RFC 6749 §2, RFC 7591). Secrets as SHA-256 of 256 random bits.';
comment on column oauth.clients.verified is
  'The operator knows this client (oauth.verify_client): refusals may redirect to it at once and no warning is shown.';
comment on column oauth.clients.resource is
  'Set for a resource server: the audience whose tokens it may introspect (RFC 7662).';
comment on column oauth.clients.jwks is
  'Public keys whose signature proves the client (RFC 7523 §3, RFC 7517): its own words, or what was last read at jwks_uri.';
comment on column oauth.clients.jwks_rest_until is
  'Until then jwks_uri is not asked again, whatever it answered: nobody may make this server knock there all the time.';
comment on column oauth.clients.fresh_until is
  'Until then the document need not be fetched again at authorize (RFC 9111 §4.2, clamped).';
comment on column oauth.clients.address_hash is
  'Where it registered itself from, for the hour in which that counts (RATE_REGISTER): SHA-256 of an address or /64.';
comment on column oauth.clients.first_used_at is
  'When its first flow completed. Null for ever means that nobody misses it: see oauth.purge_clients.';

create index clients_never_used on oauth.clients (created_at) where first_used_at is null and origin <> 'operator';
create index clients_registered_from on oauth.clients (address_hash, created_at) where address_hash is not null;
create index clients_resource on oauth.clients (resource);

alter table oauth.clients enable row level security;

create function oauth.create_client(
  p_id text,
  p_name text,
  p_uri text,
  p_application_type text,
  p_token_endpoint_auth_method text,
  p_secret_hash bytea,
  p_jwks jsonb,
  p_jwks_uri text,
  p_redirect_uris text[],
  p_grant_types text[],
  p_response_types text[],
  p_scope text,
  p_registration_token_hash bytea,
  p_address text,
  p_limit integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
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
comment on function
  oauth.create_client(text, text, text, text, text, bytea, jsonb, text, text[], text[], text[], text, bytea, text, integer) is
  'Records a client that registered itself (RFC 7591 §3), never verified, and counts a use of its registration token if it needed one. Without a token, at most so many from an address within an hour that no flow has completed; 0 for no limit. Outcomes: created, limited (with retry_after_seconds), token_unknown, token_revoked, token_expired, token_used_up.';

create function oauth.find_client(p_id text)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
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
comment on function oauth.find_client(text) is 'A client that is not blocked, or null.';

revoke all on all functions in schema oauth from public;
grant execute on function
  oauth.create_client(text, text, text, text, text, bytea, jsonb, text, text[], text[], text[], text, bytea, text, integer),
  oauth.find_client(text)
to sekisho_oauth;
