-- oauth.list_signing_keys: the published keys, with the sealed private parts of those that may sign.

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

select is(oauth.list_signing_keys(), '{"keys": [], "missing": "active"}', 'without keys it is an empty list, not null');

select pg_temp.lay('active', '-1 day', '1 day');
select pg_temp.lay('retiring', '-2 days', '-1 day');
select pg_temp.lay('revoked', '-3 days', '-2 days', '-1 day');
select is(oauth.list_signing_keys() ->> 'missing', 'next', 'it says when nobody follows');
select pg_temp.lay('next', '1 day');
select is(
  oauth.list_signing_keys(),
  '{
    "keys": [
      {"kid": "active", "public_jwk": {"x": "active"}, "sealed_private_key": "sealed active"},
      {"kid": "next", "public_jwk": {"x": "next"}, "sealed_private_key": "sealed next"},
      {"kid": "retiring", "public_jwk": {"x": "retiring"}, "sealed_private_key": null}
    ],
    "missing": null
  }',
  'the one that signs first, no revoked one, no private part of one that signs no more'
);
select is(
  array(select jsonb_object_keys(key -> 'public_jwk') from jsonb_array_elements(oauth.list_signing_keys() -> 'keys') as key),
  '{x,x,x}', 'the public part is what was recorded'
);

update oauth.signing_keys set revoked_at = now() where kid in ('active', 'next');
select is(
  oauth.list_signing_keys(),
  '{
    "keys": [{"kid": "retiring", "public_jwk": {"x": "retiring"}, "sealed_private_key": null}],
    "missing": "active"
  }',
  'one that signs no more is no key that signs'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.list_signing_keys'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
