-- A person's own account: what apps they are connected with, what happened in their name, and the end of it. Whoever
-- serves it says once per transaction whose account it is (oauth.assume_person); from then on row policies show that
-- person's rows and the functions act for that person. No view and no function here takes a person as an argument.

create function oauth.assume_person(p_person_id uuid, p_request_id text, p_address text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not coalesce(oauth.person_is_active(p_person_id), false) then
    -- Raising aborts the whole pipelined transaction: no later statement of it can run.
    raise exception 'nobody may act for this person' using errcode = 'SK401';
  end if;
  -- Without a scope: what tools may read stays closed.
  perform set_config('request.jwt.claims', jsonb_build_object('sub', p_person_id)::text, true);
  perform oauth.assume_origin(p_request_id => p_request_id, p_address => p_address);
end
$$;
comment on function oauth.assume_person(uuid, text, text) is
  'Opens a transaction of a person''s own account: whose it is and whose request carries it out. Aborts it (SK401) for a person who was deleted or banned.';

create view oauth.connected_apps with (security_invoker = true) as
select
  held.person_id,
  client.id as client_id,
  client.name,
  client.uri,
  client.verified,
  client.blocked_at is not null as blocked,
  min(held.since) as since,
  max(held.last_used_at) as last_used_at,
  jsonb_agg(
    jsonb_build_object('resource', held.resource, 'scope', held.scope, 'resource_scopes', resource.scopes)
    order by held.resource
  ) as access
from (
  select
    family.person_id,
    family.client_id,
    family.resource,
    array_agg(distinct granted.scope) as scope,
    min(family.created_at) as since,
    max(family.last_used_at) as last_used_at
  from oauth.token_families as family
  cross join unnest(family.scope) as granted (scope)
  where family.revoked_at is null and family.expires_at > clock_timestamp()
  group by family.person_id, family.client_id, family.resource
) as held
join oauth.clients as client on client.id = held.client_id
join oauth.resources as resource on resource.identifier = held.resource
group by held.person_id, client.id, client.name, client.uri, client.verified, client.blocked_at;
comment on view oauth.connected_apps is
  'Apps that hold something of a person which can still be used, with all that it allows. A blocked one is among them: the operator may let it in again.';

create view oauth.own_activity with (security_invoker = true) as
select
  audited.person_id,
  audited.occurred_at,
  audited.event,
  audited.client_id,
  -- Of a key, the event itself says what it was called: no client has its id.
  coalesce(audited.details ->> 'name', client.name) as client,
  audited.resource,
  host(audited.address_prefix) || '/' || masklen(audited.address_prefix) as address_prefix,
  audited.details ->> 'because' as because,
  array(
    select listed.scope
    from jsonb_array_elements_text(audited.details -> 'scope') with ordinality as listed (scope, place)
    order by listed.place
  ) as scope
from (
  select
    occurred_at,
    event,
    client_id,
    person_id,
    resource,
    address_prefix,
    details,
    row_number() over (
      partition by person_id, client_id, address_prefix, event in ('tokens_issued', 'tokens_refreshed')
      order by occurred_at
    ) as time
  from oauth.audit_events
) as audited
left join oauth.clients as client on client.id = audited.client_id
-- An app in use renews its access several times an hour: what else happened would be found by nobody. And a code stands
-- between two things that are told anyway: that the person allowed it, and that the app connected.
where audited.event <> 'code_issued' and (audited.event <> 'tokens_refreshed' or audited.time = 1);
comment on view oauth.own_activity is
  'What the audit trail tells of a person, to that person. A renewal is told where it is the first that its client gets anything from that network, a code not at all. Nothing in it leads to anybody else.';

create function oauth.disconnect_app(p_client_id text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_person_id uuid := access.person_id();
begin
  -- oauth.revoke_tokens takes no person for everybody, and no client for every client.
  if v_person_id is null or p_client_id is null then
    raise exception 'one app of one person is disconnected' using errcode = 'SK401';
  end if;
  perform oauth.revoke_tokens(
    p_client_id => p_client_id, p_person_id => v_person_id, p_because => 'disconnected by the person'
  );
end
$$;
comment on function oauth.disconnect_app(text) is
  'Ends everything that this person granted this client: tokens, codes and decisions on their way, earlier consents. Again, or for a client that does not exist, it changes nothing.';

create function oauth.disconnect_every_app()
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_person_id uuid := access.person_id();
begin
  if v_person_id is null then
    raise exception 'the apps of one person are disconnected' using errcode = 'SK401';
  end if;
  perform oauth.revoke_tokens(p_person_id => v_person_id, p_because => 'signed out everywhere by the person');
end
$$;
comment on function oauth.disconnect_every_app() is
  'The same for every client: what signing out everywhere means to apps.';

revoke all on all functions in schema oauth from public;
grant execute on function
  oauth.assume_person(uuid, text, text),
  oauth.disconnect_app(text),
  oauth.disconnect_every_app()
to sekisho_account;
grant usage on schema access to sekisho_account;
grant execute on function access.claims(), access.person_id() to sekisho_account;

-- Column by column: no view may ever show a secret, a hash or a request of somebody else.
revoke all on oauth.connected_apps, oauth.own_activity from public;
grant select on oauth.connected_apps, oauth.own_activity to sekisho_account;
grant select (person_id, client_id, resource, scope, created_at, last_used_at, expires_at, revoked_at)
  on oauth.token_families to sekisho_account;
grant select (occurred_at, event, client_id, person_id, resource, address_prefix, details)
  on oauth.audit_events to sekisho_account;
grant select (id, name, uri, verified, blocked_at) on oauth.clients to sekisho_account;
grant select (identifier, scopes) on oauth.resources to sekisho_account;

create policy a_person_sees_what_they_granted on oauth.token_families
  for select to sekisho_account using (person_id = (select access.person_id()));
comment on policy a_person_sees_what_they_granted on oauth.token_families is 'To nobody else, and without claims to nobody.';
create policy a_person_sees_what_happened_in_their_name on oauth.audit_events
  for select to sekisho_account using (person_id = (select access.person_id()));
comment on policy a_person_sees_what_happened_in_their_name on oauth.audit_events is
  'To nobody else, and without claims to nobody.';
-- As the consent page shows them to whoever signs in.
create policy a_person_sees_what_clients_are_called on oauth.clients
  for select to sekisho_account using ((select access.person_id()) is not null);
comment on policy a_person_sees_what_clients_are_called on oauth.clients is 'Any client''s name, to any person.';
create policy a_person_sees_what_scopes_mean on oauth.resources
  for select to sekisho_account using ((select access.person_id()) is not null);
comment on policy a_person_sees_what_scopes_mean on oauth.resources is 'Any resource''s scopes, to any person.';
