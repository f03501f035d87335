-- oauth.offered_scope: the names of a resource's scopes, in its order.

begin;
select plan(4);

select is(
  oauth.offered_scope('[{"name": "b:read", "tools": []}, {"name": "a:read"}]'), '{b:read,a:read}', 'in the order listed'
);
select is(oauth.offered_scope('[]'), '{}', 'of nothing there are none');
select is(oauth.offered_scope('[{"name": "a,b {\"c\"}"}]'), array['a,b {"c"}'], 'each as it is written');

select is(
  (
    select array_agg(grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.offered_scope'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
