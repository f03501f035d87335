-- Lists that grow are read page by page, in an order that stays as it is while rows come and go: (created_at, id). Under
-- the policies, an index gives each page without reading or sorting what is before it.

begin;
create temp table listed (name text, scope text, of text);
insert into listed values
  ('bookings', 'booking:read', ''), ('orders', 'order:read', ''), ('ticket_reservations', 'ticket:read', ''),
  ('form_responses', 'form:read', 'form_id = ''00000000-0000-4000-8000-000000000001'' and ');
select plan((select 2 * count(*) from listed)::integer);

-- A few rows are always cheaper read as a whole and sorted: whether an index could do it is what is asked.
set local enable_seqscan = off;
set local enable_bitmapscan = off;

create function pg_temp.explained(p_table text, p_scope text, p_of text) returns jsonb language plpgsql as $$
declare
  v_plan json;
begin
  perform set_config('request.jwt.claims', jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000a', 'client_id', 'client_a', 'scope', p_scope
  )::text, true);
  set local role sekisho_person;
  execute format(
    'explain (format json, verbose) select id from shop.%I where %s(created_at, id) < (now(), %L::uuid)
    order by created_at desc, id desc limit 10',
    p_table, p_of, gen_random_uuid()
  ) into v_plan;
  reset role;
  return v_plan::jsonb;
end
$$;
create temp table explained as select name, pg_temp.explained(name, scope, of) as plan from listed;

select is(
  jsonb_path_exists(plan, '$.**."Node Type" ? (@ like_regex "Sort")'), false, format('a page of %s needs no sort', name)
)
from explained;
select ok(
  jsonb_path_exists(plan, '$.**."Index Cond" ? (@ like_regex "owner_id = .*ROW\\(.*created_at.*id\\) <")'),
  format('it begins where the last one ended: %s', jsonb_path_query_array(plan, '$.**."Index Cond"'))
)
from explained;

select * from finish();
rollback;
