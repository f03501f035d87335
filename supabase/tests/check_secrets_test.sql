-- oauth.check_secrets: a wrong SEKISHO_SECRET is refused at start. What is refused must leave no trace: the operator's
-- next attempt, with the right value, has to fit.

begin;
select plan(20);

create function pg_temp.check_one(p_id text, p_value text) returns text language sql as $$
  select oauth.check_secrets(
    p_secret_ids => array[p_id], p_check_values => array[sha256(convert_to(p_value, 'UTF8'))]
  ) ->> 'outcome';
$$;
create function pg_temp.check_both(p_first_id text, p_first text, p_second_id text, p_second text)
returns text
language sql
as $$
  select oauth.check_secrets(
    p_secret_ids => array[p_first_id, p_second_id],
    p_check_values => array[sha256(convert_to(p_first, 'UTF8')), sha256(convert_to(p_second, 'UTF8'))]
  ) ->> 'outcome';
$$;
create function pg_temp.known() returns text[] language sql as $$
  select array(select secret_id from oauth.secret_checks order by secret_id);
$$;

-- The database that was prepared for this test knows the secret of its own preparation.
delete from oauth.signing_keys;
delete from oauth.sealed_passwords;
delete from oauth.secret_checks;

select is(pg_temp.check_one('a', 'first'), 'fits', 'the first secret fits');
select is(pg_temp.known(), '{a}', 'and is remembered');
select is((select check_value from oauth.secret_checks), sha256('first'), 'by its check value');
select is(pg_temp.check_one('a', 'first'), 'fits', 'the same secret fits again');
select is(pg_temp.check_one('a', 'other'), 'differs', 'another value under the same id does not');
select is((select check_value from oauth.secret_checks), sha256('first'), 'and replaces nothing');

select is(pg_temp.check_both('b', 'new', 'a', 'other'), 'differs', 'nor together with a new one');
select is(pg_temp.known(), '{a}', 'and the new one is not remembered from a ring that was refused');

select oauth.create_signing_key('kid', '{"kty": "EC"}', 'sealed', 'a', 90);
select is(pg_temp.check_one('b', 'mistyped'), 'missing', 'a ring without the secret of a key in use is refused');
select is(pg_temp.known(), '{a}', 'and nothing of it is remembered');
select is(pg_temp.check_both('b', 'new', 'a', 'first'), 'fits', 'with that secret it fits');
select is(pg_temp.known(), '{a,b}', 'and the new one is remembered');
select is(pg_temp.check_one('a', 'first'), 'fits', 'a secret that no key in use needs may be left out');
select is(oauth.check_secrets('{}', '{}') ->> 'outcome', 'missing', 'no secret at all is a missing one');

update oauth.signing_keys set signs_until = now(), signs_from = now() - interval '1 day', created_at = now() - interval '1 day';
select is(pg_temp.check_one('b', 'new'), 'fits', 'a key that signs no more needs no secret');
select oauth.keep_sealed_password('purpose', 'sealed', 'a');
select is(pg_temp.check_one('b', 'new'), 'missing', 'a sealed password needs its secret');
select oauth.reseal_value('oauth.sealed_passwords', 'purpose', 'sealed', 'sealed', 'b');
select is(pg_temp.check_one('b', 'new'), 'fits', 'until it is sealed under another');

delete from oauth.sealed_passwords;
select throws_ok($$ select oauth.check_secrets('{c}', array['short'::bytea]) $$, '23514', null, 'a check value is a digest');
select throws_ok(
  $$ delete from oauth.secret_checks where secret_id = 'a' $$, '23503', null, 'a secret that seals a key stays known'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.check_secrets'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
