-- oauth.signing_key_state: the life of a signing key follows from its times alone.

begin;
select plan(8);

create function pg_temp.state(p_from interval, p_until interval default null, p_revoked interval default null)
returns text
language sql
as $$
  select oauth.signing_key_state(
    p_key => jsonb_populate_record(
      null::oauth.signing_keys,
      jsonb_build_object('signs_from', now() + p_from, 'signs_until', now() + p_until, 'revoked_at', now() + p_revoked)
    ),
    p_at => now()
  );
$$;

select is(pg_temp.state('1 second'), 'next', 'it signs nothing yet');
select is(pg_temp.state('0'), 'active', 'from its first instant on it signs');
select is(pg_temp.state('-1 day', '1 second'), 'active', 'also when the next is known');
select is(pg_temp.state('-1 day', '0'), 'retiring', 'when the next begins it signs no more');
select is(pg_temp.state('-1 day', '1 day', '0'), 'revoked', 'revoked ends it');
select is(pg_temp.state('1 day', null, '-1 day'), 'revoked', 'before it began');
select is(pg_temp.state('-2 days', '-1 day', '0'), 'revoked', 'and after it ended');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.signing_key_state'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
