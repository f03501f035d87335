-- oauth.keep_audit_events: nobody changes what was told, and nobody removes it before its time.

begin;
select plan(38);

insert into oauth.audit_events (occurred_at, event)
values (now(), 'denied'), (now() - interval '91 days', 'consented');
grant usage on schema extensions to sekisho_oauth, sekisho_mcp, sekisho_account, sekisho_person, sekisho_writer,
  anon, authenticated, service_role;

-- Whoever asks: the owner, who passes over grants and policies, and every role that exists beside it.
create function pg_temp.refused(p_code text) returns setof text language sql as $$
  select extensions.throws_ok(statement, p_code, null, current_user || ' cannot: ' || statement)
  from unnest(array[
    'update oauth.audit_events set event = ''consented''',
    'delete from oauth.audit_events where occurred_at > now() - interval ''1 day''',
    'truncate oauth.audit_events'
  ]) as statement;
$$;
select pg_temp.refused('SK403');
select throws_ok(
  $$ insert into oauth.audit_events (occurred_at, id, event) values (now(), 1, 'denied') $$, '428C9', null,
  'nor is a number chosen'
);
set local session_replication_role = replica;
select pg_temp.refused('SK403');
set local session_replication_role = origin;
set local role sekisho_oauth;
select pg_temp.refused('42501');
set local role sekisho_mcp;
select pg_temp.refused('42501');
set local role sekisho_account;
select pg_temp.refused('42501');
set local role sekisho_person;
select pg_temp.refused('42501');
set local role sekisho_writer;
select pg_temp.refused('42501');
set local role anon;
select pg_temp.refused('42501');
set local role authenticated;
select pg_temp.refused('42501');
set local role service_role;
select pg_temp.refused('42501');
reset role;
select is_empty(
  $$
    select rolname, privilege
    from pg_roles, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'trigger']) as privilege
    where not rolsuper
      and pg_roles.oid <> (select relowner from pg_class where pg_class.oid = 'oauth.audit_events'::regclass)
      and rolname !~ '^pg_' and not pg_has_role(rolname, 'pg_read_all_data', 'usage')
      and has_table_privilege(rolname, 'oauth.audit_events', privilege)
  $$,
  'no role but its owner holds any right on all of it'
);
select is_empty(
  $$
    select rolname, privilege
    from pg_roles, unnest(array['select', 'insert', 'update']) as privilege
    where not rolsuper
      and pg_roles.oid <> (select relowner from pg_class where pg_class.oid = 'oauth.audit_events'::regclass)
      and rolname !~ '^pg_' and not pg_has_role(rolname, 'pg_read_all_data', 'usage')
      and has_any_column_privilege(rolname, 'oauth.audit_events', privilege)
      and (rolname, privilege) <> ('sekisho_account', 'select')
  $$,
  'and on a part of it only who shows people their own'
);
select is_empty(
  $$
    select name from (
      select pg_proc.proname::text as name
      from pg_proc
      join pg_namespace on pg_namespace.oid = pronamespace
      where nspname in ('oauth', 'access', 'shop')
        and prosrc ~* '(update|delete from|truncate)\s+(only\s+)?oauth\.audit_events'
    ) as found
    where name <> 'purge_audit_events'
  $$,
  'and one function alone removes anything of it'
);
select is((select count(*)::integer from oauth.audit_events), 2, 'nothing went');
select lives_ok(
  $$ delete from oauth.audit_events where occurred_at < now() - interval '90 days' $$, 'what is old may go'
);
select is((select array_agg(event) from oauth.audit_events), '{denied}', 'and only that');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.keep_audit_events'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
