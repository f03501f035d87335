-- Demo data of the embedded server. Only ever loaded on this computer, into a database that this start created:
-- the passwords below are public.

-- bcrypt of "demo_password".
insert into auth.users (id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
values
  (
    '00000000-0000-4000-8000-000000000001', 'authenticated', 'authenticated', 'demo_user@example.com',
    '$2b$10$l3qBXhbYm8CDisa.BgsM6eozfpSx9OikapAzuMvms5Ct5HQAkSGTy', now(),
    '{"provider": "email", "providers": ["email"]}', '{"full_name": "Demo User"}'
  ),
  (
    '00000000-0000-4000-8000-000000000002', 'authenticated', 'authenticated', 'second_user@example.com',
    '$2b$10$l3qBXhbYm8CDisa.BgsM6eozfpSx9OikapAzuMvms5Ct5HQAkSGTy', now(),
    '{"provider": "email", "providers": ["email"]}', '{"full_name": "Second User"}'
  );

insert into auth.identities (id, provider, provider_id, user_id, identity_data)
select
  gen_random_uuid(), 'email', id::text, id,
  jsonb_build_object('sub', id, 'email', email, 'email_verified', true)
from auth.users
where email in ('demo_user@example.com', 'second_user@example.com');

insert into oauth.clients (
  id, origin, verified, name, application_type, token_endpoint_auth_method, secret_hash,
  redirect_uris, grant_types, response_types, resource, service_scope
)
values
  (
    'simple-mcp-client', 'operator', true, 'Simple MCP Client', 'web', 'client_secret_basic',
    sha256('simple-mcp-secret-123'),
    '{http://localhost:3030/callback}', '{authorization_code,refresh_token,client_credentials}', '{code}', null, '{product:read}'
  ),
  (
    'demo-resource-server', 'operator', true, 'Demo Resource Server', 'web', 'client_secret_basic',
    sha256('demo-resource-secret'),
    '{}', '{}', '{}', (select identifier from oauth.resources where is_default), '{}'
  );

insert into shop.products (owner_id, name, price_minor, currency, stock)
values
  ('00000000-0000-4000-8000-000000000001', 'Hand-woven basket', 4800, 'JPY', 12),
  ('00000000-0000-4000-8000-000000000001', 'Iron teapot', 12500, 'JPY', 3),
  ('00000000-0000-4000-8000-000000000001', 'Travel tea set', 7600, 'JPY', 8),
  ('00000000-0000-4000-8000-000000000002', 'Cedar incense', 1200, 'JPY', 40),
  ('00000000-0000-4000-8000-000000000002', 'Paper lantern', 3300, 'JPY', 15);

insert into shop.rooms (owner_id, name, time_zone, opens_at, closes_at)
values
  ('00000000-0000-4000-8000-000000000001', 'Tea room', 'Asia/Tokyo', '09:00', '18:00'),
  ('00000000-0000-4000-8000-000000000001', 'Workshop', 'Asia/Tokyo', null, null),
  ('00000000-0000-4000-8000-000000000002', 'Studio', 'Asia/Tokyo', '10:00', '20:00');

insert into shop.bookings (owner_id, room_id, client_id, title, during)
select
  owner_id, id, 'simple-mcp-client', 'Tea ceremony',
  tstzrange(
    (current_date + 1 + time '10:00') at time zone time_zone,
    (current_date + 1 + time '12:00') at time zone time_zone
  )
from shop.rooms
where name in ('Tea room', 'Studio');

-- As shop.create_order leaves them: the stock above is what is left.
insert into shop.orders (id, owner_id, client_id, idempotency_key, content_hash, currency, total_minor)
select
  gen_random_uuid(), owner_id, 'simple-mcp-client', 'demo',
  sha256(convert_to(id || ' 2', 'UTF8')), currency, 2 * price_minor
from shop.products
where name in ('Hand-woven basket', 'Paper lantern');

insert into shop.order_items (order_id, line, owner_id, product_id, product_name, quantity, unit_price_minor)
select orders.id, 1, orders.owner_id, products.id, products.name, 2, products.price_minor
from shop.orders
join shop.products on products.owner_id = orders.owner_id
where products.name in ('Hand-woven basket', 'Paper lantern');

insert into shop.ticket_events (owner_id, name, starts_at, price_minor, currency, capacity)
select owner_id, name, (current_date + days + time '19:00') at time zone 'Asia/Tokyo', price_minor, 'JPY', capacity
from (
  values
    ('00000000-0000-4000-8000-000000000001'::uuid, 'Evening of bamboo flutes', 14, 3500, 40),
    ('00000000-0000-4000-8000-000000000001', 'Moon viewing', 30, 0, 100),
    ('00000000-0000-4000-8000-000000000001', 'New Year concert', 45, 12000, 200),
    ('00000000-0000-4000-8000-000000000002', 'Puppet theatre', 21, 2800, 60)
) as event (owner_id, name, days, price_minor, capacity);

-- As shop.reserve_tickets leaves them.
insert into shop.ticket_reservations (owner_id, event_id, client_id, seats, amount_minor, currency)
select owner_id, id, 'simple-mcp-client', 2, 2 * price_minor, currency
from shop.ticket_events
where name in ('Evening of bamboo flutes', 'Puppet theatre');

update shop.ticket_events set seats_taken = 2 where name in ('Evening of bamboo flutes', 'Puppet theatre');

insert into shop.forms (id, owner_id, title)
values
  ('10000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', 'Tea ceremony request'),
  ('10000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000002', 'Studio feedback');

insert into shop.form_fields (form_id, owner_id, place, name, label, type, is_required, choices, at_least, at_most)
select
  ('10000000-0000-4000-8000-00000000000' || person)::uuid, ('00000000-0000-4000-8000-00000000000' || person)::uuid,
  place, name, label, type, is_required, choices::text[], at_least, at_most
from (
  values
    (1, 1, 'name', 'Your name', 'text', true, null, 1, 100),
    (1, 2, 'day', 'Preferred day', 'date', true, null, null, null),
    (1, 3, 'guests', 'Guests', 'integer', true, null, 1, 8),
    (1, 4, 'sweets', 'Sweets', 'choices', false, '{Yokan,Manju,Higashi}', null, 2),
    (1, 5, 'remarks', 'Remarks', 'text', false, null, null, 1000),
    (2, 1, 'stars', 'Stars', 'integer', true, null, 1, 5),
    (2, 2, 'come_again', 'Would you come again?', 'boolean', false, null, null, null)
) as field (person, place, name, label, type, is_required, choices, at_least, at_most);

insert into shop.form_responses (owner_id, form_id, client_id, answers)
values
  (
    '00000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 'simple-mcp-client',
    '{"name": "Demo guest", "day": "2027-01-11", "guests": 2, "sweets": ["Yokan"]}'
  ),
  (
    '00000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000002', 'simple-mcp-client',
    '{"stars": 5, "come_again": true}'
  );
