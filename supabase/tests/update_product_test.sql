-- shop.update_product: changes the person's own product, with product:write; stock by an amount, so that no order is
-- lost. It answers what it wrote and nothing else of the product.

begin;
select plan(33);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into shop.products (id, owner_id, name, price_minor, currency, stock) values
  ('20000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'apple', 100, 'JPY', 5),
  ('20000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000b', 'banana', 200, 'JPY', 5);

create function pg_temp.claims(p_person text, p_scope text) returns void language sql as $$
  select set_config('request.jwt.claims', jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000' || p_person, 'client_id', 'client_a', 'scope', p_scope
  )::text, true);
$$;
create function pg_temp.change(
  p_product text, p_name text default null, p_price bigint default null, p_stock integer default null
)
returns jsonb
language plpgsql
as $$
declare
  v_answer jsonb;
begin
  set local role sekisho_person;
  v_answer := shop.update_product(
    p_product_id => ('20000000-0000-4000-8000-00000000000' || p_product)::uuid,
    p_name => p_name,
    p_price_minor => p_price,
    p_stock_change => p_stock
  );
  reset role;
  return v_answer;
end
$$;
create function pg_temp.apple() returns text language sql as $$
  select concat_ws(' ', name, price_minor, currency, stock) from shop.products
  where id = '20000000-0000-4000-8000-000000000001';
$$;

-- Person and scope.
select is(pg_temp.change('1', 'avocado'), '{"outcome": "not_granted"}', 'without claims');
select pg_temp.claims('a', 'product:read order:write');
select is(pg_temp.change('1', 'avocado'), '{"outcome": "not_granted"}', 'with order:write, which may take stock');
select set_config('request.jwt.claims', '{"sub": null, "client_id": "client_b", "scope": "product:write"}', true);
select is(pg_temp.change('1', 'avocado'), '{"outcome": "not_granted"}', 'a service token');
select pg_temp.claims('a', 'product:write');
select is(pg_temp.change('b', 'blueberry'), '{"outcome": "product_unknown"}', 'another person''s product does not exist');
select is(pg_temp.change('9', 'avocado'), '{"outcome": "product_unknown"}', 'as one that does not exist');
select is(
  (select array_agg(name order by name) from shop.products), '{apple,banana}', 'none of these changed anything'
);

-- What was given, and only that.
select is(
  pg_temp.change('1', p_name => 'avocado'),
  '{"outcome": "updated", "product": {"id": "20000000-0000-4000-8000-000000000001", "name": "avocado"}}',
  'a name'
);
select is(pg_temp.apple(), 'avocado 100 JPY 5', 'nothing else changes');
select is(
  pg_temp.change('1', p_price => 150) -> 'product' ->> 'price_minor', '150', 'a price'
);
select is(pg_temp.apple(), 'avocado 150 JPY 5', 'in the currency that it had');
select is(
  pg_temp.change('1', p_stock => 3),
  '{"outcome": "updated", "product": {"id": "20000000-0000-4000-8000-000000000001", "stock": 8}}',
  'more stock'
);
select is(pg_temp.change('1', p_stock => -8) -> 'product' ->> 'stock', '0', 'all of it less');
select is(
  pg_temp.change('1', 'apple', 100, 7),
  '{
    "outcome": "updated",
    "product": {
      "id": "20000000-0000-4000-8000-000000000001", "name": "apple", "price_minor": 100, "currency": "JPY", "stock": 7
    }
  }',
  'everything at once'
);
select is(pg_temp.apple(), 'apple 100 JPY 7', 'is written');
select is(pg_temp.change('1', p_stock => 0) ->> 'outcome', 'updated', 'no change of stock is one');

-- Bounds.
select is(pg_temp.change('1'), '{"outcome": "nothing_to_change"}', 'nothing');
select is(pg_temp.change('1', p_name => ''), '{"outcome": "name_invalid"}', 'an empty name');
select is(pg_temp.change('1', p_name => repeat('a', 201)), '{"outcome": "name_invalid"}', 'too long a name');
select is(pg_temp.change('1', p_name => repeat('a', 200)) ->> 'outcome', 'updated', 'the longest name');
select is(pg_temp.change('1', p_price => -1), '{"outcome": "price_invalid"}', 'a negative price');
select is(pg_temp.change('1', p_price => 100000000001), '{"outcome": "price_invalid"}', 'a price that no order could sum');
select is(pg_temp.change('1', p_price => 9223372036854775807), '{"outcome": "price_invalid"}', 'the largest number');
select is(pg_temp.change('1', p_price => 100000000000) ->> 'outcome', 'updated', 'the highest price');
select is(pg_temp.change('1', p_price => 0) ->> 'outcome', 'updated', 'for free');
select is(pg_temp.change('1', p_stock => -8), '{"outcome": "stock_invalid"}', 'more than there is');
select is(pg_temp.change('1', p_stock => -2147483648), '{"outcome": "stock_invalid"}', 'the smallest number');
select is(pg_temp.change('1', p_stock => 2147483647), '{"outcome": "stock_invalid"}', 'the largest change');
select is(pg_temp.change('1', p_stock => 1000000000 - 7) ->> 'outcome', 'updated', 'up to the most');
select is(pg_temp.change('1', p_stock => 1), '{"outcome": "stock_invalid"}', 'and not beyond');
select is(
  pg_temp.change('1', 'left alone', 1, 1), '{"outcome": "stock_invalid"}', 'one thing that cannot be'
);
select is(
  (select name <> 'left alone' and price_minor = 0 from shop.products where id = '20000000-0000-4000-8000-000000000001'),
  true, 'leaves the others alone'
);
select is(
  (select concat_ws(' ', name, price_minor, stock) from shop.products where name = 'banana'), 'banana 200 5',
  'no other product was touched'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'shop.update_product'::regproc and grantee <> proowner
  ),
  '{sekisho_person}',
  'only sekisho_person may execute it'
);

select * from finish();
rollback;
