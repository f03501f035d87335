-- The operator's view of what is held, and the end of it: everything of a client, of a person, or of one at the other.
-- One family alone: oauth.revoke_token_family.

create view oauth.live_tokens with (security_invoker = true) as
select
  family.id as family_id,
  family.person_id,
  person.email::text as person,
  family.client_id,
  client.name as client,
  family.resource,
  array_to_string(family.scope, ' ') as scope,
  family.created_at as since,
  family.last_used_at,
  family.expires_at
from oauth.token_families as family
join oauth.clients as client on client.id = family.client_id
join auth.users as person on person.id = family.person_id
where family.revoked_at is null
  and family.expires_at > clock_timestamp()
  and client.blocked_at is null
  and oauth.person_is_active(family.person_id)
union all
select
  null, null, null, token.client_id, client.name, token.resource, array_to_string(token.scope, ' '), token.issued_at,
  token.issued_at, token.expires_at
from oauth.access_tokens as token
join oauth.clients as client on client.id = token.client_id
where token.family_id is null
  and token.revoked_at is null
  and token.expires_at > clock_timestamp()
  and client.blocked_at is null
union all
select
  null, key.person_id, person.email::text, key.id, key.name, key.resource, array_to_string(key.scope, ' '), key.created_at,
  key.last_used_at, key.expires_at
from oauth.api_keys as key
join auth.users as person on person.id = key.person_id
where key.revoked_at is null
  and key.expires_at > clock_timestamp()
  and oauth.person_is_active(key.person_id);
comment on view oauth.live_tokens is
  'For the operator: who holds what at this moment. One row per family; without a person, a token of a client in its own name; with the id of a key for a client, an API key.';

revoke all on oauth.live_tokens from public;

create function oauth.revoke_tokens(
  p_client_id text default null,
  p_person_id uuid default null,
  p_because text default 'revoked by the operator'
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_family_id uuid;
  v_families integer := 0;
  v_service_tokens integer := 0;
  v_api_keys integer;
begin
  if p_client_id is null and p_person_id is null then
    raise exception 'tokens are revoked of a client, of a person, or of one at the other';
  end if;

  -- Requests, codes, families: the order in which everybody locks. What was allowed and not yet fetched ends first, or
  -- it would become a family behind our back.
  update oauth.authorization_requests
  set ended_at = v_now
  where decision is not null
    and ended_at is null
    and client_id = coalesce(p_client_id, client_id)
    and person_id = coalesce(p_person_id, person_id);
  update oauth.authorization_codes
  set expires_at = v_now
  where used_at is null
    and expires_at > v_now
    and client_id = coalesce(p_client_id, client_id)
    and person_id = coalesce(p_person_id, person_id);
  for v_family_id in
    select id
    from oauth.token_families
    where revoked_at is null
      and client_id = coalesce(p_client_id, client_id)
      and person_id = coalesce(p_person_id, person_id)
    order by id
    for update
  loop
    perform oauth.revoke_token_family(p_family_id => v_family_id, p_because => p_because);
    v_families := v_families + 1;
  end loop;

  if p_person_id is null then
    update oauth.access_tokens
    set revoked_at = v_now
    where client_id = p_client_id and family_id is null and revoked_at is null and expires_at > v_now;
    get diagnostics v_service_tokens = row_count;
    if v_service_tokens > 0 then
      perform oauth.record_event(
        p_event => 'tokens_revoked',
        p_client_id => p_client_id,
        p_details => jsonb_build_object('because', p_because)
      );
    end if;
  end if;
  v_api_keys := oauth.end_api_keys(p_person_id => p_person_id, p_because => p_because, p_id => p_client_id);
  -- The next consent is a first one.
  delete from oauth.consents
  where client_id = coalesce(p_client_id, client_id) and person_id = coalesce(p_person_id, person_id);
  return jsonb_build_object('families', v_families, 'service_tokens', v_service_tokens, 'api_keys', v_api_keys);
end
$$;
comment on function oauth.revoke_tokens(text, uuid, text) is
  'For the operator: ends everything that this client holds, that was granted by this person, or both at once; codes on their way and earlier consents too. The API keys of a person too, unless it is about one client; the id of a key stands for a client. Answers how many families, service tokens and keys it ended.';

revoke all on all functions in schema oauth from public;
