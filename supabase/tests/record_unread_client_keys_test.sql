-- oauth.record_unread_client_keys: a jwks_uri that gave no keys is left alone for a moment.

begin;
select plan(6);

insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, jwks, jwks_uri, redirect_uris, grant_types, response_types,
  jwks_fetched_at, jwks_fresh_until
) values
  ('client_u', 'registered', 'U', 'private_key_jwt', null, 'https://u.test/keys', '{}', '{}', '{code}', null, null),
  ('client_r', 'registered', 'R', 'private_key_jwt', '[{"kid": "1"}]', 'https://r.test/keys', '{}', '{}', '{code}', now(), now()),
  ('client_k', 'registered', 'K', 'private_key_jwt', '[{"kid": "own"}]', null, '{}', '{}', '{code}', null, null);
create temp table before as select id, to_jsonb(client) - 'jwks_rest_until' as client from oauth.clients as client;
create function pg_temp.may_be_asked_for(p_id text) returns text language sql as $$
  select oauth.find_client(p_id) -> 'keys' ->> 'may_be_asked_for';
$$;

select oauth.record_unread_client_keys(p_id => 'client_u', p_jwks_uri => 'https://u.test/old');
select is(pg_temp.may_be_asked_for('client_u'), 'true', 'another URL says nothing of the client''s');
select oauth.record_unread_client_keys(p_id => id, p_jwks_uri => jwks_uri) from oauth.clients;
select is(pg_temp.may_be_asked_for('client_u'), 'false', 'nor is one asked that was never read');
select ok(
  (select bool_and(jwks_rest_until between now() + interval '9 seconds' and now() + interval '15 seconds')
  from oauth.clients where jwks_uri is not null),
  'for ten seconds'
);
select is(
  (select jwks_rest_until from oauth.clients where id = 'client_k'), null, 'a client that brought its keys has no URL'
);
select bag_eq(
  $$ select id, to_jsonb(client) - 'jwks_rest_until' from oauth.clients as client $$,
  $$ select id, client from before $$,
  'what was read before stays as it is'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.record_unread_client_keys'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
