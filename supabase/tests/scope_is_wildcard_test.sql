-- oauth.scope_is_wildcard: something, then :* at the very end. Everything else is a name like any other.

begin;
select plan(17);

select is(oauth.scope_is_wildcard(name), true, format('%s is one', name))
from unnest(array['booking:*', 'mcp:access:*', 'a:*', '_:*', '%:*']) as name;
select is(oauth.scope_is_wildcard(name), false, format('"%s" is none', name))
from unnest(array[
  '', '*', ':*', 'booking*', 'booking', 'booking:', 'booking:**', 'booking:*:x', 'booking:* ', E'booking:*\n', 'booking:?'
]) as name;

select is(
  (
    select array_agg(grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.scope_is_wildcard'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
