-- oauth.create_first_signing_key: of many isolates that find no key, one makes it (RFC 7517).

begin;
select plan(9);

delete from oauth.signing_keys;
insert into oauth.secret_checks (secret_id, check_value) values ('pgtap', sha256('check'));

create function pg_temp.create_key(p_kid text, p_jwk jsonb default '{"kty": "EC"}', p_secret_id text default 'pgtap')
returns text
language sql
as $$
  select oauth.create_first_signing_key(
    p_kid => p_kid, p_public_jwk => p_jwk, p_sealed_private_key => 'sealed ' || p_kid, p_secret_id => p_secret_id
  ) ->> 'outcome';
$$;

select throws_ok(
  $$ select pg_temp.create_key('one', '{"kty": "EC", "d": "private"}') $$, '23514', null, 'no private part in the open'
);
select throws_ok(
  $$ select pg_temp.create_key('one', p_secret_id => 'unknown') $$, '23503', null, 'no key that no secret opens'
);
select is_empty('table oauth.signing_keys', 'no refusal writes anything');

select is(pg_temp.create_key('one'), 'created', 'the first key is taken');
select results_eq(
  $$ select kid, public_jwk, sealed_private_key, secret_id, retired_at from oauth.signing_keys $$,
  $$ values ('one', '{"kty": "EC"}'::jsonb, 'sealed one', 'pgtap', null::timestamptz) $$,
  'as proposed, in use'
);
select is(pg_temp.create_key('two'), 'exists', 'another one is not');
select results_eq('select kid from oauth.signing_keys', $$ values ('one') $$, 'and leaves no trace');

update oauth.signing_keys set retired_at = now();
select is(pg_temp.create_key('two'), 'created', 'a retired key signs nothing: there is room for a first one again');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.create_first_signing_key'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
