-- Products: what product_list and product_get read, and the function of product_update. Not exposed to the Data API.

create schema shop;
revoke all on schema shop from public;
grant usage on schema shop to sekisho_person, sekisho_writer;
comment on schema shop is 'The domain of the tools that come with Sekisho.';

create table shop.products (
  id uuid not null default gen_random_uuid(),
  owner_id uuid not null,
  name text not null,
  price_minor bigint not null,
  currency text not null,
  stock integer not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint products_pkey primary key (id),
  constraint a_product_has_one_owner unique (id, owner_id),
  constraint a_product_dies_with_its_owner foreign key (owner_id)
    references auth.users (id) on delete cascade,
  constraint a_product_has_a_name check (length(name) between 1 and 200),
  constraint a_price_is_not_negative check (price_minor >= 0),
  -- The largest order, 50 lines of 1000, then still has a total that JSON numbers hold exactly (below 2^53).
  constraint a_price_can_be_summed check (price_minor <= 100000000000),
  constraint a_currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$'),
  constraint a_stock_is_not_negative check (stock >= 0)
);
comment on table shop.products is 'Products of a person. Prices in minor units of the currency (ISO 4217).';

create index products_owner_id_name_id on shop.products (owner_id, name, id);

alter table shop.products enable row level security;
grant select on shop.products to sekisho_person;

create policy a_person_reads_own_products_with_the_scope on shop.products
  for select to sekisho_person
  using (owner_id = (select access.person_id()) and (select access.has_scope('product:read')));
comment on policy a_person_reads_own_products_with_the_scope on shop.products is
  'The OAuth scope is a row policy: a tool that forgets to ask sees nothing.';

grant select, update (name, price_minor, stock) on shop.products to sekisho_writer;

create policy a_person_finds_own_products_with_a_scope on shop.products
  for select to sekisho_writer
  using (
    owner_id = (select access.person_id())
    and ((select access.has_scope('product:write')) or (select access.has_scope('order:write')))
  );
comment on policy a_person_finds_own_products_with_a_scope on shop.products is
  'What shop.update_product finds and, since an order is made of products, what shop.create_order finds.';

create policy a_person_changes_own_products_with_a_scope on shop.products
  for update to sekisho_writer
  using (
    owner_id = (select access.person_id())
    and ((select access.has_scope('product:write')) or (select access.has_scope('order:write')))
  );
comment on policy a_person_changes_own_products_with_a_scope on shop.products is
  'order:write takes stock and gives it back, through the functions of orders alone: no tool can update this table.';

create function shop.update_product(
  p_product_id uuid,
  p_name text,
  p_price_minor bigint,
  p_stock_change integer
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  c_most_stock constant bigint := 1000000000;
  v_product shop.products;
  v_stock bigint;
begin
  if access.person_id() is null or not access.has_scope('product:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if p_name is null and p_price_minor is null and p_stock_change is null then
    return jsonb_build_object('outcome', 'nothing_to_change');
  end if;
  if length(p_name) not between 1 and 200 then
    return jsonb_build_object('outcome', 'name_invalid');
  end if;
  if p_price_minor not between 0 and 100000000000 then
    return jsonb_build_object('outcome', 'price_invalid');
  end if;
  select * into v_product from shop.products where id = p_product_id for update;
  if not found then
    return jsonb_build_object('outcome', 'product_unknown');
  end if;
  v_stock := v_product.stock + coalesce(p_stock_change, 0)::bigint;
  if p_stock_change is not null and v_stock not between 0 and c_most_stock then
    return jsonb_build_object('outcome', 'stock_invalid');
  end if;
  update shop.products
  set name = coalesce(p_name, name), price_minor = coalesce(p_price_minor, price_minor), stock = v_stock
  where id = v_product.id;
  -- Only what was written: product:write is not a way to read.
  return jsonb_build_object('outcome', 'updated', 'product', jsonb_strip_nulls(jsonb_build_object(
    'id', v_product.id,
    'name', p_name,
    'price_minor', p_price_minor,
    'currency', case when p_price_minor is not null then v_product.currency end,
    'stock', case when p_stock_change is not null then v_stock end
  )));
end
$$;
comment on function shop.update_product(uuid, text, bigint, integer) is
  'Changes what is not null of a product. Stock is changed by an amount, never set: an order may come between reading and writing. Outcomes: updated (with what was written of the product), not_granted, nothing_to_change, name_invalid, price_invalid, product_unknown, stock_invalid (below zero or above 1000000000).';

revoke all on all functions in schema shop from public;
grant execute on function shop.update_product(uuid, text, bigint, integer) to sekisho_person;

-- To own a function one must be able to create in its schema: for this moment only.
grant create on schema shop to sekisho_writer;
alter function shop.update_product(uuid, text, bigint, integer) owner to sekisho_writer;
revoke create on schema shop from sekisho_writer;
