-- Consents: what a person said yes to, last time. Consent is asked every time; this only pre-ticks the page.

create table oauth.consents (
  person_id uuid not null,
  client_id text not null,
  redirect_uri text not null,
  resource text not null,
  scope text[] not null,
  given_at timestamptz not null default clock_timestamp(),
  constraint consents_pkey primary key (person_id, client_id, redirect_uri, resource),
  constraint a_consent_dies_with_its_person foreign key (person_id)
    references auth.users (id) on delete cascade,
  constraint a_consent_dies_with_its_client foreign key (client_id)
    references oauth.clients (id) on delete cascade,
  constraint a_consent_dies_with_its_resource foreign key (resource)
    references oauth.resources (identifier) on delete cascade
);
comment on table oauth.consents is
  'The last consent per person, client, registered redirect URI and resource. Never a reason to skip asking.';

create index consents_client_id on oauth.consents (client_id);

alter table oauth.consents enable row level security;

create function oauth.record_consent(
  p_person_id uuid,
  p_client_id text,
  p_redirect_uri text,
  p_resource text,
  p_scope text[]
)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into oauth.consents (person_id, client_id, redirect_uri, resource, scope)
  values (p_person_id, p_client_id, p_redirect_uri, p_resource, p_scope)
  on conflict (person_id, client_id, redirect_uri, resource) do update
  set scope = excluded.scope, given_at = excluded.given_at;
$$;
comment on function oauth.record_consent(uuid, text, text, text, text[]) is
  'Remembers a consent that was carried through. Private to this schema.';

revoke all on all functions in schema oauth from public;
