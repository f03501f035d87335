-- oauth.purge_clients: registrations that nobody ever completed a flow with. A client that did may come back after
-- years with the id it was given (RFC 7591 has no expiry for it).

begin;
select plan(7);

delete from oauth.clients;
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types, created_at, first_used_at
)
select id, origin, 'Test', 'none', '{}', '{}', '{}', now() - age::interval, now() - used::interval
from (
  values
    ('new', 'registered', '89 days', null),
    ('used', 'registered', '5 years', '5 years'),
    ('of_the_operator', 'operator', '5 years', null),
    ('unused', 'registered', '91 days', null),
    ('long_unused', 'registered', '5 years', null)
) as client (id, origin, age, used);

select is(oauth.purge_clients(1), 1::bigint, 'it takes no more than it may');
select is(oauth.purge_clients(100), 1::bigint, 'the next run takes the rest');
select is(oauth.purge_clients(100), 0::bigint, 'then there is nothing left to do');
select bag_eq(
  $$ select id from oauth.clients $$,
  $$ values ('new'), ('used'), ('of_the_operator') $$,
  'new ones, used ones and the operator''s stay'
);

update oauth.clients
set address_hash = sha256(convert_to(id, 'UTF8')),
    created_at = now() - case when id = 'new' then interval '59 minutes' else interval '61 minutes' end
where origin = 'registered';
select is(oauth.purge_clients(100), 0::bigint, 'a younger one is not removed');
select bag_eq(
  $$ select id from oauth.clients where address_hash is not null $$,
  $$ values ('new') $$,
  'but after an hour it is forgotten where it came from'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_clients'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
