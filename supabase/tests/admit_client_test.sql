-- oauth.admit_client: what an isolate proved from its memory of a client is compared here again, and an assertion is
-- spent (RFC 7523 §3 rule 7).

begin;
select plan(20);

insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, jwks, jwks_uri, redirect_uris, grant_types, response_types
) values
  ('client_a', 'registered', 'A', 'none', null, null, null, '{https://a.test/callback}', '{authorization_code}', '{code}'),
  ('client_b', 'operator', 'B', 'client_secret_basic', sha256('secret'), null, null, '{}', '{}', '{code}'),
  ('client_k', 'operator', 'K', 'private_key_jwt', null, '[{"kid": "1", "x": "a"}, {"kid": "2", "x": "b"}]', null, '{}', '{}', '{code}'),
  ('client_l', 'operator', 'L', 'private_key_jwt', null, '[{"kid": "1", "x": "a"}]', null, '{}', '{}', '{code}'),
  ('client_u', 'operator', 'U', 'private_key_jwt', null, null, 'https://u.test/keys', '{}', '{}', '{code}');

create function pg_temp.admit(
  p_id text, p_secret text default null, p_key jsonb default null, p_jti text default 'jti',
  p_expires_at timestamptz default now() + interval '1 minute'
)
returns text
language sql
as $$
  select oauth.admit_client(row(
    p_id, sha256(p_secret::bytea), p_key, case when p_key is not null then sha256(p_jti::bytea) end,
    case when p_key is not null then p_expires_at end
  )::oauth.client_proof);
$$;

select is(pg_temp.admit('client_a'), 'admitted', 'a public client as it is');
select is(pg_temp.admit('client_b', 'secret'), 'admitted', 'a confidential client as it is');
select is(pg_temp.admit('client_b', 'other'), 'client_changed', 'its secret was changed');
select is(pg_temp.admit('client_b'), 'client_changed', 'it has become confidential');
select is(pg_temp.admit('client_a', 'secret'), 'client_changed', 'it has become public');
select is(pg_temp.admit('client_x'), 'client_changed', 'it was removed');
select is(pg_temp.admit(null), 'client_changed', 'no client at all');

select is(pg_temp.admit('client_k', null, '{"kid": "1", "x": "a"}'), 'admitted', 'a key that the client has');
select is(
  (select row(client_id, jti_hash, expires_at)::text from oauth.client_assertions),
  row('client_k', sha256('jti'), now() + interval '1 minute')::text,
  'its assertion is spent until it expires'
);
select is(pg_temp.admit('client_k', null, '{"kid": "1", "x": "a"}'), 'assertion_replayed', 'the same assertion again');
select is(pg_temp.admit('client_k', null, '{"kid": "2", "x": "b"}'), 'assertion_replayed', 'also under another key of the client');
select is(
  pg_temp.admit('client_k', null, '{"kid": "1", "x": "a"}', 'jti 2', now()), 'assertion_replayed', 'one that could be forgotten already'
);
select is(pg_temp.admit('client_l', null, '{"kid": "1", "x": "a"}'), 'admitted', 'a jti is the business of one client');
select is(pg_temp.admit('client_k', null, '{"kid": "1", "x": "other"}', 'jti 2'), 'client_changed', 'a key that was taken away');
select is(pg_temp.admit('client_k', null, '{"kid": "1"}', 'jti 2'), 'client_changed', 'a part of a key is no key');
select is(pg_temp.admit('client_k'), 'client_changed', 'it has a key now: nothing less will do');
select is(pg_temp.admit('client_a', null, '{"kid": "1", "x": "a"}', 'jti 2'), 'client_changed', 'it has no key any more');
select is(pg_temp.admit('client_u', null, '{"kid": "1", "x": "a"}', 'jti 2'), 'client_changed', 'its keys moved and were not read yet');

update oauth.clients set blocked_at = now();
select is(pg_temp.admit('client_a'), 'client_changed', 'it was blocked');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.admit_client'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
