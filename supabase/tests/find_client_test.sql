-- oauth.find_client: what an isolate needs in order to check a request of this client (RFC 6749 §2).

begin;
select plan(7);

insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types
) values
  ('client_a', 'registered', 'A', 'none', null, '{https://a.test/callback}', '{authorization_code,refresh_token}', '{code}'),
  ('client_b', 'operator', 'B', 'client_secret_basic', sha256('secret'), '{https://b.test/callback}', '{authorization_code}', '{code}');

select is(
  oauth.find_client('client_a'),
  '{
    "id": "client_a",
    "verified": false, "document": null,
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
