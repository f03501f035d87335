-- oauth.expand_scope: what of an offer is asked for (RFC 6749 §3.3). The only place where a wildcard means anything; what
-- comes out is part of what was offered, whatever went in.

begin;
select plan(32);

create function pg_temp.expand(p_scope text[]) returns text[] language sql as $$
  select oauth.expand_scope(
    p_scope => p_scope,
    p_offered => '{booking:write,booking:read,product:read,mcp:access:notion,mcp:access:figma,mcp:admin,bookings:read,a.b:read,aXb:read}'
  );
$$;

-- Names.
select is(pg_temp.expand('{product:read}'), '{product:read}', 'a name stands for itself');
select is(pg_temp.expand('{product:write}'), '{}', 'if it is offered');
select is(
  pg_temp.expand('{admin,product:read,booking:read,x}'), '{product:read,booking:read}', 'what is not offered is dropped'
);
select is(
  pg_temp.expand('{product:read,booking:read,product:read}'), '{product:read,booking:read}', 'each once, in the order asked'
);

-- Wildcards.
select is(
  pg_temp.expand('{booking:*}'), '{booking:write,booking:read}', 'a wildcard stands for all that begin so, in the order offered'
);
select is(
  pg_temp.expand('{mcp:access:*}'), '{mcp:access:notion,mcp:access:figma}', 'at whatever depth'
);
select is(
  pg_temp.expand('{mcp:*}'), '{mcp:access:notion,mcp:access:figma,mcp:admin}', 'everything below is below'
);
select is(pg_temp.expand('{order:*}'), '{}', 'nothing begins so');
select is(
  pg_temp.expand('{booking:read,booking:*,product:read}'),
  '{booking:read,booking:write,product:read}',
  'a name stays where it was asked for first'
);
select is(
  pg_temp.expand('{mcp:access:*,product:read,mcp:*,booking:*}'),
  '{mcp:access:notion,mcp:access:figma,product:read,mcp:admin,booking:write,booking:read}',
  'wildcards overlap without repeating'
);

-- What looks like one and is none.
select is(pg_temp.expand(array[name]), '{}', format('"%s" stands for nothing', name))
from unnest(array[
  '*', ':*', '*:*', '**', '', 'booking:**', 'booking:*:*', 'book*', 'booking*', 'booking:*:x', 'booking:', 'booking',
  'BOOKING:*', 'booking:r*', '%:*', 'book_ng:*', '.*:*', 'a_b:*'
]) as name;
select is(pg_temp.expand('{a.b:*}'), '{a.b:read}', 'a prefix is compared, not matched');

-- Nothing.
select is(oauth.expand_scope('{}', '{a:read}'), '{}', 'nothing asked is nothing');
select is(oauth.expand_scope('{a:*,a:read}', '{}'), '{}', 'nothing offered is nothing');

select is(
  (
    select array_agg(grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.expand_scope'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
