-- oauth.list_verification_keys: all that a resource server needs (RFC 7517 §5), and nothing that it must not have.

begin;
select plan(3);

delete from oauth.signing_keys;
-- As signing_key_state names them; times are relative to now.
create function pg_temp.lay(p_kid text, p_from interval, p_until interval default null, p_revoked interval default null)
returns void
language sql
as $$
  insert into oauth.signing_keys (
    kid, public_jwk, sealed_private_key, secret_id, created_at, signs_from, signs_until, revoked_at
  )
  values (
    p_kid, jsonb_build_object('x', p_kid), 'sealed ' || p_kid, 'test', now() - interval '1 year', now() + p_from,
    now() + p_until, now() + p_revoked
  );
$$;

select is(oauth.list_verification_keys(), '[]', 'without keys it is an empty list, not null');

select pg_temp.lay('active', '-1 day', '1 day');
select pg_temp.lay('retiring', '-2 days', '-1 day');
select pg_temp.lay('revoked', '-3 days', '-2 days', '-1 day');
select pg_temp.lay('next', '1 day');
select is(
  oauth.list_verification_keys(),
  '[{"x": "next"}, {"x": "active"}, {"x": "retiring"}]',
  'public parts only, also of a key that does not sign yet or any more, no revoked one'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.list_verification_keys'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
