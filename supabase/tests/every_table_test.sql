-- Every table of schema shop, every operation, both roles of tools: rows for the right person with the right scope, and
-- nothing for anybody else. Tables come from the catalog: one that is not listed here fails this file.

begin;

-- What is said of each table: who may do what, with which scopes (one is enough), and what a second row of the same
-- owner must have otherwise.
create temp table listed (
  name text, person_may text, read_scopes text[], writer_may text, write_scopes text[], otherwise jsonb
);
insert into listed values
  ('bookings', 'select', '{booking:read}', 'select; insert; update: cancelled_at state', '{booking:write}',
    '{"during": "[2000-01-01 00:00:00+00,2000-01-01 01:00:00+00)"}'),
  ('form_fields', 'select', '{form:read}', 'select', '{form:write}', '{}'),
  ('form_responses', 'select', '{form:read}', 'insert', '{form:write}', '{}'),
  ('forms', 'select', '{form:read}', 'select', '{form:write}', '{}'),
  ('order_items', 'select', '{order:read}', 'select; insert', '{order:write}', '{"line": 2, "product_id": null}'),
  ('orders', 'select', '{order:read}', 'select; insert; update: cancelled_at state', '{order:write}',
    '{"idempotency_key": "another"}'),
  ('products', 'select', '{product:read}', 'select; update: name price_minor stock', '{product:write,order:write}', '{}'),
  ('rooms', 'select', '{booking:read}', 'select', '{booking:write}', '{}'),
  ('ticket_events', 'select', '{ticket:read}', 'select; update: seats_taken', '{ticket:write}', '{}'),
  ('ticket_reservations', 'select', '{ticket:read}', 'select; insert; update: cancelled_at state', '{ticket:write}', '{}');

select plan(5 + (select 8 * count(*) from listed)::integer);

-- One row of each table for each of two people.
insert into auth.users (id, email)
select ('00000000-0000-4000-8000-00000000000' || letter)::uuid, letter || '@example.test'
from unnest('{a,b}'::text[]) as letter;
do $$
declare
  v_owner uuid;
  v_id uuid;
begin
  foreach v_owner in array array(select id from auth.users order by id) loop
    v_id := overlay(v_owner::text placing '1' from 1 for 1);
    insert into shop.products (id, owner_id, name, price_minor, currency, stock)
    values (v_id, v_owner, 'a product', 100, 'JPY', 5);
    insert into shop.rooms (id, owner_id, name, time_zone) values (v_id, v_owner, 'a room', 'UTC');
    insert into shop.bookings (id, owner_id, room_id, client_id, title, during)
    values (v_id, v_owner, v_id, 'client_a', 'a meeting', '[2030-01-01 00:00:00+00,2030-01-01 01:00:00+00)');
    insert into shop.orders (id, owner_id, client_id, idempotency_key, content_hash, currency, total_minor)
    values (v_id, v_owner, 'client_a', 'a key', sha256('content'), 'JPY', 100);
    insert into shop.order_items (order_id, line, owner_id, product_id, product_name, quantity, unit_price_minor)
    values (v_id, 1, v_owner, v_id, 'a product', 1, 100);
    insert into shop.ticket_events (id, owner_id, name, starts_at, price_minor, currency, capacity)
    values (v_id, v_owner, 'an event', '2030-01-01 00:00:00+00', 100, 'JPY', 5);
    insert into shop.ticket_reservations (id, owner_id, event_id, client_id, seats, amount_minor, currency)
    values (v_id, v_owner, v_id, 'client_a', 1, 100, 'JPY');
    insert into shop.forms (id, owner_id, title) values (v_id, v_owner, 'a form');
    insert into shop.form_fields (form_id, name, owner_id, place, label, type)
    values (v_id, 'name', v_owner, 1, 'A name', 'text');
    insert into shop.form_responses (id, owner_id, form_id, client_id, answers)
    values (v_id, v_owner, v_id, 'client_a', '{"name": "x"}');
  end loop;
end
$$;

create temp view shop_tables as
select oid, relname::text collate "default" as name from pg_class where relnamespace = 'shop'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f');
select set_eq('select name from shop_tables', 'select name from listed', 'every table is listed here');

-- Grants.
create function pg_temp.granted(p_role text, p_table oid) returns text language sql as $$
  select coalesce(string_agg(said, '; ' order by place), '')
  from (
    select
      operation.place,
      case
        when has_table_privilege(p_role, p_table, operation.name) then operation.name
        when has_any_column_privilege(p_role, p_table, operation.name) then operation.name || ': ' || (
          select string_agg(attname, ' ' order by attname)
          from pg_attribute
          where attrelid = p_table and attnum > 0 and not attisdropped
            and has_column_privilege(p_role, p_table, attname, operation.name)
        )
      end as said
    from unnest('{select,insert,update}'::text[]) with ordinality as operation (name, place)
    union all
    select 9, name
    from unnest('{delete,truncate,references,trigger}'::text[]) as name
    where has_table_privilege(p_role, p_table, name)
  ) as privilege;
$$;
select results_eq(
  $$ select name, pg_temp.granted('sekisho_person', oid) collate "default" from shop_tables order by name $$,
  'select name, person_may from listed order by name',
  'sekisho_person is granted what is listed'
);
select results_eq(
  $$ select name, pg_temp.granted('sekisho_writer', oid) collate "default" from shop_tables order by name $$,
  'select name, writer_may from listed order by name',
  'and so is sekisho_writer, columns and all'
);

-- Tries an operation on the rows of one owner and takes it back: how many rows, or that it was refused. Changes read
-- nothing, so that only their own policies hold them: a condition would bring in those of select.
create function pg_temp.try(p_role text, p_operation text, p_table text, p_claims text, p_owner uuid)
returns text
language plpgsql
as $$
declare
  v_relation regclass := format('shop.%I', p_table);
  v_columns text[] := array(
    select attname from pg_attribute where attrelid = v_relation and attnum > 0 and not attisdropped and attgenerated = '' order by attnum
  );
  v_untouched text := format('select count(*) from %s where owner_id = %L and ctid = any ($1)', v_relation, p_owner);
  v_before tid[];
  v_row jsonb;
  v_statement text;
  v_count bigint;
begin
  execute format('select to_jsonb(mine), array[ctid] from %s as mine where owner_id = %L', v_relation, p_owner)
  into strict v_row, v_before;
  if p_operation = 'insert' then
    v_row := v_row || (select otherwise from listed where name = p_table);
    if v_row ? 'id' then
      v_row := v_row || jsonb_build_object('id', gen_random_uuid());
    end if;
  end if;
  v_statement := case p_operation
    when 'select' then format('select from %s where owner_id = %L', v_relation, p_owner)
    when 'delete' then format('delete from %s', v_relation)
    when 'update' then (
      select format('update %s set %I = %L', v_relation, attname, v_row ->> attname)
      from unnest(v_columns) as attname
      order by has_column_privilege(p_role, v_relation, attname, 'update') desc
      limit 1
    )
    else (
      select format(
        'insert into %s (%s) select %s from jsonb_populate_record(null::%s, %L)',
        v_relation, string_agg(quote_ident(attname), ', '), string_agg(quote_ident(attname), ', '), v_relation, v_row
      )
      from unnest(v_columns) as attname
    )
  end;
  perform set_config('request.jwt.claims', p_claims, true);
  begin
    execute format('set local role %I', p_role);
    execute v_statement;
    get diagnostics v_count = row_count;
    reset role;
    if p_operation in ('update', 'delete') then
      execute v_untouched into v_count using v_before;
      v_count := cardinality(v_before) - v_count;
    end if;
    raise exception using errcode = 'TAKEB', message = v_count;
  exception
    when sqlstate 'TAKEB' then return sqlerrm;
    when insufficient_privilege then return 'refused';
  end;
end
$$;

create function pg_temp.claims(p_person text, p_scopes text[], p_client text default 'client_a') returns text language sql as $$
  select jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000' || p_person,
    'client_id', p_client,
    'scope', array_to_string(p_scopes, ' '),
    'resource', 'https://rs.test/mcp',
    'authorization_details', jsonb_build_array(jsonb_build_object('type', 'ticket-reservation'))
  )::text;
$$;

create temp table a as select '00000000-0000-4000-8000-00000000000a'::uuid as id;
create temp table scopes as
select distinct scope from listed, unnest(read_scopes || write_scopes) as scope;

-- In this order: right in every respect with any of the scopes; the rows of somebody else; with every scope but the
-- right ones; somebody else with the right scope; without a scope; a service token; empty claims; no claims at all.
create function pg_temp.tried(p_role text, p_operation text, p_table text, p_scopes text[]) returns text[] language sql as $$
  select array[
    (
      select string_agg(distinct pg_temp.try(p_role, p_operation, p_table, pg_temp.claims('a', array[scope]), a.id), ' or ')
      from a, unnest(p_scopes || case when p_scopes = '{}' then '{none}'::text[] end) as scope
    ),
    pg_temp.try(p_role, p_operation, p_table, pg_temp.claims('b', p_scopes), a.id),
    pg_temp.try(p_role, p_operation, p_table, pg_temp.claims('a', array(select scope from scopes where scope <> all (p_scopes))), a.id),
    pg_temp.try(p_role, p_operation, p_table, pg_temp.claims('e', p_scopes), a.id),
    pg_temp.try(p_role, p_operation, p_table, pg_temp.claims('a', '{}'), a.id),
    pg_temp.try(p_role, p_operation, p_table, pg_temp.claims(null, p_scopes), a.id),
    pg_temp.try(p_role, p_operation, p_table, '{}', a.id),
    pg_temp.try(p_role, p_operation, p_table, '', a.id)
  ]
  from a;
$$;

select is(
  pg_temp.tried(role, operation, name, case role when 'sekisho_person' then read_scopes else write_scopes end),
  case
    when case role when 'sekisho_person' then person_may else writer_may end !~ operation then array_fill('refused'::text, array[8])
    else array['1'] || array_fill(case operation when 'insert' then 'refused' else '0' end, array[7])
  end,
  format('%s may %s %s: the right person with the right scope, and nobody else', role, operation, name)
)
from listed
cross join unnest('{sekisho_person,sekisho_writer}'::text[]) as role
cross join unnest('{select,insert,update,delete}'::text[]) as operation
order by name, role, operation;

-- A row that says which client made it says the truth.
select is_empty(
  $$
    select name
    from listed
    join shop_tables using (name)
    join pg_attribute on attrelid = oid and attname = 'client_id'
    cross join a
    where writer_may ~ 'insert'
      and pg_temp.try('sekisho_writer', 'insert', name, pg_temp.claims('a', write_scopes, 'client_b'), a.id) <> 'refused'
  $$,
  'nobody writes in another client''s name'
);

-- None of that may hold because there was nothing to look at.
select is_empty(
  $$ select name from listed where pg_temp.try(current_user::text, 'select', name, '', (select id from a)) <> '1' $$,
  'every table has a row of the person'
);

select * from finish();
rollback;
