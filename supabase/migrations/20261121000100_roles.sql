-- Roles and schemas: who may reach what. One login role per function, which may execute functions and nothing else
-- (sekisho_account also reads a person's own rows, 20261121001385_account.sql), the role that tools run as, and the role
-- that writes for them. Safe to run again; refuses a role of the same name that is stronger than it
-- may be.

do $$
declare
  v_role text;
  v_excess text;
begin
  foreach v_role in array array[
    'sekisho_oauth', 'sekisho_mcp', 'sekisho_account', 'sekisho_person', 'sekisho_writer'
  ] loop
    if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
      -- NOINHERIT: membership in sekisho_person must give nothing until the role is taken on purpose.
      execute format(
        'create role %I %s noinherit',
        v_role,
        case when v_role in ('sekisho_person', 'sekisho_writer') then 'nologin' else 'login' end
      );
    end if;

    select string_agg(found.excess, ', ') into v_excess
    from (
      select 'an attribute' as excess
      from pg_catalog.pg_roles
      where rolname = v_role
        and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolinherit)
      union all
      select 'membership in ' || granted.rolname
      from pg_catalog.pg_auth_members as membership
      join pg_catalog.pg_roles as granted on granted.oid = membership.roleid
      where membership.member = v_role::regrole
        and not (v_role = 'sekisho_mcp' and granted.rolname = 'sekisho_person')
    ) as found;
    if v_excess is not null then
      raise exception 'role % is stronger than it may be: %', v_role, v_excess;
    end if;

    -- The migrating role must be able to test and to fall back to `set local role`. Plain grant: 17 refuses
    -- WITH ADMIN OPTION to one's own grantor.
    if not exists (select from pg_catalog.pg_roles where rolname = current_user and rolsuper) then
      execute format('grant %I to %I', v_role, current_user);
    end if;
  end loop;
end
$$;

-- Nobody is given sekisho_writer: it acts only inside the functions that it owns (ADR 0018).
grant sekisho_person to sekisho_mcp;

alter role sekisho_oauth set search_path = '';
alter role sekisho_oauth set statement_timeout = '5s';
alter role sekisho_oauth set lock_timeout = '3s';
alter role sekisho_oauth set idle_in_transaction_session_timeout = '5s';
alter role sekisho_mcp set search_path = '';
alter role sekisho_mcp set statement_timeout = '5s';
alter role sekisho_mcp set lock_timeout = '3s';
alter role sekisho_mcp set idle_in_transaction_session_timeout = '5s';

alter role sekisho_account set search_path = '';
alter role sekisho_account set statement_timeout = '5s';
alter role sekisho_account set lock_timeout = '3s';
alter role sekisho_account set idle_in_transaction_session_timeout = '5s';

create schema oauth;
revoke all on schema oauth from public;
grant usage on schema oauth to sekisho_oauth, sekisho_mcp, sekisho_account;
comment on schema oauth is
  'The authorization server. Never exposed to the Data API; reached by executing its functions, and by a person''s account through row policies.';

create schema access;
revoke all on schema access from public;
grant usage on schema access to sekisho_person, sekisho_writer;
comment on schema access is
  'What a row policy may ask about whoever a statement runs for: the access token of a tool, the person of an account.';

-- On Supabase auth.users already exists; where it does not, nothing else would work either.
create function oauth.person_is_active(p_person_id uuid)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
    from auth.users
    where id = p_person_id
      and deleted_at is null
      and (banned_until is null or banned_until < clock_timestamp())
  );
$$;
comment on function oauth.person_is_active(uuid) is
  'False for a person who was deleted or banned: nothing may be issued to them or done in their name.';

revoke all on all functions in schema oauth from public;
