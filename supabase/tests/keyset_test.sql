-- Lists that grow are read page by page, in an order that stays as it is while rows come and go: the newest first, and
-- bookings by when they begin. Under the policies, an index gives each page without reading or sorting what is before it.

begin;
create temp table listed (name text, scope text, place text, direction text, of text);
insert into listed values
  ('bookings', 'booking:read', 'starts_at', 'asc', ''),
  ('orders', 'order:read', 'created_at', 'desc', ''),
  ('ticket_reservations', 'ticket:read', 'created_at', 'desc', ''),
  ('form_responses', 'form:read', 'created_at', 'desc', 'form_id = ''00000000-0000-4000-8000-000000000001'' and ');
select plan((select 2 * count(*) from listed)::integer);

-- A few rows are always cheaper read as a whole and sorted: whether an index could do it is what is asked.
set local enable_seqscan = off;
set local enable_bitmapscan = off;

create function pg_temp.explained(p_list listed) returns jsonb language plpgsql as $$
declare
  v_plan json;
begin
  perform set_config('request.jwt.claims', jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000a', 'client_id', 'client_a', 'scope', p_list.scope
  )::text, true);
  set local role sekisho_person;
  execute format(
    'explain (format json, verbose) select id from shop.%1$I where %2$s(%3$s, id) %4$s (now(), %5$L::uuid)
    order by %3$s %6$s, id %6$s limit 10',
    p_list.name, p_list.of, p_list.place, case p_list.direction when 'asc' then '>' else '<' end, gen_random_uuid(),
    p_list.direction
  ) into v_plan;
  reset role;
  return v_plan::jsonb;
end
$$;
create temp table explained as select name, pg_temp.explained(listed) as plan from listed;

select is(
  jsonb_path_exists(plan, '$.**."Node Type" ? (@ like_regex "Sort")'), false, format('a page of %s needs no sort', name)
)
from explained;
select ok(
  jsonb_path_exists(plan, '$.**."Index Cond" ? (@ like_regex "owner_id = .*ROW\\(.*(created_at|starts_at).*id\\) [<>]")'),
  format('it begins where the last one ended: %s', jsonb_path_query_array(plan, '$.**."Index Cond"'))
)
from explained;

select * from finish();
rollback;
