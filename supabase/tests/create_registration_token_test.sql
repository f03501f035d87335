-- oauth.create_registration_token: what the operator hands to somebody whose client may register (RFC 7591 §3). Told once,
-- kept as its hash, for a time and a number of uses.

begin;
select plan(19);

create function pg_temp.create_token(
  p_name text, p_lifetime interval default '7 days', p_most_uses integer default 5
)
returns text
language sql
as $$
  select oauth.create_registration_token(p_name => p_name, p_lifetime => p_lifetime, p_most_uses => p_most_uses);
$$;

create temp table made as select name, pg_temp.create_token(name) as token from unnest(array['one', 'two']) as name;
select matches(token, '^registration_[A-Za-z0-9_-]{43}$', 'a token says what it is, and is safe in a header')
from made;
select is(count(distinct token), 2::bigint, 'each is another') from made;
select results_eq(
  $$
    select name, token_hash, most_uses, uses, expires_at - created_at, revoked_at
    from oauth.registration_tokens
    order by name
  $$,
  $$
    select name, sha256(token::bytea), 5, 0, interval '7 days', null::timestamptz
    from made
    order by name
  $$,
  'only its hash is kept, with its name, its time and its bound'
);
select is(
  (select bool_and(created_at between now() and clock_timestamp()) from oauth.registration_tokens),
  true,
  'its time begins now'
);

select throws_ok($$ select pg_temp.create_token('one') $$, '23505', null, 'a name is given once');
select throws_ok(format('select pg_temp.create_token(%L)', name), '23514', null, 'a name is neither empty nor endless')
from unnest(array['', repeat('a', 201)]) as name;
select throws_ok($$ select pg_temp.create_token(null) $$, '23502', null, 'nor missing');
select throws_ok(
  format('select pg_temp.create_token(%L, %L)', 'three', lifetime), '23514', null, format('no lifetime of %s', lifetime)
)
from unnest(array['0', '-1 day', '367 days']) as lifetime;
select throws_ok($$ select pg_temp.create_token('three', null) $$, '23502', null, 'none without a lifetime');
select throws_ok(
  format('select pg_temp.create_token(%L, p_most_uses => %L)', 'three', uses), '23514', null, format('not for %s uses', uses)
)
from unnest(array[0, -1, 1000001]) as uses;
select throws_ok(
  $$ select pg_temp.create_token('three', p_most_uses => null) $$, '23502', null, 'none without a bound'
);
select throws_ok(
  $$ update oauth.registration_tokens set uses = 6 $$, '23514', null, 'whatever happens, the bound holds'
);

select is(
  (
    select array_agg(grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.create_registration_token'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
