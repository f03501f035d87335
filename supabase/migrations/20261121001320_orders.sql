-- Orders: what order_list reads, and the functions of order_get, order_create and order_cancel. Stock is taken and given
-- back in the transaction that writes the order; an idempotency key names one order. Not exposed to the Data API.
--
-- A person orders their own products: an app takes orders for the shopkeeper who signed in. That stock moves though the
-- token may lack product:write is said by the policies of shop.products for sekisho_writer, which only the functions
-- below and shop.update_product can act as (ADR 0018).
--
-- Locks: an order before its products, products in the order of their ids. create_order locks products and then inserts:
-- once its order exists it waits for nobody, so a call with the same key that waits for it cannot be waited for.

create table shop.orders (
  id uuid not null default gen_random_uuid(),
  owner_id uuid not null,
  client_id text not null,
  idempotency_key text not null,
  content_hash bytea not null,
  currency text not null,
  total_minor bigint not null,
  state text not null default 'placed',
  created_at timestamptz not null default clock_timestamp(),
  cancelled_at timestamptz,
  constraint orders_pkey primary key (id),
  constraint an_order_has_one_owner unique (id, owner_id),
  constraint an_order_dies_with_its_owner foreign key (owner_id)
    references auth.users (id) on delete cascade,
  constraint an_idempotency_key_names_one_order unique (owner_id, client_id, idempotency_key),
  constraint an_idempotency_key_has_a_length check (length(idempotency_key) between 1 and 200),
  constraint a_content_hash_is_sha_256 check (length(content_hash) = 32),
  constraint an_order_has_a_currency check (currency ~ '^[A-Z]{3}$'),
  constraint a_total_is_not_negative check (total_minor >= 0),
  constraint an_order_is_placed_or_cancelled check (state in ('placed', 'cancelled')),
  constraint a_cancelled_order_says_when check ((state = 'cancelled') = (cancelled_at is not null))
);
comment on table shop.orders is 'What was ordered, for how much. Amounts in minor units of the currency (ISO 4217).';
comment on column shop.orders.client_id is
  'The client that placed it. Not a reference: the order outlives the client.';
comment on column shop.orders.idempotency_key is
  'Chosen by the client, so that a repeated call finds the order instead of placing another.';
comment on column shop.orders.content_hash is
  'SHA-256 of products and quantities: whether a repeated key came with the same content, though a product may be gone.';

create index orders_owner_id_created_at_id on shop.orders (owner_id, created_at, id);

create table shop.order_items (
  order_id uuid not null,
  line integer not null,
  owner_id uuid not null,
  product_id uuid,
  product_name text not null,
  quantity integer not null,
  unit_price_minor bigint not null,
  constraint order_items_pkey primary key (order_id, line),
  constraint an_item_is_of_an_order_of_its_owner foreign key (order_id, owner_id)
    references shop.orders (id, owner_id) on delete cascade,
  constraint an_item_is_of_a_product_of_its_owner foreign key (product_id, owner_id)
    references shop.products (id, owner_id) on delete set null (product_id),
  constraint an_order_names_a_product_once unique (order_id, product_id),
  constraint a_quantity_can_be_counted check (quantity between 1 and 1000),
  constraint an_item_has_a_price check (unit_price_minor >= 0)
);
comment on table shop.order_items is
  'The lines of an order, with name and price as they were. The product may be gone since.';

create index order_items_product_id on shop.order_items (product_id);

alter table shop.orders enable row level security;
alter table shop.order_items enable row level security;
grant select on shop.orders, shop.order_items to sekisho_person;
grant select, insert, update (state, cancelled_at) on shop.orders to sekisho_writer;
grant select, insert on shop.order_items to sekisho_writer;

create policy a_person_reads_own_orders_with_the_scope on shop.orders
  for select to sekisho_person
  using (owner_id = (select access.person_id()) and (select access.has_scope('order:read')));
comment on policy a_person_reads_own_orders_with_the_scope on shop.orders is 'order:read shows what was ordered.';

create policy a_person_finds_own_orders_with_the_scope on shop.orders
  for select to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('order:write')));
comment on policy a_person_finds_own_orders_with_the_scope on shop.orders is
  'What the functions of orders find: nothing without order:write.';

create policy a_person_places_own_orders_with_the_scope on shop.orders
  for insert to sekisho_writer
  with check (
    owner_id = (select access.person_id())
    and client_id = (select access.client_id())
    and (select access.has_scope('order:write'))
  );
comment on policy a_person_places_own_orders_with_the_scope on shop.orders is
  'An order is the person''s and says which client placed it.';

create policy a_person_cancels_own_orders_with_the_scope on shop.orders
  for update to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('order:write')));
comment on policy a_person_cancels_own_orders_with_the_scope on shop.orders is
  'Only the state can be changed at all: see the grant.';

create policy a_person_reads_own_items_with_the_scope on shop.order_items
  for select to sekisho_person
  using (owner_id = (select access.person_id()) and (select access.has_scope('order:read')));
comment on policy a_person_reads_own_items_with_the_scope on shop.order_items is 'As the order, so its lines.';

create policy a_person_finds_own_items_with_the_scope on shop.order_items
  for select to sekisho_writer
  using (owner_id = (select access.person_id()) and (select access.has_scope('order:write')));
comment on policy a_person_finds_own_items_with_the_scope on shop.order_items is
  'What is given back when an order is cancelled.';

create policy a_person_writes_own_items_with_the_scope on shop.order_items
  for insert to sekisho_writer
  with check (owner_id = (select access.person_id()) and (select access.has_scope('order:write')));
comment on policy a_person_writes_own_items_with_the_scope on shop.order_items is 'Lines are written once, never changed.';

create function shop.find_order(p_order_id uuid)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'id', id,
    'state', state,
    'currency', currency,
    'total_minor', total_minor,
    'created_at', created_at,
    'cancelled_at', cancelled_at,
    'items', (
      select jsonb_agg(
        jsonb_build_object(
          'product_id', product_id,
          'product_name', product_name,
          'quantity', quantity,
          'unit_price_minor', unit_price_minor
        )
        order by line
      )
      from shop.order_items
      where order_id = orders.id
    )
  )
  from shop.orders
  where id = p_order_id;
$$;
comment on function shop.find_order(uuid) is
  'An order with its lines, or null. Acts with its caller''s rights: a tool finds it with order:read.';

create function shop.create_order(p_idempotency_key text, p_product_ids uuid[], p_quantities integer[])
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_content_hash bytea;
  v_order shop.orders;
  v_unknown jsonb;
  v_short jsonb;
  v_currencies text[];
  v_total bigint;
begin
  if access.person_id() is null or not access.has_scope('order:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  if length(p_idempotency_key) between 1 and 200 is not true then
    return jsonb_build_object('outcome', 'idempotency_key_invalid');
  end if;
  if (
    array_ndims(p_product_ids) = 1 and array_ndims(p_quantities) = 1
    and cardinality(p_product_ids) = cardinality(p_quantities) and cardinality(p_product_ids) <= 50
    and (
      select bool_and(product_id is not null and quantity between 1 and 1000) and count(distinct product_id) = count(*)
      from unnest(p_product_ids, p_quantities) as item (product_id, quantity)
    )
  ) is not true then
    return jsonb_build_object('outcome', 'items_invalid');
  end if;
  select sha256(convert_to(string_agg(product_id || ' ' || quantity, ',' order by product_id), 'UTF8'))
  into v_content_hash
  from unnest(p_product_ids, p_quantities) as item (product_id, quantity);

  -- In one order, so that two orders of the same products cannot wait for each other. Everything below is read after
  -- these locks: a twin of this call, which needs the same ones, has committed or not begun.
  perform from shop.products where id = any (p_product_ids) order by id for update;

  select * into v_order
  from shop.orders
  where owner_id = access.person_id() and client_id = access.client_id() and idempotency_key = p_idempotency_key;
  if found then
    if v_order.content_hash <> v_content_hash then
      return jsonb_build_object('outcome', 'idempotency_key_reused');
    end if;
    return jsonb_build_object('outcome', 'repeated', 'order', shop.find_order(v_order.id));
  end if;

  select
    jsonb_agg(item.line order by item.line) filter (where product.id is null),
    jsonb_agg(item.line order by item.line) filter (where product.stock < item.quantity),
    array_agg(distinct product.currency),
    sum(product.price_minor * item.quantity)
  into v_unknown, v_short, v_currencies, v_total
  from unnest(p_product_ids, p_quantities) with ordinality as item (product_id, quantity, line)
  left join shop.products as product on product.id = item.product_id;
  if v_unknown is not null then
    return jsonb_build_object('outcome', 'product_unknown', 'lines', v_unknown);
  end if;
  if cardinality(v_currencies) > 1 then
    return jsonb_build_object('outcome', 'currencies_differ');
  end if;
  if v_short is not null then
    return jsonb_build_object('outcome', 'out_of_stock', 'lines', v_short);
  end if;

  insert into shop.orders (owner_id, client_id, idempotency_key, content_hash, currency, total_minor)
  values (access.person_id(), access.client_id(), p_idempotency_key, v_content_hash, v_currencies[1], v_total)
  on conflict on constraint an_idempotency_key_names_one_order do nothing
  returning * into v_order;
  if not found then
    -- Taken meanwhile by a call that shares no product with this one.
    return jsonb_build_object('outcome', 'idempotency_key_reused');
  end if;
  insert into shop.order_items (order_id, line, owner_id, product_id, product_name, quantity, unit_price_minor)
  select v_order.id, item.line, v_order.owner_id, product.id, product.name, item.quantity, product.price_minor
  from unnest(p_product_ids, p_quantities) with ordinality as item (product_id, quantity, line)
  join shop.products as product on product.id = item.product_id;
  update shop.products as product
  set stock = product.stock - item.quantity
  from unnest(p_product_ids, p_quantities) as item (product_id, quantity)
  where product.id = item.product_id;
  return jsonb_build_object('outcome', 'placed', 'order', shop.find_order(v_order.id));
end
$$;
comment on function shop.create_order(text, uuid[], integer[]) is
  'Places an order and takes its stock. The same key with the same content is the same order (draft-ietf-httpapi-idempotency-key-header). Outcomes: placed and repeated (with order), not_granted, idempotency_key_invalid, items_invalid, idempotency_key_reused, product_unknown and out_of_stock (with lines, from 1), currencies_differ.';

create function shop.cancel_order(p_order_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_order shop.orders;
begin
  if access.person_id() is null or not access.has_scope('order:write') then
    return jsonb_build_object('outcome', 'not_granted');
  end if;
  select * into v_order from shop.orders where id = p_order_id for update;
  if not found then
    return jsonb_build_object('outcome', 'order_unknown');
  end if;
  if v_order.state = 'cancelled' then
    return jsonb_build_object('outcome', 'already_cancelled');
  end if;
  perform from shop.products
  where id in (select product_id from shop.order_items where order_id = v_order.id)
  order by id
  for update;
  update shop.products as product
  set stock = product.stock + item.quantity
  from shop.order_items as item
  where item.order_id = v_order.id and product.id = item.product_id;
  update shop.orders set state = 'cancelled', cancelled_at = clock_timestamp() where id = v_order.id;
  return jsonb_build_object('outcome', 'cancelled');
end
$$;
comment on function shop.cancel_order(uuid) is
  'Cancels an order and gives its stock back, once. Outcomes: cancelled, already_cancelled, not_granted, order_unknown.';

revoke all on all functions in schema shop from public;
grant execute on function shop.find_order(uuid) to sekisho_person, sekisho_writer;
grant execute on function shop.create_order(text, uuid[], integer[]), shop.cancel_order(uuid) to sekisho_person;

-- To own a function one must be able to create in its schema: for this moment only.
grant create on schema shop to sekisho_writer;
alter function shop.create_order(text, uuid[], integer[]) owner to sekisho_writer;
alter function shop.cancel_order(uuid) owner to sekisho_writer;
revoke create on schema shop from sekisho_writer;
