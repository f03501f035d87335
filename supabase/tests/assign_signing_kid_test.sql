-- oauth.assign_signing_kid: every access token is recorded with the key that signs it, or not at all.

begin;
select plan(4);

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

select throws_ok('select oauth.assign_signing_kid()', 'SK503', null, 'without a key nothing is recorded');
select pg_temp.lay('one', '-1 day');
select is(oauth.assign_signing_kid(), 'one', 'with one it is that');
select is(
  (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = 'oauth.access_tokens'::regclass and adnum = (
    select attnum from pg_attribute where attrelid = 'oauth.access_tokens'::regclass and attname = 'kid' and attnotnull
  )),
  'oauth.assign_signing_kid()', 'no statement that records a token can forget it'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.assign_signing_kid'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
