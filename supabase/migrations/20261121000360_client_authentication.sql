-- Client authentication (RFC 6749 §2.3, RFC 7523 §3): what an isolate proved from its memory of a client is checked here
-- again, in the transaction that the proof is for, and an assertion is spent in it.

create table oauth.client_assertions (
  client_id text not null,
  jti_hash bytea not null,
  expires_at timestamptz not null,
  constraint client_assertions_pkey primary key (client_id, jti_hash),
  constraint a_jti_is_kept_as_its_hash check (octet_length(jti_hash) = 32),
  constraint an_assertion_dies_with_its_client foreign key (client_id)
    references oauth.clients (id) on delete cascade
);
comment on table oauth.client_assertions is
  'Assertions that were used, for as long as they could be used again (RFC 7523 §3 rule 7).';

create index client_assertions_expires_at on oauth.client_assertions (expires_at);

alter table oauth.client_assertions enable row level security;

create type oauth.client_proof as (
  client_id text,
  secret_hash bytea,
  key jsonb,
  jti_hash bytea,
  assertion_expires_at timestamptz
);
comment on type oauth.client_proof is
  'Who asks and what proved it: nothing, a secret, or the public key that verified an assertion, with its jti.';

create function oauth.admit_client(p_client oauth.client_proof)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_client oauth.clients;
begin
  select * into v_client from oauth.clients where id = p_client.client_id and blocked_at is null;
  if not found
    or v_client.secret_hash is distinct from p_client.secret_hash
    or (v_client.token_endpoint_auth_method = 'private_key_jwt') <> (p_client.key is not null)
    or (
      p_client.key is not null
      and not exists (select from jsonb_array_elements(v_client.jwks) as known where known = p_client.key)
    )
  then
    perform oauth.record_refusal(p_client_id => p_client.client_id, p_reason => 'client_changed');
    return 'client_changed';
  end if;
  if p_client.key is not null then
    insert into oauth.client_assertions (client_id, jti_hash, expires_at)
    select p_client.client_id, p_client.jti_hash, p_client.assertion_expires_at
    -- By the clock that also forgets it: what is over here may have been used already, whatever an isolate's clock says.
    where p_client.assertion_expires_at > clock_timestamp()
    on conflict do nothing;
    if not found then
      perform oauth.record_refusal(p_client_id => p_client.client_id, p_reason => 'assertion_replayed');
      return 'assertion_replayed';
    end if;
  end if;
  return 'admitted';
end
$$;
comment on function oauth.admit_client(oauth.client_proof) is
  'Whether the client that an isolate authenticated from its cache (<= 10 s old) is still that client. Spends its assertion. Outcomes: admitted, client_changed, assertion_replayed.';

create function oauth.record_client_keys(p_id text, p_jwks_uri text, p_jwks jsonb, p_fresh_seconds integer)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_known jsonb;
begin
  select jwks into v_known from oauth.clients where id = p_id and jwks_uri = p_jwks_uri for no key update;
  update oauth.clients
  set jwks = p_jwks,
      jwks_fetched_at = v_now,
      jwks_fresh_until = v_now + make_interval(secs => p_fresh_seconds),
      jwks_rest_until = v_now + interval '1 minute'
  where id = p_id and jwks_uri = p_jwks_uri;
  if not found then
    return jsonb_build_object('outcome', 'client_changed');
  end if;
  if v_known <> p_jwks then
    perform oauth.record_event(p_event => 'client_keys_changed', p_client_id => p_id);
  end if;
  return jsonb_build_object('outcome', 'recorded');
end
$$;
comment on function oauth.record_client_keys(text, text, jsonb, integer) is
  'Keeps what a client''s jwks_uri answered (RFC 7591 §2). Outcomes: recorded, client_changed (the keys are at another URL now).';

create function oauth.record_unread_client_keys(p_id text, p_jwks_uri text)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  update oauth.clients
  set jwks_rest_until = clock_timestamp() + interval '10 seconds'
  where id = p_id and jwks_uri = p_jwks_uri;
$$;
comment on function oauth.record_unread_client_keys(text, text) is
  'Remembers that a client''s jwks_uri gave no keys: what was read there before stays, and it is left alone for a moment.';

create function oauth.purge_client_assertions(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with doomed as (
    select client_id, jti_hash
    from oauth.client_assertions
    where expires_at < clock_timestamp()
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.client_assertions as assertion
    using doomed
    where assertion.client_id = doomed.client_id and assertion.jti_hash = doomed.jti_hash
    returning 1
  )
  select count(*) from gone;
$$;
comment on function oauth.purge_client_assertions(integer) is 'Removes assertions that have expired: nobody can use them again.';

revoke all on all functions in schema oauth from public;
grant execute on function
  oauth.record_client_keys(text, text, jsonb, integer),
  oauth.record_unread_client_keys(text, text)
to sekisho_oauth;
