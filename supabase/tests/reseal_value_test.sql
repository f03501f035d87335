-- oauth.reseal_value: a sealed value moves to another secret unless it is not what it was read as.

begin;
select plan(8);

delete from oauth.signing_keys;
delete from oauth.sealed_passwords;
insert into oauth.secret_checks (secret_id, check_value) values ('pgtap', sha256('check'));
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

select pg_temp.lay('one', '-1 day', '1 day');
select pg_temp.lay('two', '1 day');
select oauth.keep_sealed_password('one', 'sealed one', 'test'), oauth.keep_sealed_password('two', 'sealed two', 'test');

select is(
  oauth.reseal_value('oauth.signing_keys', 'one', 'sealed one', 'pgtap.one', 'pgtap'), true, 'a signing key is resealed'
);
select is(
  oauth.reseal_value('oauth.sealed_passwords', 'two', 'sealed two', 'pgtap.two', 'pgtap'), true, 'and a password'
);
select results_eq(
  'select place_row, sealed, secret_id from oauth.list_sealed_values()',
  $$
    values ('one', 'sealed one', 'test'), ('two', 'pgtap.two', 'pgtap'), ('one', 'pgtap.one', 'pgtap'),
      ('two', 'sealed two', 'test')
  $$,
  'nothing else'
);
select is(
  oauth.reseal_value('oauth.signing_keys', 'one', 'sealed one', 'pgtap.other', 'pgtap'), false,
  'what somebody else resealed meanwhile stays'
);
select is(
  oauth.reseal_value('oauth.sealed_passwords', 'three', 'sealed', 'pgtap.other', 'pgtap'), false, 'what is not there is not made'
);
select throws_ok(
  $$ select oauth.reseal_value('oauth.clients', 'one', 'sealed', 'other', 'pgtap') $$, '20000', null, 'no other table holds any'
);
select throws_ok(
  $$ select oauth.reseal_value('oauth.signing_keys', 'two', 'sealed two', 'other', 'unknown') $$, '23503', null,
  'nothing is sealed under a secret that nobody knows'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.reseal_value'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
