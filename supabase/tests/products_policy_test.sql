-- shop.products under row level security: a tool sees what its person owns, if the person granted the scope. A tool
-- that forgets to ask for either sees nothing.

begin;
select plan(28);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
delete from shop.products;
insert into shop.products (owner_id, name, price_minor, currency, stock)
select ('00000000-0000-4000-8000-00000000000' || owner)::uuid, name, 100, 'JPY', 1
from (values ('a', 'apple'), ('a', 'apricot'), ('b', 'banana')) as product (owner, name);
grant usage on schema extensions to sekisho_person;

create function pg_temp.visible(p_claims text) returns text[] language plpgsql as $$
declare
  v_names text[];
begin
  if p_claims is not null then
    perform set_config('request.jwt.claims', p_claims, true);
  end if;
  set local role sekisho_person;
  v_names := array(select name from shop.products order by name);
  reset role;
  return v_names;
end
$$;
create function pg_temp.visible_with(p_person text, p_scope text) returns text[] language sql as $$
  select pg_temp.visible(jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000' || p_person,
    'client_id', 'client_a',
    'scope', p_scope,
    'resource', 'https://rs.test/mcp'
  )::text);
$$;

select is(pg_temp.visible(null), '{}', 'no claims: nothing, and no error');
select is(pg_temp.visible_with('a', 'product:read'), '{apple,apricot}', 'the person with the scope: own rows');
select is(pg_temp.visible_with('b', 'a:read product:read'), '{banana}', 'another person with the scope: theirs');
select is(pg_temp.visible_with('a', 'product:write'), '{}', 'the person with another scope: nothing');
select is(pg_temp.visible_with('a', 'product:readonly'), '{}', 'with a longer scope: nothing');
select is(pg_temp.visible_with('a', ''), '{}', 'without a scope: nothing');
select is(pg_temp.visible_with('a', null), '{}', 'with null for a scope: nothing');
select is(pg_temp.visible_with('e', 'product:read'), '{}', 'a person who owns nothing: nothing');
select is(pg_temp.visible('{"scope": "product:read"}'), '{}', 'the scope without a person: nothing');
select is(
  pg_temp.visible('{"sub": null, "client_id": "client_b", "scope": "product:read"}'),
  '{}',
  'a service token with the scope: nothing, and no error'
);
select is(pg_temp.visible('{}'), '{}', 'no claim in the claims: nothing');
select is(pg_temp.visible(''), '{}', 'empty claims: nothing, and no error');

-- Reading is all that is granted.
select pg_temp.visible_with('a', 'product:read product:write');
set local role sekisho_person;
select throws_ok(
  $$
    insert into shop.products (owner_id, name, price_minor, currency, stock)
    values ('00000000-0000-4000-8000-00000000000a', 'avocado', 1, 'JPY', 1)
  $$,
  '42501', null, 'no insert'
);
select throws_ok($$ update shop.products set stock = 0 $$, '42501', null, 'no update');
select throws_ok($$ delete from shop.products $$, '42501', null, 'no delete');
select throws_ok($$ truncate shop.products $$, '42501', null, 'no truncate');
select throws_ok($$ select from shop.products for update $$, '42501', null, 'no lock');
select throws_ok($$ alter table shop.products disable row level security $$, '42501', null, 'no way around the policy');
select throws_ok($$ create table shop.own (id integer) $$, '42501', null, 'nor a table beside it');
set local row_security = off;
select throws_ok($$ select from shop.products $$, '42501', null, 'to switch it off is an error, not a way');
reset role;
set local row_security = on;

-- The same without the role: nobody else sees anything at all.
grant usage on schema extensions to sekisho_mcp, sekisho_oauth;
set local session authorization sekisho_mcp;
select throws_ok($$ select from shop.products $$, '42501', null, 'sekisho_mcp must take the role first');
set local session authorization sekisho_oauth;
select throws_ok($$ select from shop.products $$, '42501', null, 'sekisho_oauth has no business here');
reset session authorization;

-- What a product is.
select throws_ok($$ update shop.products set name = '' $$, '23514', null, 'a product has a name');
select throws_ok($$ update shop.products set name = repeat('a', 201) $$, '23514', null, 'of a length that can be shown');
select throws_ok($$ update shop.products set price_minor = -1 $$, '23514', null, 'a price is not negative');
select throws_ok($$ update shop.products set currency = 'yen' $$, '23514', null, 'a currency is ISO 4217');
select throws_ok($$ update shop.products set stock = -1 $$, '23514', null, 'a stock is not negative');
delete from auth.users where email = 'a@example.test';
select results_eq('select name from shop.products', $$ values ('banana') $$, 'products go with their owner');

select * from finish();
rollback;
