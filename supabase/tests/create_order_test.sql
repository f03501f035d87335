-- shop.create_order: takes stock or refuses, never half of it; a repeated idempotency key finds the order. With
-- order:write alone, of the person's own products only. Every expected refusal is an outcome.

begin;
select plan(56);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into shop.products (id, owner_id, name, price_minor, currency, stock)
select ('20000000-0000-4000-8000-00000000000' || id)::uuid, ('00000000-0000-4000-8000-00000000000' || owner)::uuid, name, price, currency, stock
from (values
  ('1', 'a', 'apple', 100, 'JPY', 10), ('2', 'a', 'apricot', 250, 'JPY', 3), ('3', 'a', 'almond', 5, 'EUR', 9),
  ('4', 'a', 'anise', 100000000000, 'JPY', 5000), ('b', 'b', 'banana', 100, 'JPY', 10)
) as product (id, owner, name, price, currency, stock);

create function pg_temp.claims(p_person text, p_scope text, p_client text default 'client_a') returns void language sql as $$
  select set_config('request.jwt.claims', jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000' || p_person, 'client_id', p_client, 'scope', p_scope
  )::text, true);
$$;
create function pg_temp.ids(p_products text[]) returns uuid[] language sql as $$
  select array_agg(('20000000-0000-4000-8000-00000000000' || product)::uuid order by place)
  from unnest(p_products) with ordinality as item (product, place);
$$;
create function pg_temp.place(p_key text, p_products text[], p_quantities integer[]) returns jsonb language plpgsql as $$
declare
  v_ids uuid[] := pg_temp.ids(p_products);
  v_answer jsonb;
begin
  set local role sekisho_person;
  v_answer := shop.create_order(p_idempotency_key => p_key, p_product_ids => v_ids, p_quantities => p_quantities);
  reset role;
  return v_answer;
end
$$;
create function pg_temp.outcome(p_key text, p_products text[], p_quantities integer[]) returns text language sql as $$
  select pg_temp.place(p_key, p_products, p_quantities) ->> 'outcome';
$$;
create function pg_temp.stock() returns text language sql as $$
  select string_agg(name || ' ' || stock, ', ' order by name) from shop.products where name in ('apple', 'apricot', 'banana');
$$;

-- Person and scope.
select is(pg_temp.place('k', '{1}', '{1}'), '{"outcome": "not_granted"}', 'without claims');
select pg_temp.claims('a', 'order:read product:write');
select is(pg_temp.place('k', '{1}', '{1}'), '{"outcome": "not_granted"}', 'without the scope');
select set_config('request.jwt.claims', '{"sub": null, "client_id": "client_b", "scope": "order:write"}', true);
select is(pg_temp.place('k', '{1}', '{1}'), '{"outcome": "not_granted"}', 'a service token');
select pg_temp.claims('a', 'order:write');
select is(
  pg_temp.place('k', '{1,b}', '{1,1}'), '{"outcome": "product_unknown", "lines": [2]}',
  'another person''s product does not exist'
);
select is(
  pg_temp.place('k', '{9,1,8}', '{1,1,1}'), '{"outcome": "product_unknown", "lines": [1, 3]}',
  'as those that do not exist; the answer says which lines'
);
select is(pg_temp.stock(), 'apple 10, apricot 3, banana 10', 'none of these took stock');
select is((select count(*) from shop.orders), 0::bigint, 'or left an order');

-- An order.
create temp table answer as select pg_temp.place('key 1', '{2,1}', '{1,2}') as placed;
select is(placed ->> 'outcome', 'placed', 'what is in stock can be ordered') from answer;
select is(
  (placed -> 'order') - '{id,created_at}'::text[],
  '{
    "state": "placed", "currency": "JPY", "total_minor": 450, "cancelled_at": null,
    "items": [
      {
        "product_id": "20000000-0000-4000-8000-000000000002", "product_name": "apricot", "quantity": 1,
        "unit_price_minor": 250
      },
      {
        "product_id": "20000000-0000-4000-8000-000000000001", "product_name": "apple", "quantity": 2,
        "unit_price_minor": 100
      }
    ]
  }',
  'the answer is the order, line by line as asked'
)
from answer;
select is(pg_temp.stock(), 'apple 8, apricot 2, banana 10', 'its stock is taken');
select results_eq(
  'select id, owner_id, client_id, idempotency_key from shop.orders',
  $$
    select (placed #>> '{order,id}')::uuid, '00000000-0000-4000-8000-00000000000a'::uuid, 'client_a', 'key 1' from answer
  $$,
  'the row is the person''s and says which client placed it'
);

-- The same key.
select is(pg_temp.place('key 1', '{2,1}', '{1,2}') -> 'order', placed -> 'order', 'again: the same order') from answer;
select is(pg_temp.outcome('key 1', '{1,2}', '{2,1}'), 'repeated', 'in another order of lines: the same content');
select is(pg_temp.place('key 1', '{1,2}', '{2,2}'), '{"outcome": "idempotency_key_reused"}', 'another quantity');
select is(pg_temp.place('key 1', '{1}', '{2}'), '{"outcome": "idempotency_key_reused"}', 'a line less');
select is(pg_temp.place('key 1', '{3}', '{1}'), '{"outcome": "idempotency_key_reused"}', 'no product in common');
select is(pg_temp.place('key 1', '{9}', '{1}'), '{"outcome": "idempotency_key_reused"}', 'an unknown product');
select is(pg_temp.outcome('key 1', '{1,2}', '{2,0}'), 'items_invalid', 'what is no order is refused first');
select is(pg_temp.stock(), 'apple 8, apricot 2, banana 10', 'none of these took stock');
select is((select count(*) from shop.orders), 1::bigint, 'there is one order');
update shop.products set stock = 0, price_minor = 1, name = 'sold' where name = 'apricot';
select is(pg_temp.place('key 1', '{2,1}', '{1,2}') -> 'order', placed -> 'order', 'sold out and renamed: the same order')
from answer;
delete from shop.products where name = 'sold';
select is(pg_temp.outcome('key 1', '{2,1}', '{1,2}'), 'repeated', 'a product is gone: the same order');
select is(
  pg_temp.place('key 1', '{2,1}', '{1,2}') #> '{order,items,0}',
  '{"product_id": null, "product_name": "apricot", "quantity": 1, "unit_price_minor": 250}',
  'whose line says what it was'
);
select pg_temp.claims('a', 'order:write', 'client_b');
select is(pg_temp.outcome('key 1', '{1}', '{1}'), 'placed', 'another client''s key is its own');
select pg_temp.claims('b', 'order:write');
select is(pg_temp.outcome('key 1', '{b}', '{1}'), 'placed', 'and another person''s');
select pg_temp.claims('a', 'order:write');

-- Stock.
select is(pg_temp.stock(), 'apple 7, banana 9', 'seven are left');
select is(pg_temp.place('key 2', '{1}', '{8}'), '{"outcome": "out_of_stock", "lines": [1]}', 'eight are too many');
select is(
  pg_temp.place('key 2', '{3,1}', '{1,8}'), '{"outcome": "currencies_differ"}', 'one order has one currency'
);
select is(pg_temp.place('key 2', '{4,1}', '{1,8}'), '{"outcome": "out_of_stock", "lines": [2]}', 'one line of two is too many');
select is((select stock from shop.products where name = 'anise'), 5000, 'then the other takes nothing');
select is(pg_temp.outcome('key 2', '{1}', '{7}'), 'placed', 'a refused key is free; all seven');
select is(pg_temp.stock(), 'apple 0, banana 9', 'nothing is left');
select is(pg_temp.outcome('key 3', '{1}', '{1}'), 'out_of_stock', 'of which nothing can be ordered');
select is(
  pg_temp.place('key 4', '{4}', '{1000}') #>> '{order,total_minor}', '100000000000000', 'the largest line is counted exactly'
);

-- What is asked.
select is(pg_temp.outcome('', '{4}', '{1}'), 'idempotency_key_invalid', 'an empty key');
select is(pg_temp.outcome(null, '{4}', '{1}'), 'idempotency_key_invalid', 'no key');
select is(pg_temp.outcome(repeat('k', 201), '{4}', '{1}'), 'idempotency_key_invalid', 'too long a key');
select is(pg_temp.outcome(repeat('k', 200), '{4}', '{1}'), 'placed', 'the longest key');
select is(pg_temp.outcome('key 5', '{}', '{}'), 'items_invalid', 'no lines');
select is(pg_temp.outcome('key 5', null, null), 'items_invalid', 'null for lines');
select is(pg_temp.outcome('key 5', '{4}', '{1,1}'), 'items_invalid', 'more quantities than products');
select is(pg_temp.outcome('key 5', '{4,3}', '{1}'), 'items_invalid', 'more products than quantities');
select is(pg_temp.outcome('key 5', '{4,4}', '{1,1}'), 'items_invalid', 'a product twice');
select is(pg_temp.outcome('key 5', '{4,null}', '{1,1}'), 'items_invalid', 'null for a product');
select is(pg_temp.outcome('key 5', '{4}', '{null}'), 'items_invalid', 'null for a quantity');
select is(pg_temp.outcome('key 5', '{4}', '{0}'), 'items_invalid', 'none of it');
select is(pg_temp.outcome('key 5', '{4}', '{-1}'), 'items_invalid', 'less than none');
select is(pg_temp.outcome('key 5', '{4}', '{1001}'), 'items_invalid', 'more than a line may have');
select is(
  shop.create_order('key 5', array(select gen_random_uuid() from generate_series(1, 51)), array_fill(1, array[51])) ->> 'outcome',
  'items_invalid', 'more lines than an order may have'
);
select is(
  shop.create_order('key 5', array[pg_temp.ids('{4,3}')], array[array[1, 1]]) ->> 'outcome', 'items_invalid', 'a table of products'
);

-- What the constraints say, whoever writes.
select throws_ok(
  $$
    insert into shop.order_items (order_id, line, owner_id, product_id, product_name, quantity, unit_price_minor)
    select id, 9, owner_id, '20000000-0000-4000-8000-00000000000b', 'x', 1, 1
    from shop.orders
    where idempotency_key = 'key 2'
  $$,
  '23503', null, 'an order of one person cannot be of another''s product'
);
select throws_ok($$ update shop.orders set state = 'cancelled' $$, '23514', null, 'a cancelled order says when');
select throws_ok(
  $$
    insert into shop.orders (owner_id, client_id, idempotency_key, content_hash, currency, total_minor)
    select owner_id, client_id, idempotency_key, content_hash, currency, total_minor from shop.orders
  $$,
  '23505', null, 'a key names one order'
);
delete from auth.users where email = 'a@example.test';
select is((select count(*) from shop.orders), 1::bigint, 'orders go with their owner');
select is((select count(*) from shop.order_items), 1::bigint, 'and so do their lines');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'shop.create_order'::regproc and grantee <> proowner
  ),
  '{sekisho_person}',
  'only sekisho_person may execute it'
);

select * from finish();
rollback;
