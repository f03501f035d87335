-- oauth.details_within_scope: no detail of a scope that is left out (RFC 9396).

begin;
select plan(6);

create function pg_temp.within(p_scope text[], p_details jsonb) returns jsonb language sql as $$
  select oauth.details_within_scope('[
    {"name": "t:read"},
    {"name": "t:write", "detail": {"type": "ticket", "actions": ["reserve", "cancel"], "maxAmount": 100, "currency": "JPY"}},
    {"name": "u:write", "detail": {"type": "usage", "actions": ["use"], "maxAmount": 5, "currency": "EUR"}}
  ]'::jsonb, p_scope, p_details);
$$;
select is(pg_temp.within('{t:write}', '[]'), '[]', 'no details, none');
select is(
  pg_temp.within('{u:write,t:read,t:write}', '[{"type": "usage"}, {"type": "ticket"}]'),
  '[{"type": "usage"}, {"type": "ticket"}]',
  'those of scopes that are there, in their order'
);
select is(
  pg_temp.within('{t:read,u:write}', '[{"type": "usage", "maxAmount": 1}, {"type": "ticket"}]'),
  '[{"type": "usage", "maxAmount": 1}]',
  'as they are, and none of another'
);
select is(pg_temp.within('{t:read}', '[{"type": "usage"}, {"type": "ticket"}]'), '[]', 'or none at all');
select is(pg_temp.within('{t:read}', '[{"type": "gone"}]'), '[{"type": "gone"}]', 'a limit that nobody knows any more still limits');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.details_within_scope'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
