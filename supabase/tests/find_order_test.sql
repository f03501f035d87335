-- shop.find_order: an order with its lines, under the policies of whoever asks: order:read for a tool.

begin;
select plan(10);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into shop.orders (id, owner_id, client_id, idempotency_key, content_hash, currency, total_minor, created_at)
select
  ('30000000-0000-4000-8000-00000000000' || owner)::uuid, ('00000000-0000-4000-8000-00000000000' || owner)::uuid,
  'client_b', 'k', sha256('content'), 'JPY', 700, '2026-01-01 00:00:00+00'
from unnest('{a,b}'::text[]) as owner;
insert into shop.order_items (order_id, line, owner_id, product_name, quantity, unit_price_minor)
select id, line, owner_id, 'a product', line, 100 from shop.orders, unnest('{3,1,2}'::integer[]) as line;

create function pg_temp.find(p_order text, p_claims jsonb) returns jsonb language plpgsql as $$
declare
  v_answer jsonb;
begin
  perform set_config('request.jwt.claims', coalesce(p_claims::text, ''), true);
  set local role sekisho_person;
  v_answer := shop.find_order(p_order_id => ('30000000-0000-4000-8000-00000000000' || p_order)::uuid);
  reset role;
  return v_answer;
end
$$;
create function pg_temp.claims(p_person text, p_scope text) returns jsonb language sql as $$
  select jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000' || p_person, 'client_id', 'client_a', 'scope', p_scope
  );
$$;

create temp table found as select pg_temp.find('a', pg_temp.claims('a', 'order:read')) as answer;
select is(
  answer - 'items' - 'created_at',
  '{
    "id": "30000000-0000-4000-8000-00000000000a", "state": "placed", "currency": "JPY", "total_minor": 700,
    "cancelled_at": null
  }',
  'the person with the scope finds the order, whichever client placed it'
)
from found;
select is((answer ->> 'created_at')::timestamptz, '2026-01-01 00:00:00+00', 'with its time') from found;
select is(
  answer -> 'items' -> 0,
  '{"product_id": null, "product_name": "a product", "quantity": 1, "unit_price_minor": 100}', 'and its lines'
)
from found;
select is(jsonb_path_query_array(answer, '$.items.quantity'), '[1, 2, 3]', 'in their order') from found;
select is(pg_temp.find('b', pg_temp.claims('a', 'order:read')), null, 'another person''s does not exist');
select is(pg_temp.find('9', pg_temp.claims('a', 'order:read')), null, 'as one that does not exist');
select is(pg_temp.find('a', pg_temp.claims('a', 'order:write product:read')), null, 'without the scope: nothing');
select is(pg_temp.find('a', '{"sub": null, "client_id": "client_a", "scope": "order:read"}'), null, 'a service token: nothing');
select is(pg_temp.find('a', null), null, 'without claims: nothing');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'shop.find_order'::regproc and grantee <> proowner
  ),
  '{sekisho_person,sekisho_writer}',
  'only those whom policies name may execute it'
);

select * from finish();
rollback;
