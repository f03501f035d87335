-- access.authorization_details: what was granted of a type, for an action, here (RFC 9396 §2). Anything missing or
-- malformed grants nothing, and is never an error.

begin;
select plan(27);

create function pg_temp.granted(p_details text, p_type text default 'ticket-reservation', p_action text default 'reserve')
returns bigint
language sql
as $$
  select set_config(
    'request.jwt.claims', format('{"resource": "https://rs.test/mcp", "authorization_details": %s}', p_details), true
  );
  select count(*) from access.authorization_details(p_type => p_type, p_action => p_action);
$$;

select is_empty($$ select access.authorization_details('ticket-reservation', 'reserve') $$, 'without claims: none');
select set_config('request.jwt.claims', '', true);
select is_empty($$ select access.authorization_details('ticket-reservation', 'reserve') $$, 'with empty claims: none');
select set_config('request.jwt.claims', '{"scope": "ticket:write"}', true);
select is_empty($$ select access.authorization_details('ticket-reservation', 'reserve') $$, 'without the claim: none');
select is(pg_temp.granted('null'), 0::bigint, 'null for the claim: none');
select is(pg_temp.granted('{"type": "ticket-reservation"}'), 0::bigint, 'an object is not the claim');
select is(pg_temp.granted('"ticket-reservation"'), 0::bigint, 'nor is a text');
select is(pg_temp.granted('[]'), 0::bigint, 'nothing in it');
select is(pg_temp.granted('["ticket-reservation", null, 1, ["type"]]'), 0::bigint, 'nothing with a type in it');

select is(pg_temp.granted('[{"type": "ticket-reservation"}]'), 1::bigint, 'the type');
select is(pg_temp.granted('[{"type": "other"}, {"type": "ticket-reservation"}]'), 1::bigint, 'among others');
select is(pg_temp.granted('[{"type": "ticket-reservation"}, {"type": "ticket-reservation"}]'), 2::bigint, 'twice');
select is(pg_temp.granted('[{"type": "Ticket-Reservation"}, {"type": "ticket"}, {"type": null}, {}]'), 0::bigint, 'byte for byte');
select is(pg_temp.granted('[{"type": "ticket-reservation"}]', null), 0::bigint, 'null is no type');
select is(
  (select detail from access.authorization_details('ticket-reservation', 'reserve') as detail),
  '{"type": "ticket-reservation"}', 'what is answered is the detail'
);

select is(pg_temp.granted('[{"type": "ticket-reservation", "actions": ["cancel", "reserve"]}]'), 1::bigint, 'the action among others');
select is(pg_temp.granted('[{"type": "ticket-reservation", "actions": ["cancel"]}]'), 0::bigint, 'another action');
select is(pg_temp.granted('[{"type": "ticket-reservation", "actions": []}]'), 0::bigint, 'no action');
select is(pg_temp.granted('[{"type": "ticket-reservation", "actions": null}]'), 0::bigint, 'null for actions');
select is(pg_temp.granted('[{"type": "ticket-reservation", "actions": "reserve"}]'), 0::bigint, 'a text for actions');
select is(pg_temp.granted('[{"type": "ticket-reservation", "actions": {"reserve": true}}]'), 0::bigint, 'an object for actions');
select is(
  pg_temp.granted('[{"type": "ticket-reservation", "actions": ["reserve"]}]', p_action => null), 0::bigint, 'null is no action'
);

select is(pg_temp.granted('[{"type": "ticket-reservation", "locations": ["https://rs.test/mcp"]}]'), 1::bigint, 'here');
select is(pg_temp.granted('[{"type": "ticket-reservation", "locations": ["https://other.test/mcp"]}]'), 0::bigint, 'elsewhere');
select is(pg_temp.granted('[{"type": "ticket-reservation", "locations": []}]'), 0::bigint, 'nowhere');
select is(pg_temp.granted('[{"type": "ticket-reservation", "locations": "https://rs.test/mcp"}]'), 0::bigint, 'a text for locations');
select set_config(
  'request.jwt.claims',
  '{"authorization_details": [{"type": "ticket-reservation", "locations": ["https://rs.test/mcp"]}]}', true
);
select is_empty($$ select access.authorization_details('ticket-reservation', 'reserve') $$, 'a token for nowhere');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'access.authorization_details'::regproc and grantee <> proowner
  ),
  '{sekisho_person,sekisho_writer}',
  'only those whom policies name may execute it'
);

select * from finish();
rollback;
