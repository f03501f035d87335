-- oauth.keep_sealed_password: one password for a purpose, whoever proposes another later.

begin;
select plan(5);

delete from oauth.sealed_passwords;
select is(oauth.keep_sealed_password('x', 'sealed one', 'test'), 'sealed one', 'the first is kept');
select is(oauth.keep_sealed_password('x', 'sealed two', 'test'), 'sealed one', 'and stays');
select is(oauth.keep_sealed_password('y', 'sealed two', 'test'), 'sealed two', 'each purpose has its own');
select throws_ok(
  $$ select oauth.keep_sealed_password('z', 'sealed', 'unknown') $$, '23503', null, 'none that no secret opens'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.keep_sealed_password'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
