-- shop.cancel_order: gives the stock back, once, with order:write. It answers nothing of the order: order:write is not a
-- way to read.

begin;
select plan(15);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into shop.products (id, owner_id, name, price_minor, currency, stock)
select ('20000000-0000-4000-8000-00000000000' || id)::uuid, ('00000000-0000-4000-8000-00000000000' || owner)::uuid, name, 100, 'JPY', 10
from (values ('1', 'a', 'apple'), ('2', 'a', 'apricot'), ('3', 'a', 'almond'), ('b', 'b', 'banana')) as product (id, owner, name);

create function pg_temp.claims(p_person text, p_scope text) returns void language sql as $$
  select set_config('request.jwt.claims', jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000' || p_person, 'client_id', 'client_a', 'scope', p_scope
  )::text, true);
$$;
create function pg_temp.place(p_person text, p_key text, p_products text[], p_quantities integer[]) returns uuid language sql as $$
  select pg_temp.claims(p_person, 'order:write');
  select (
    shop.create_order(
      p_key, array(select ('20000000-0000-4000-8000-00000000000' || id)::uuid from unnest(p_products) as id), p_quantities
    ) #>> '{order,id}'
  )::uuid;
$$;
create temp table placed as
select 'one' as name, pg_temp.place('a', 'k1', '{1,2}', '{3,4}') as id
union all select 'other', pg_temp.place('a', 'k2', '{1}', '{2}')
union all select 'of b', pg_temp.place('b', 'k1', '{b}', '{1}');
create function pg_temp.cancel(p_name text) returns jsonb language plpgsql as $$
declare
  v_id uuid := coalesce((select id from placed where name = p_name), gen_random_uuid());
  v_answer jsonb;
begin
  set local role sekisho_person;
  v_answer := shop.cancel_order(p_order_id => v_id);
  reset role;
  return v_answer;
end
$$;
create function pg_temp.stock() returns text language sql as $$
  select string_agg(name || ' ' || stock, ', ' order by name) from shop.products;
$$;
select is(pg_temp.stock(), 'almond 10, apple 5, apricot 6, banana 9', 'orders took stock');

-- Person and scope.
select set_config('request.jwt.claims', '', true);
select is(pg_temp.cancel('one'), '{"outcome": "not_granted"}', 'without claims');
select pg_temp.claims('a', 'order:read product:write');
select is(pg_temp.cancel('one'), '{"outcome": "not_granted"}', 'without the scope');
select set_config('request.jwt.claims', '{"sub": null, "client_id": "client_b", "scope": "order:write"}', true);
select is(pg_temp.cancel('one'), '{"outcome": "not_granted"}', 'a service token');
select pg_temp.claims('a', 'order:write');
select is(pg_temp.cancel('of b'), '{"outcome": "order_unknown"}', 'another person''s order does not exist');
select is(pg_temp.cancel('nothing'), '{"outcome": "order_unknown"}', 'as one that does not exist');
select is(pg_temp.stock(), 'almond 10, apple 5, apricot 6, banana 9', 'none of these gave anything back');

select is(pg_temp.cancel('one'), '{"outcome": "cancelled"}', 'the person''s own');
select is(pg_temp.stock(), 'almond 10, apple 8, apricot 10, banana 9', 'its stock is back, and no other order''s');
select results_eq(
  'select placed.name from shop.orders join placed using (id) where state = ''cancelled'' and cancelled_at <= clock_timestamp()',
  $$ values ('one') $$,
  'it is cancelled, and no other'
);
select is(pg_temp.cancel('one'), '{"outcome": "already_cancelled"}', 'once');
select is(pg_temp.stock(), 'almond 10, apple 8, apricot 10, banana 9', 'a second time gives nothing back');
delete from shop.products where name = 'apple';
select is(pg_temp.cancel('other'), '{"outcome": "cancelled"}', 'an order whose product is gone can be cancelled');
select is(pg_temp.stock(), 'almond 10, apricot 10, banana 9', 'there is nothing to give it back to');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'shop.cancel_order'::regproc and grantee <> proowner
  ),
  '{sekisho_person}',
  'only sekisho_person may execute it'
);

select * from finish();
rollback;
