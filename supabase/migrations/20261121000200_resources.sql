-- Resources: the protected resources that tokens can be bound to (RFC 8707), with the scopes each offers.
-- Rows are written at deploy time from the registry of tools; the functions only read them.

create table oauth.resources (
  identifier text not null,
  name text not null,
  scopes jsonb not null,
  default_scope text[] not null,
  is_default boolean not null default false,
  updated_at timestamptz not null default clock_timestamp(),
  constraint resources_pkey primary key (identifier),
  constraint a_resource_identifier_has_no_trailing_slash check (identifier !~ '/$' and length(identifier) <= 2000),
  constraint resource_scopes_are_a_list check (jsonb_typeof(scopes) = 'array'),
  -- Wildcards are for asking (20261121000150_scopes.sql).
  constraint a_resource_offers_no_wildcard
    check (not jsonb_path_exists(scopes, '$[*].name ? (@ like_regex "[*]")'))
);
comment on table oauth.resources is
  'Protected resources (RFC 8707): identifier, the scopes that exist there, and those given when a client asks for none.';
comment on column oauth.resources.scopes is
  'List of {name, description: {en, ja}, tools: [name]}: what consent shows and metadata lists. With detail where authorization details (RFC 9396) limit the scope: {type, actions, maxAmount, currency} by default.';
comment on column oauth.resources.is_default is
  'The resource of a request that names none.';

create unique index at_most_one_default_resource on oauth.resources (is_default) where is_default;

alter table oauth.resources enable row level security;

create function oauth.record_resource(
  p_identifier text,
  p_name text,
  p_scopes jsonb,
  p_default_scope text[],
  p_is_default boolean
)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_is_default then
    update oauth.resources set is_default = false where is_default and identifier <> p_identifier;
  end if;
  insert into oauth.resources (identifier, name, scopes, default_scope, is_default)
  values (p_identifier, p_name, p_scopes, p_default_scope, p_is_default)
  on conflict (identifier) do update
  set name = excluded.name,
      scopes = excluded.scopes,
      default_scope = excluded.default_scope,
      is_default = excluded.is_default,
      updated_at = clock_timestamp();
end
$$;
comment on function oauth.record_resource(text, text, jsonb, text[], boolean) is
  'Deploy time only: writes a resource as its registry describes it.';

create function oauth.list_resources()
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'identifier', identifier,
        'name', name,
        'scopes', scopes,
        'default_scope', default_scope,
        'is_default', is_default
      )
      order by identifier
    ),
    '[]'::jsonb
  )
  from oauth.resources;
$$;
comment on function oauth.list_resources() is 'Every resource that tokens can be bound to.';

revoke all on all functions in schema oauth from public;
grant execute on function oauth.list_resources() to sekisho_oauth;
