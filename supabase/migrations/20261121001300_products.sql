-- Products: what product_list reads. Not exposed to the Data API.

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
  constraint a_product_dies_with_its_owner foreign key (owner_id)
    references auth.users (id) on delete cascade,
  constraint a_product_has_a_name check (length(name) between 1 and 200),
  constraint a_price_is_not_negative check (price_minor >= 0),
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
