-- oauth.find_client: what an isolate needs in order to check a request of this client (RFC 6749 §2).

begin;
select plan(10);

insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types
) values
  ('client_a', 'registered', 'A', 'none', null, '{https://a.test/callback}', '{authorization_code,refresh_token}', '{code}'),
  ('client_b', 'operator', 'B', 'client_secret_basic', sha256('secret'), '{https://b.test/callback}', '{authorization_code}', '{code}');

select is(
  oauth.find_client('client_a'),
  '{
    "id": "client_a",
    "verified": false, "document": null, "keys": null,
    "name": "A",
    "uri": null,
    "token_endpoint_auth_method": "none",
    "secret_hash": null,
    "redirect_uris": ["https://a.test/callback"],
    "grant_types": ["authorization_code", "refresh_token"]
  }',
  'a public client'
);
select is(
  oauth.find_client('client_b') ->> 'secret_hash',
  encode(sha256('secret'), 'base64'),
  'a confidential client comes with the hash of its secret, in one line of base64'
);

insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, jwks, jwks_uri, redirect_uris, grant_types, response_types
) values
  ('client_k', 'registered', 'K', 'private_key_jwt', '[{"kid": "1"}]', null, '{https://k.test/cb}', '{}', '{code}'),
  ('client_u', 'registered', 'U', 'private_key_jwt', null, 'https://u.test/keys', '{https://u.test/cb}', '{}', '{code}');
select is(
  oauth.find_client('client_k') -> 'keys',
  '{"list": [{"kid": "1"}], "uri": null, "is_fresh": true, "is_usable": true, "may_be_asked_for": false}',
  'keys that a client brought are always good'
);
select is(
  oauth.find_client('client_u') -> 'keys',
  '{"list": [], "uri": "https://u.test/keys", "is_fresh": false, "is_usable": false, "may_be_asked_for": true}',
  'keys that were never read are to be read'
);
create function pg_temp.keys_after(p_elapsed interval) returns jsonb language sql as $$
  update oauth.clients
  set jwks = '[{"kid": "1"}]', jwks_fetched_at = now() - p_elapsed, jwks_fresh_until = now() - p_elapsed + interval '1 hour',
      jwks_rest_until = now() - p_elapsed + interval '1 minute'
  where id = 'client_u';
  select (oauth.find_client('client_u') -> 'keys') - 'list' - 'uri';
$$;
select results_eq(
  $$ select elapsed, pg_temp.keys_after(elapsed::interval) from unnest('{1 second,2 minutes,2 hours,25 hours}'::text[]) as elapsed $$,
  $$
    values
      ('1 second', '{"is_fresh": true, "is_usable": true, "may_be_asked_for": false}'::jsonb),
      ('2 minutes', '{"is_fresh": true, "is_usable": true, "may_be_asked_for": true}'),
      ('2 hours', '{"is_fresh": false, "is_usable": true, "may_be_asked_for": true}'),
      ('25 hours', '{"is_fresh": false, "is_usable": false, "may_be_asked_for": true}')
  $$,
  'what was read is fresh as long as it was told, usable for a day, and asked for once a minute at the most'
);
select is(oauth.find_client('client_x'), null, 'an unknown client is null');
select is(oauth.find_client('CLIENT_A'), null, 'ids are compared byte for byte');
select is(oauth.find_client(null), null, 'no id, no client');

update oauth.clients set blocked_at = now() where id = 'client_a';
select is(oauth.find_client('client_a'), null, 'a blocked client is as good as unknown');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.find_client'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
