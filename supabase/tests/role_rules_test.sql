-- What the five roles may do, tried and not only read from the catalog: execute and nothing else for sekisho_oauth and
-- sekisho_mcp; for the others nothing but what a grant and a policy both name.

begin;
select plan(137);

create temp view tables as
select pg_class.oid, pg_class.oid::regclass as name, nspname, relkind, relowner, relacl, relrowsecurity
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p', 'v', 'm', 'f') and nspname !~ '^pg_' and nspname <> 'information_schema';

-- Attributes and memberships.
select results_eq(
  $$
    select rolname::text collate "default", rolcanlogin
    from pg_roles
    where rolname in ('sekisho_oauth', 'sekisho_mcp', 'sekisho_account', 'sekisho_person', 'sekisho_writer')
      and not (rolsuper or rolinherit or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
    order by rolname
  $$,
  $$
    values
      ('sekisho_account', true), ('sekisho_mcp', true), ('sekisho_oauth', true), ('sekisho_person', false),
      ('sekisho_writer', false)
  $$,
  'three roles log in, two do not, and none is strong'
);
select results_eq(
  $$
    select member::regrole::text, roleid::regrole::text, admin_option
    from pg_auth_members
    where member::regrole::text like 'sekisho\_%'
  $$,
  $$ values ('sekisho_mcp', 'sekisho_person', false) $$,
  'sekisho_mcp may take sekisho_person; there is no other membership'
);
select is(
  pg_has_role('sekisho_mcp', 'sekisho_person', 'usage'), false, 'and it gives nothing until the role is taken'
);
select is_empty(
  $$
    select rolname, taken
    from pg_roles, unnest(
      array['sekisho_oauth', 'sekisho_mcp', 'sekisho_account', 'sekisho_person', 'sekisho_writer']
    ) as taken
    where rolname in ('anon', 'authenticated', 'service_role', 'authenticator')
      and not rolsuper
      and pg_has_role(rolname, taken, 'member')
  $$,
  'no role of the Data API may take any of them'
);
select is_empty(
  $$
    select rolname, setting
    from pg_roles, unnest(array['search_path=""', 'statement_timeout=5s', 'lock_timeout=3s',
      'idle_in_transaction_session_timeout=5s']) as setting
    where rolname in ('sekisho_oauth', 'sekisho_mcp', 'sekisho_account') and not coalesce(setting = any (rolconfig), false)
  $$,
  'who logs in cannot hold anything for long'
);

-- Tables.
select is_empty(
  $$
    select name, grantee::regrole, privilege_type
    from tables, aclexplode(relacl)
    where grantee in ('sekisho_oauth'::regrole, 'sekisho_mcp'::regrole)
  $$,
  'sekisho_oauth and sekisho_mcp hold no right on any table'
);
select is_empty(
  $$
    select name, rolname
    from tables, unnest(array['sekisho_oauth', 'sekisho_mcp']) as rolname
    where nspname in ('oauth', 'access', 'shop', 'auth', 'public', 'supabase_migrations')
      and (
        has_table_privilege(rolname, tables.oid, 'select, insert, update, delete, truncate, references, trigger')
        or has_any_column_privilege(rolname, tables.oid, 'select, insert, update, references')
      )
  $$,
  'not even through everybody''s'
);
select results_eq(
  $$
    select name::text collate "default", columns, (
      select string_agg(polname::text collate "default", ' ' order by polname)
      from pg_policy
      where polrelid = granted.oid and polcmd = 'r' and polroles = array['sekisho_account'::regrole::oid]
    )
    from (
      select tables.oid, tables.name, relrowsecurity, (
        select string_agg(attname::text collate "default", ' ' order by attname)
        from pg_attribute, aclexplode(attacl)
        where attrelid = tables.oid and grantee = 'sekisho_account'::regrole and privilege_type = 'SELECT'
      ) as columns
      from tables
      where nspname in ('oauth', 'access', 'shop', 'auth', 'public', 'supabase_migrations') and relkind <> 'v'
    ) as granted
    where columns is not null and relrowsecurity
    order by name::text collate "C"
  $$,
  $$ values
    (
      'oauth.api_keys', 'created_at expires_at id last_used_at name person_id resource revoked_at scope',
      'a_person_sees_their_own_keys'
    ),
    (
      'oauth.audit_events', 'address_prefix client_id details event occurred_at person_id resource',
      'a_person_sees_what_happened_in_their_name'
    ),
    ('oauth.clients', 'blocked_at id name uri verified', 'a_person_sees_what_clients_are_called'),
    ('oauth.resources', 'identifier is_default name scopes', 'a_person_sees_what_scopes_mean'),
    (
      'oauth.token_families', 'client_id created_at expires_at last_used_at person_id resource revoked_at scope',
      'a_person_sees_what_they_granted'
    )
  $$,
  'sekisho_account reads these columns, each table behind a policy that names it'
);
select set_eq(
  $$
    select name::text, privilege_type
    from tables, aclexplode(relacl)
    where grantee = 'sekisho_account'::regrole
    union all
    select attrelid::regclass::text, privilege_type
    from pg_attribute, aclexplode(attacl)
    where grantee = 'sekisho_account'::regrole and privilege_type <> 'SELECT'
  $$,
  $$ values ('oauth.connected_apps', 'SELECT'), ('oauth.own_activity', 'SELECT') $$,
  'beside two views, whole, and writes nothing'
);
create temp view tool_grants as
select distinct relation.oid, relation.name, relation.nspname, relation.relrowsecurity, granted.grantee
from tables as relation
cross join lateral (
  select grantee from aclexplode(relation.relacl)
  union
  select grantee from pg_attribute, aclexplode(attacl) where attrelid = relation.oid
) as granted
where pg_get_userbyid(granted.grantee) in ('sekisho_person', 'sekisho_writer');
select is_empty(
  $$
    select name, grantee::regrole
    from tool_grants
    where not relrowsecurity
      or not exists (
        select from pg_policy where polrelid = tool_grants.oid and polroles = array[grantee]
      )
  $$,
  'what sekisho_person and sekisho_writer may touch is behind policies that name them'
);
select is_empty(
  $$
    select polrelid::regclass, polname
    from pg_policy
    where polrelid in (select oid from tool_grants)
      and polpermissive
      and polroles not in (array['sekisho_person'::regrole::oid], array['sekisho_writer'::regrole::oid])
  $$,
  'alone'
);
select is_empty(
  $$
    select name, rolname
    from tables, unnest(array['sekisho_person', 'sekisho_writer']) as rolname
    where nspname in ('oauth', 'auth', 'supabase_migrations')
      and (
        has_table_privilege(rolname, oid, 'select, insert, update, delete, truncate, references, trigger')
        or has_any_column_privilege(rolname, oid, 'select, insert, update, references')
      )
  $$,
  'and that is nothing of the authorization server or of Supabase Auth'
);
select is_empty(
  $$
    select name, privilege_type
    from tables, aclexplode(relacl)
    where grantee = 'sekisho_person'::regrole and privilege_type <> 'SELECT'
    union all
    select attrelid::regclass, privilege_type
    from pg_attribute, aclexplode(attacl)
    where grantee = 'sekisho_person'::regrole
  $$,
  'sekisho_person only reads: what it changes, it changes through functions'
);

-- Somebody's own project: a table with the usual policy, granted as Supabase grants it.
insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'a@example.test');
create table public.pgtap_notes (owner_id uuid, body text);
alter table public.pgtap_notes enable row level security;
grant all on public.pgtap_notes to anon, authenticated, service_role;
create policy own on public.pgtap_notes to authenticated using (auth.uid() = owner_id);
insert into public.pgtap_notes values ('00000000-0000-4000-8000-00000000000a', 'a note');
grant usage on schema extensions to sekisho_oauth, sekisho_mcp, sekisho_account, sekisho_person,
  sekisho_writer;
select set_config('request.jwt.claims',
  '{"sub": "00000000-0000-4000-8000-00000000000a", "scope": "product:read", "role": "authenticated"}', true);

create function pg_temp.refused(p_statements text[]) returns setof text language sql as $$
  select extensions.throws_ok(statement, '42501', null, current_user || ' cannot: ' || statement)
  from unnest(p_statements) as statement;
$$;

set local role authenticated;
select pg_catalog.set_config('pgtap.seen', (select count(*)::text from public.pgtap_notes), true);
set local session authorization sekisho_oauth;
select pg_temp.refused(array[
  'set role sekisho_mcp', 'set role sekisho_person', 'set role sekisho_writer', 'set role anon',
  'set role authenticated', 'set role service_role',
  'select from oauth.clients', 'select from oauth.signing_keys', 'select from auth.users', 'select from pgtap_notes',
  'select access.person_id()', 'select from pg_catalog.pg_authid', 'create table public.own (id integer)',
  'create schema own', 'select oauth.access_token_is_live(null, null)', 'select oauth.admit_client(null)',
  'select oauth.record_resource(null, null, null, null, null)', 'create role other',
  'select oauth.create_registration_token(null, null, null)', 'select oauth.revoke_registration_token(null)',
  'select oauth.redeem_registration_token(null)', 'select oauth.create_operator_client(null)',
  'select oauth.verify_client(null)', 'select oauth.block_client(null)', 'select oauth.revoke_tokens(null)',
  'select oauth.revoke_token_family(null)', 'select oauth.record_event(null)', 'select from oauth.audit_log',
  'select from oauth.live_tokens', 'select from oauth.audit_events', 'select from oauth.audit_counts',
  'select oauth.revoke_signing_key(null)', 'select oauth.list_sealed_values()',
  'select oauth.reseal_value(null, null, null, null, null)', 'select oauth.keep_sealed_password(null, null, null)',
  'select from oauth.sealed_passwords'
]);
select lives_ok('select oauth.list_resources()', 'sekisho_oauth executes what it is given');

set local session authorization sekisho_mcp;
select pg_temp.refused(array[
  'set role sekisho_oauth', 'set role sekisho_writer', 'set role anon', 'set role authenticated', 'set role service_role',
  'select from oauth.access_tokens', 'select from oauth.signing_keys', 'select from auth.users',
  'select from pgtap_notes', 'select access.person_id()', 'select from shop.products', 'select oauth.list_signing_keys()',
  'select oauth.find_client(null)', 'select from oauth.api_keys', 'select oauth.set_claims(null, null, null, null, null)',
  'select oauth.create_api_key(null, null, null, null, null, null)', 'create table public.own (id integer)', 'create schema own'
]);
select lives_ok('select oauth.lease_calls(null, null, 1, 1, 0, 0)', 'sekisho_mcp executes what it is given');
select lives_ok('set role sekisho_person', 'and may take sekisho_person');

set local session authorization sekisho_account;
select pg_temp.refused(array[
  'set role sekisho_oauth', 'set role sekisho_mcp', 'set role sekisho_person', 'set role sekisho_writer', 'set role anon',
  'set role authenticated', 'set role service_role', 'select secret_hash from oauth.clients',
  'select redirect_uris from oauth.clients', 'select id from oauth.token_families', 'select request_id from oauth.audit_events',
  'select from oauth.access_tokens', 'select from oauth.authorization_codes', 'select from oauth.authorization_requests',
  'select from oauth.consents', 'select from oauth.signing_keys', 'select from auth.users', 'select from pgtap_notes',
  'select from shop.products', 'select access.has_scope(null)', 'select from oauth.live_tokens', 'select from oauth.audit_log',
  'update oauth.token_families set revoked_at = null', 'delete from oauth.token_families',
  'select oauth.revoke_tokens(null)', 'select oauth.revoke_token_family(null)', 'select oauth.find_client(null)',
  'select oauth.assume_access_token(null, null)', 'select oauth.record_event(null)', 'select key_hash from oauth.api_keys',
  'select oauth.end_api_keys(null, null)', 'select oauth.assume_api_key(null, null)', 'delete from oauth.api_keys',
  'create table public.own (id integer)', 'create schema own'
]);
select throws_ok('select oauth.assume_person(null, null, null)', 'SK401', null, 'sekisho_account executes what it is given');

set local session authorization sekisho_mcp;
set local role sekisho_person;
select pg_temp.refused(array[
  'select from auth.users', 'select auth.uid()', 'select from oauth.clients', 'select oauth.list_resources()',
  'select oauth.lease_calls(null, null, 1, 1, 0, 0)', 'select oauth.assume_access_token(null, null)', 'select from pgtap_notes',
  'insert into pgtap_notes values (null, null)', 'set role sekisho_oauth', 'set role sekisho_writer',
  'set role authenticated', 'create table public.own (id integer)', 'create schema own',
  'create table access.own (id integer)',
  'create function access.has_scope(text, text) returns boolean language sql return true'
]);

set local session authorization sekisho_writer;
select pg_temp.refused(array[
  'select from auth.users', 'select auth.uid()', 'select from oauth.clients', 'select oauth.list_resources()',
  'select oauth.assume_access_token(null, null)', 'select from pgtap_notes',
  'insert into pgtap_notes values (null, null)', 'set role sekisho_person', 'set role authenticated',
  'create table public.own (id integer)', 'create table shop.own (id integer)',
  'create function shop.own() returns boolean language sql return true',
  'create function access.has_scope(text, text) returns boolean language sql return true'
]);
reset session authorization;
reset role;
select is(current_setting('pgtap.seen'), '1', 'the same table is open to authenticated, as the operator meant it');

-- A grant alone opens nothing; a policy that names the role does.
grant usage on schema public to sekisho_person;
grant select on public.pgtap_notes to sekisho_person;
set local role sekisho_person;
select is((select count(*) from public.pgtap_notes), 0::bigint, 'a grant without a policy that names it shows nothing');
reset role;
create policy by_token on public.pgtap_notes to sekisho_person
  using (owner_id = (select access.person_id()) and (select access.has_scope('product:read')));
set local role sekisho_person;
select is((select count(*) from public.pgtap_notes), 1::bigint, 'grant and policy together show the row');
reset role;

select * from finish();
rollback;
