-- oauth.create_client: a client that registered itself (RFC 7591 §3). It is never verified, and its id can never be
-- read as a person's. Where registration needs a token, a client and a use of the token come together or not at all.

begin;
select plan(46);

create function pg_temp.register(
  p_id text,
  p_method text default 'none',
  p_secret_hash bytea default null,
  p_application_type text default 'web',
  p_jwks jsonb default null,
  p_jwks_uri text default null,
  p_token text default null,
  p_address text default null,
  p_limit integer default 0
)
returns jsonb
language sql
as $$
  select oauth.create_client(
    p_id => p_id,
    p_name => 'A client',
    p_uri => 'https://a.test',
    p_application_type => p_application_type,
    p_token_endpoint_auth_method => p_method,
    p_secret_hash => p_secret_hash,
    p_jwks => p_jwks,
    p_jwks_uri => p_jwks_uri,
    p_redirect_uris => '{https://a.test/callback,http://127.0.0.1/callback}',
    p_grant_types => '{authorization_code}',
    p_response_types => '{code}',
    p_scope => 'product:read',
    p_registration_token_hash => sha256(convert_to(p_token, 'UTF8')),
    p_address => p_address,
    p_limit => p_limit
  );
$$;

create temp table answered as
select pg_temp.register('client_a', 'client_secret_basic', sha256('secret'), 'native') as answer;
select results_eq(
  'table answered',
  $$
    select jsonb_build_object('outcome', 'created', 'created_at', floor(extract(epoch from created_at)))
    from oauth.clients
    where id = 'client_a'
  $$,
  'it answers when the client was created, in whole seconds'
);
select results_eq(
  $$
    select origin, verified, name, uri, application_type, token_endpoint_auth_method, secret_hash, redirect_uris,
      grant_types, response_types, scope, resource, first_used_at, blocked_at
    from oauth.clients
    where id = 'client_a'
  $$,
  $$
    values (
      'registered', false, 'A client', 'https://a.test', 'native', 'client_secret_basic', sha256('secret'),
      '{https://a.test/callback,http://127.0.0.1/callback}'::text[], '{authorization_code}'::text[],
      '{code}'::text[], 'product:read', null::text, null::timestamptz, null::timestamptz
    )
  $$,
  'it is recorded as registered, unverified, unused, without a resource to introspect for'
);
select lives_ok($$ select pg_temp.register('client_b') $$, 'a public client has no secret');
select throws_ok($$ select pg_temp.register('client_a') $$, '23505', null, 'an id is given once');

select throws_ok(
  $$ select pg_temp.register('client_c', 'none', sha256('secret')) $$, '23514', null, 'a public client cannot have one'
);
select throws_ok(
  $$ select pg_temp.register('client_c', 'client_secret_post') $$, '23514', null, 'a confidential client must have one'
);
select throws_ok(
  $$ select pg_temp.register('client_c', 'client_secret_post', 'secret') $$, '23514', null, 'a secret is kept as a hash'
);
select throws_ok(
  $$ select pg_temp.register('client_c', 'client_secret_jwt', sha256('secret')) $$, '23514', null, 'no unknown method'
);
select lives_ok(
  $$ select pg_temp.register('client_key', 'private_key_jwt', p_jwks => '[{"kty": "EC", "x": "1"}]') $$,
  'a client may bring its public keys'
);
select lives_ok(
  $$ select pg_temp.register('client_url', 'private_key_jwt', p_jwks_uri => 'https://a.test/keys') $$,
  'or say where they are'
);
select throws_ok(
  $$ select pg_temp.register('client_c', 'private_key_jwt') $$, '23514', null, 'one who signs must have keys'
);
select throws_ok(
  $$ select pg_temp.register('client_c', 'none', p_jwks => '[{"kty": "EC", "x": "1"}]') $$,
  '23514', null, 'and nobody else has any'
);
select throws_ok(
  $$ select pg_temp.register('client_c', 'private_key_jwt', p_jwks => '[{"kty": "EC", "x": "1", "d": "1"}]') $$,
  '23514', null, 'a private key is never kept'
);
select throws_ok(
  $$ select pg_temp.register('client_c', p_application_type => 'server') $$, '23514', null, 'no unknown kind'
);

select throws_ok($$ select pg_temp.register('') $$, '23514', null, 'an id is not empty');
select throws_ok(format('select pg_temp.register(%L)', repeat('a', 501)), '23514', null, 'an id is not endless');
-- Everything that Postgres itself would read as a UUID.
select throws_ok(
  format('select pg_temp.register(%L)', spelling), '23514', null, format('%s is the spelling of a UUID', spelling)
)
from unnest(array[
  '00000000-0000-4000-8000-00000000000a',
  'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
  'a0eebc999c0b4ef8bb6d6bb9bd380a11',
  '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}',
  'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11'
]) as spelling;
select throws_ok(
  $$ select pg_temp.register('https://a.test/client.json') $$, '23514', null, 'an id is no URL: those are documents'
);

select results_eq(
  $$ select event, client_id, details from oauth.audit_events where client_id = 'client_a' $$,
  $$ values ('client_registered', 'client_a', '{"origin": "registered"}'::jsonb) $$,
  'the audit trail tells of it, once'
);
select throws_ok(
  $$ update oauth.clients set origin = 'imported' where id = 'client_a' $$, '23514', null, 'no unknown origin'
);
select throws_ok(
  $$ update oauth.clients set resource = 'https://unknown.test' where id = 'client_a' $$,
  '23503', null, 'a client introspects for a known resource'
);

-- With a token.
create temp table token as
select oauth.create_registration_token(p_name => 'test', p_lifetime => '1 day', p_most_uses => 2) as value;
create function pg_temp.uses() returns integer language sql as $$
  select uses from oauth.registration_tokens where name = 'test';
$$;
select is(
  pg_temp.register('client_t', p_token => value || 'x'), '{"outcome": "token_unknown"}', 'an unknown token'
)
from token;
select throws_ok(
  format('select pg_temp.register(%L, p_token => %L)', 'client_a', value), '23505', null, 'a client that cannot be'
)
from token;
select is(pg_temp.uses(), 0, 'neither counts as a use');
select is(pg_temp.register('client_t', p_token => value) ->> 'outcome', 'created', 'a good token registers a client')
from token;
select is(pg_temp.register('client_u', p_token => value) ->> 'outcome', 'created', 'as often as it may')
from token;
select is(
  pg_temp.register('client_v', p_token => value), '{"outcome": "token_used_up"}', 'and no more'
)
from token;
select is(
  (select array_agg(id order by id) from oauth.clients where id in ('client_t', 'client_u', 'client_v')),
  '{client_t,client_u}',
  'a refusal records nothing'
);

-- From an address, within an hour.
create function pg_temp.register_from(p_id text, p_address text default '192.0.2.1', p_limit integer default 2)
returns text
language sql
as $$
  select pg_temp.register(p_id, p_address => p_address, p_limit => p_limit) ->> 'outcome';
$$;
select is(pg_temp.register_from('from 1'), 'created', 'the first of two from an address');
update oauth.clients set created_at = created_at - interval '59 minutes' where id = 'from 1';
select is(pg_temp.register_from('from 2'), 'created', 'the second');
select ok(
  (pg_temp.register('from 3', p_address => '192.0.2.1', p_limit => 2) ->> 'retry_after_seconds')::integer between 50 and 60,
  'the third has to wait until the first was an hour ago'
);
select is(pg_temp.register_from('from 3'), 'limited', 'as often as it asks');
select is(
  (select count(*) from oauth.clients where address_hash = sha256('192.0.2.1')), 2::bigint, 'which records nothing'
);
select is(pg_temp.register_from('elsewhere', '2001:db8:0:1::/64'), 'created', 'elsewhere there is room');
select is(
  (select address_hash from oauth.clients where id = 'elsewhere'), sha256('2001:db8:0:1::/64'), 'an address is kept as its hash'
);
select is(pg_temp.register_from('from 3', p_limit => 3), 'created', 'a higher limit leaves room');
update oauth.clients set first_used_at = now() where id = 'from 2';
select is(pg_temp.register_from('from 4'), 'limited', 'two that nobody used are still two');
update oauth.clients set first_used_at = now() where id = 'from 3';
select is(pg_temp.register_from('from 4'), 'created', 'one that a flow has completed no longer counts');
update oauth.clients set created_at = created_at - interval '1 minute' where id = 'from 1';
select is(pg_temp.register_from('from 5'), 'created', 'nor does one of an hour ago');
select is(pg_temp.register_from('from 6', p_limit => 0), 'created', 'without a limit there is none');
select is(
  (select address_hash from oauth.clients where id = 'from 6'), null, 'and nobody''s address is kept'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.create_client'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
