-- oauth.create_signing_key: of many isolates that miss a key, one makes it: the one that signs at once, the next in good
-- time (RFC 7517).

begin;
select plan(21);

delete from oauth.signing_keys;

create function pg_temp.create_key(
  p_kid text, p_days integer default 90, p_jwk jsonb default '{"kty": "EC"}', p_secret_id text default 'test'
)
returns text
language sql
as $$
  select oauth.create_signing_key(
    p_kid => p_kid, p_public_jwk => p_jwk, p_sealed_private_key => 'sealed ' || p_kid, p_secret_id => p_secret_id,
    p_days => p_days
  ) ->> 'outcome';
$$;
create function pg_temp.age(p_by interval) returns void language sql as $$
  update oauth.signing_keys
  set created_at = created_at - p_by, signs_from = signs_from - p_by, signs_until = signs_until - p_by;
$$;

select throws_ok(
  $$ select pg_temp.create_key('one', p_jwk => '{"kty": "EC", "d": "private"}') $$, '23514', null, 'no private part in the open'
);
select throws_ok(
  $$ select pg_temp.create_key('one', p_secret_id => 'unknown') $$, '23503', null, 'no key that no secret opens'
);
select is_empty('table oauth.signing_keys', 'no refusal writes anything');

select is(pg_temp.create_key('one'), 'created', 'the first key is taken');
select results_eq(
  $$
    select kid, public_jwk, sealed_private_key, secret_id, signs_from = created_at, signs_until, revoked_at
    from oauth.signing_keys
  $$,
  $$ values ('one', '{"kty": "EC"}'::jsonb, 'sealed one', 'test', true, null::timestamptz, null::timestamptz) $$,
  'as proposed, and signs at once'
);
select is(oauth.find_signing_kid(clock_timestamp()), 'one', 'as everybody is told');

select is(pg_temp.create_key('two', 30), 'created', 'a second is the next');
select results_eq(
  $$
    select (select signs_until from oauth.signing_keys where kid = 'one') = signs_from,
      signs_from - (select signs_from from oauth.signing_keys where kid = 'one'), signs_until
    from oauth.signing_keys
    where kid = 'two'
  $$,
  $$ values (true, interval '30 days', null::timestamptz) $$,
  'which takes over when the first is as old as was said'
);
select is(pg_temp.create_key('three'), 'exists', 'a third is one too many');
select is((select count(*) from oauth.signing_keys), 2::bigint, 'and leaves no trace');

select results_eq(
  'select details from oauth.audit_events where occurred_at >= now() order by id',
  $$ values ('{"name": "one"}'::jsonb), ('{"name": "two"}') $$,
  'the audit trail tells of both that were made'
);

select pg_temp.age(interval '30 days');
select is(oauth.find_signing_kid(clock_timestamp()), 'two', 'when the time comes, the next signs, without anybody doing anything');
select is(pg_temp.create_key('three', 30), 'created', 'and there is room for one after it');

select pg_temp.age(interval '1 year');
select is(pg_temp.create_key('four', 30), 'created', 'although nobody came for a year');
select is(oauth.find_signing_kid(clock_timestamp()), 'three', 'no key signs that was published only now');
select cmp_ok(
  (select signs_from - clock_timestamp() from oauth.signing_keys where kid = 'four'), '>', interval '9 minutes',
  'it is known for ten minutes before'
);
select cmp_ok(
  (select signs_from - clock_timestamp() from oauth.signing_keys where kid = 'four'), '<=', interval '10 minutes', 'and no longer'
);

select throws_ok(
  $$ update oauth.signing_keys set signs_until = null $$, '23P01', null, 'whatever happens, one key signs at a time'
);
select throws_ok(
  $$ update oauth.signing_keys set created_at = signs_from + interval '1 second' $$, '23514', null,
  'and none before it is published'
);
select throws_ok(
  $$ update oauth.signing_keys set signs_until = signs_from - interval '1 second' $$, '23514', null,
  'or after it was replaced'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.create_signing_key'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
