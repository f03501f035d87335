-- oauth.list_sealed_values: all that needs SEKISHO_SECRET, with the place that is bound into each.

begin;
select plan(3);

delete from oauth.signing_keys;
delete from oauth.sealed_passwords;
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

select is_empty('select * from oauth.list_sealed_values()', 'without anything sealed it is empty');
select pg_temp.lay('active', '-1 day', '1 day');
select pg_temp.lay('next', '1 day');
select pg_temp.lay('retiring', '-2 days', '-1 day');
select pg_temp.lay('revoked', '-3 days', '-2 days', '-1 day');
select oauth.keep_sealed_password('purpose', 'sealed password', 'test');
select results_eq(
  'select * from oauth.list_sealed_values()',
  $$
    values
      ('oauth.sealed_passwords', 'sealed_password', 'purpose', 'sealed password', 'test'),
      ('oauth.signing_keys', 'sealed_private_key', 'active', 'sealed active', 'test'),
      ('oauth.signing_keys', 'sealed_private_key', 'next', 'sealed next', 'test')
  $$,
  'passwords, and keys that may still sign'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.list_sealed_values'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
