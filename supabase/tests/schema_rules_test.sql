-- The rules that every table and function of ours obeys, whichever migration made it. What roles may do is in
-- role_rules_test.sql.

begin;
select plan(29);

create temp view our_tables as
select pg_class.oid, pg_class.oid::regclass as name, relkind, relowner, relacl, reloptions, relrowsecurity
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
where nspname in ('oauth', 'access', 'shop') and relkind in ('r', 'p', 'v', 'm', 'f');

create temp view our_functions as
select pg_proc.oid, pg_proc.oid::regprocedure as name, nspname as schema, proname, proowner, proacl, proconfig,
  provolatile, prosecdef, prorettype
from pg_proc
join pg_namespace on pg_namespace.oid = pronamespace
where nspname in ('oauth', 'access', 'shop') and prokind <> 'p';

-- They commit, and so may neither pin a search path nor act with their owner's rights.
create temp view our_procedures as
select pg_proc.oid, pg_proc.oid::regprocedure as name, proname, proowner, proacl, proconfig, prosecdef
from pg_proc
join pg_namespace on pg_namespace.oid = pronamespace
where nspname in ('oauth', 'access', 'shop') and prokind = 'p';

create temp view api_roles as
select rolname from pg_roles where rolname in ('anon', 'authenticated', 'service_role') and not rolsuper;

-- None of the rules below may hold because there is nothing to look at.
select cmp_ok((select count(*) from our_tables), '>=', 11::bigint, 'there are tables');
select cmp_ok((select count(*) from our_functions), '>=', 32::bigint, 'there are functions');
select cmp_ok((select count(*) from api_roles), '>=', 2::bigint, 'there are roles of the Data API');

-- Tables.
select is_empty(
  $$ select name from our_tables where relkind <> 'v' and not relrowsecurity $$, 'every table has row level security'
);
select is_empty(
  $$
    select name from our_tables
    where relkind = 'v' and not coalesce('security_invoker=true' = any (reloptions), false)
  $$,
  'every view shows whoever asks no more than its tables do'
);
select is_empty(
  $$ select name from our_tables where obj_description(oid, 'pg_class') is null $$, 'every table has a comment'
);
select is_empty(
  $$
    select conrelid::regclass, conname
    from pg_constraint
    where conrelid in (select oid from our_tables) and contype = 'f' and confdeltype = 'a'
  $$,
  'every foreign key says what happens on delete'
);
select is_empty(
  $$
    select conrelid::regclass, conname
    from pg_constraint
    where conrelid in (select oid from our_tables)
      and contype in ('c', 'f', 'u', 'x')
      and conname ~ '_(check|fkey|key|excl)\d*$'
  $$,
  'every constraint is named by a sentence'
);
select is_empty(
  $$ select pg_type.oid::regtype from pg_type join pg_namespace on pg_namespace.oid = typnamespace
     where nspname in ('oauth', 'access', 'shop') and typtype = 'e' $$,
  'there are no enums'
);
select is_empty(
  $$
    select table_schema, table_name, column_name
    from information_schema.columns
    where table_schema in ('oauth', 'shop') and data_type = 'timestamp without time zone'
  $$,
  'every instant has a time zone'
);

-- Functions.
select is_empty(
  $$ select name from our_functions where not coalesce('search_path=pg_catalog, pg_temp' = any (proconfig), false) $$,
  'every function looks into the temporary schema last, and into no other of ours'
);
select is_empty(
  $$
    select name
    from our_functions, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where grantee = 0
  $$,
  'no function is for everybody'
);
select is_empty(
  $$
    select name, rolname
    from our_functions, api_roles
    where has_function_privilege(rolname, our_functions.oid, 'execute')
  $$,
  'no function is for the Data API'
);
select is_empty(
  $$ select name from our_functions where obj_description(oid, 'pg_proc') is null $$, 'every function has a comment'
);
-- A writer that says stable would see an old snapshot; a reader that says volatile would run once per row.
select is_empty(
  $$
    select name, provolatile
    from our_functions
    where provolatile <> case
      when proname in (
        'expand_scope', 'offered_scope', 'scope_is_wildcard', 'details_of_scope', 'scope_of_details', 'narrow_details',
        'details_within_scope', 'signing_key_state'
      ) then 'i'
      when schema = 'access' or proname ~ '^(find|list)_' or proname ~ '_is_' then 's'
      else 'v'
    end
  $$,
  'what looks at its arguments only is immutable, readers are stable, everything else is volatile'
);
select is_empty(
  $$
    select name from our_functions
    where prosecdef <> case schema when 'oauth' then provolatile <> 'i' when 'access' then false else provolatile = 'v' end
  $$,
  'functions of oauth that read or write act with their owner''s rights, those of access with their caller''s, those of shop when they write'
);
select is_empty(
  $$ select name from our_functions where schema = 'shop' and prosecdef and proowner <> 'sekisho_writer'::regrole $$,
  'and then the owner is sekisho_writer, which policies hold to the person and the scope'
);
select is_empty(
  $$ select name from our_tables where pg_get_userbyid(relowner) ~ '^sekisho_' $$,
  'who owns nothing: no policy is skipped for an owner'
);
select is_empty(
  $$
    select one.name
    from our_functions as one
    join our_functions as other on other.schema = one.schema and other.proname = one.proname and other.oid <> one.oid
  $$,
  'no name has two meanings'
);

-- Procedures.
select is_empty(
  $$
    select name
    from our_procedures
    where proname !~ '^lease_and_' or prosecdef or proconfig is not null or obj_description(oid, 'pg_proc') is null
  $$,
  'every procedure counts and then calls a function, with its caller''s rights, and has a comment'
);
select is_empty(
  $$
    select name
    from our_procedures, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where grantee = 0 or grantee in (select rolname::regrole from api_roles)
  $$,
  'no procedure is for everybody or for the Data API'
);

-- Schemas.
select is_empty(
  $$
    select nspname
    from pg_namespace
    where nspname in ('oauth', 'access', 'shop') and obj_description(oid, 'pg_namespace') is null
  $$,
  'every schema has a comment'
);
select is_empty(
  $$
    select nspname, privilege_type
    from pg_namespace, aclexplode(nspacl)
    where nspname in ('oauth', 'access', 'shop') and grantee = 0
  $$,
  'no schema is for everybody'
);
select is_empty(
  $$
    select nspname, rolname
    from pg_namespace, api_roles
    where nspname in ('oauth', 'access', 'shop')
      and (has_schema_privilege(rolname, nspname, 'usage') or has_schema_privilege(rolname, nspname, 'create'))
  $$,
  'no schema is for the Data API'
);
select is_empty(
  $$ select name from our_tables, aclexplode(relacl) where grantee = 0 $$, 'no table is for everybody'
);
select is_empty(
  $$
    select name, rolname
    from our_tables, api_roles
    where has_table_privilege(rolname, our_tables.oid, 'select, insert, update, delete, truncate, references, trigger')
      or has_any_column_privilege(rolname, our_tables.oid, 'select, insert, update, references')
  $$,
  'no table is for the Data API'
);
select is_empty(
  $$
    select attrelid::regclass, attname
    from pg_attribute, aclexplode(attacl)
    where attrelid in (select oid from our_tables) and grantee = 0
  $$,
  'nor is a column'
);

-- Policies.
select is_empty(
  $$ select polrelid::regclass, polname from pg_policy where polrelid in (select oid from our_tables)
       and obj_description(oid, 'pg_policy') is null $$,
  'every policy has a comment'
);
select is_empty(
  $$
    select polrelid::regclass, polname
    from pg_policy
    where polrelid in (select oid from our_tables)
      and (
        pg_get_expr(polqual, polrelid) ~ 'auth\.' or pg_get_expr(polwithcheck, polrelid) ~ 'auth\.'
        or 0 = any (polroles)
      )
  $$,
  'no policy asks auth.uid() or is for everybody'
);

select * from finish();
rollback;
