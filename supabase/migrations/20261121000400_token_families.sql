-- Token families: everything that one consent led to. Revoking a family kills every token in it.

create table oauth.token_families (
  id uuid not null default gen_random_uuid(),
  client_id text not null,
  person_id uuid not null,
  resource text not null,
  scope text[] not null,
  authorization_details jsonb not null default '[]',
  key_bound boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  last_used_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_because text,
  constraint token_families_pkey primary key (id),
  constraint a_family_dies_with_its_client foreign key (client_id)
    references oauth.clients (id) on delete cascade,
  constraint a_family_dies_with_its_person foreign key (person_id)
    references auth.users (id) on delete cascade,
  constraint a_family_dies_with_its_resource foreign key (resource)
    references oauth.resources (identifier) on delete cascade,
  constraint a_family_has_a_scope check (cardinality(scope) > 0),
  constraint a_revocation_has_a_reason check ((revoked_at is null) = (revoked_because is null))
);
comment on table oauth.token_families is
  'One per redeemed authorization code: what a person let a client do at a resource, and every token issued for it.';
comment on column oauth.token_families.scope is
  'What the refresh token stands for. A narrower scope asked at refresh narrows one access token only (RFC 6749 §6).';

comment on column oauth.token_families.key_bound is
  'The client proved itself with a key: from then on nothing less refreshes this family.';

create index token_families_client_id on oauth.token_families (client_id);
create index token_families_person_id on oauth.token_families (person_id);
create index token_families_expires_at on oauth.token_families (expires_at);

alter table oauth.token_families enable row level security;

create function oauth.revoke_token_family(p_family_id uuid, p_because text default 'revoked by the operator')
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_family oauth.token_families;
begin
  update oauth.token_families
  set revoked_at = clock_timestamp(), revoked_because = p_because
  where id = p_family_id and revoked_at is null
  returning * into v_family;
  if found then
    perform oauth.record_event(
      p_event => 'tokens_revoked',
      p_client_id => v_family.client_id,
      p_person_id => v_family.person_id,
      p_resource => v_family.resource,
      p_family_id => v_family.id,
      p_details => jsonb_build_object('because', p_because)
    );
  end if;
end
$$;
comment on function oauth.revoke_token_family(uuid, text) is
  'Kills a family: its refresh token and every access token in it. The first reason stays.';

create function oauth.purge_token_families(p_limit integer)
returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with doomed as (
    select id
    from oauth.token_families
    where expires_at < clock_timestamp() - interval '1 day'
    limit p_limit
    for update skip locked
  ), gone as (
    delete from oauth.token_families where id in (select id from doomed) returning id
  )
  select count(*) from gone;
$$;
comment on function oauth.purge_token_families(integer) is
  'Removes families whose last token expired a day ago, with their tokens.';

revoke all on all functions in schema oauth from public;
