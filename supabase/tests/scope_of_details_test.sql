-- oauth.scope_of_details: who asks for a detail asks for the scope that it limits (RFC 9396).

begin;
select plan(4);

create function pg_temp.scope(p_details jsonb) returns text[] language sql as $$
  select oauth.scope_of_details('[
    {"name": "t:read"},
    {"name": "t:write", "detail": {"type": "ticket", "actions": ["reserve", "cancel"], "maxAmount": 100, "currency": "JPY"}},
    {"name": "u:write", "detail": {"type": "usage", "actions": ["use"], "maxAmount": 5, "currency": "EUR"}}
  ]'::jsonb, p_details);
$$;
select is(pg_temp.scope('[]'), '{}', 'no details, no scope');
select is(pg_temp.scope('[{"type": "usage"}, {"type": "ticket"}]'), '{u:write,t:write}', 'in the order asked');
select is(pg_temp.scope('[{"type": "other"}]'), '{}', 'an unknown type has none');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.scope_of_details'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
