-- oauth.find_signing_kid: which key signs at an instant.

begin;
select plan(6);

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

select is(oauth.find_signing_kid(now()), null, 'without keys none');
select pg_temp.lay('one', '-1 day', '0');
select pg_temp.lay('two', '0', '1 day');
select is(oauth.find_signing_kid(now() - interval '1 microsecond'), 'one', 'until its last instant the old one');
select is(oauth.find_signing_kid(now()), 'two', 'from then on the new one');
select is(oauth.find_signing_kid(now() - interval '1 year'), null, 'none before the first');
update oauth.signing_keys set revoked_at = now() where kid = 'two';
select is(oauth.find_signing_kid(now()), null, 'no key takes the place of a revoked one by having been there before');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.find_signing_kid'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
