-- oauth.details_of_scope: every scope that a resource limits gets its detail, as asked or by default (RFC 9396).

begin;
select plan(6);

create function pg_temp.details(p_scope text[], p_asked jsonb default '[]') returns jsonb language sql as $$
  select oauth.details_of_scope('[
    {"name": "t:read"},
    {"name": "t:write", "detail": {"type": "ticket", "actions": ["reserve", "cancel"], "maxAmount": 100, "currency": "JPY"}},
    {"name": "u:write", "detail": {"type": "usage", "actions": ["use"], "maxAmount": 5, "currency": "EUR"}}
  ]'::jsonb, p_scope, p_asked);
$$;
select is(pg_temp.details('{t:read}'), '[]', 'a scope without limits has none');
select is(
  pg_temp.details('{t:read,t:write}'),
  '[{"type": "ticket", "actions": ["reserve", "cancel"], "maxAmount": 100, "currency": "JPY"}]',
  'what nobody asked to be otherwise is the default'
);
select is(
  pg_temp.details('{u:write,t:write}', '[{"type": "ticket", "maxAmount": 7}]'),
  '[
    {"type": "usage", "actions": ["use"], "maxAmount": 5, "currency": "EUR"},
    {"type": "ticket", "maxAmount": 7}
  ]',
  'what was asked is taken, in the order of the scopes'
);
select is(pg_temp.details('{t:read}', '[{"type": "ticket"}]'), '[]', 'a detail without its scope is dropped');
select is(pg_temp.details('{}', '[]'), '[]', 'nothing of nothing is an empty list');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.details_of_scope'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
