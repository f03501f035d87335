-- oauth.find_authorization_request: what the consent page shows. It says nothing about a request that is over.

begin;
select plan(11);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types
) values
  ('client_a', 'registered', 'A', 'none', null, '{https://a.test/callback}', '{authorization_code,refresh_token}', '{code}'),
  ('client_b', 'operator', 'B', 'client_secret_basic', sha256('secret'), '{https://b.test/callback}', '{authorization_code}', '{code}');
insert into oauth.resources (identifier, name, scopes, default_scope) values
  ('https://rs.test/mcp', 'Test', '[{"name": "product:read"}]', '{product:read}');
insert into oauth.authorization_requests (
  id_hash, browser_hash, client_id, redirect_uri, registered_redirect_uri, resource, scope, code_challenge, expires_at
) values (
  sha256('id'), sha256('browser'), 'client_a', 'https://a.test/callback', 'https://a.test/callback',
  'https://rs.test/mcp', '{product:read,product:write}', repeat('a', 43), now() + interval '10 minutes'
);

create function pg_temp.find(p_id text default 'id', p_person text default 'a') returns jsonb language sql as $$
  select oauth.find_authorization_request(
    p_id_hash => sha256(convert_to(p_id, 'UTF8')),
    p_person_id => ('00000000-0000-4000-8000-00000000000' || p_person)::uuid
  );
$$;

select is(
  pg_temp.find(),
  '{
    "outcome": "found",
    "client": {"id": "client_a", "name": "A", "uri": null, "verified": false, "name_is_borrowed": false},
    "redirect_uri": "https://a.test/callback",
    "resource": "https://rs.test/mcp", "authorization_details": [],
    "scope": ["product:read", "product:write"],
    "resource_scopes": [{"name": "product:read"}],
    "earlier_scope": []
  }',
  'who asks, for what, and where the answer will go'
);
select is(pg_temp.find('other'), '{"outcome": "not_found"}', 'an unknown id');
select is(pg_temp.find(p_person => 'e'), '{"outcome": "person_inactive"}', 'a person who is gone');

select oauth.record_consent(
  ('00000000-0000-4000-8000-00000000000' || person)::uuid, 'client_a', redirect, 'https://rs.test/mcp', scope
)
from (
  values
    ('b', 'https://a.test/callback', '{product:write}'::text[]),
    ('a', 'https://a.test/another', '{product:write}'),
    ('a', 'https://a.test/callback', '{product:read}')
) as consent (person, redirect, scope);
select is(pg_temp.find() -> 'earlier_scope', '["product:read"]', 'an earlier consent, of this person and redirect URI');

update auth.users set banned_until = now() + interval '1 day' where email = 'b@example.test';
select is(pg_temp.find(p_person => 'b'), '{"outcome": "person_inactive"}', 'a banned person');

savepoint whole;
update oauth.clients set blocked_at = now();
select is(pg_temp.find(), '{"outcome": "not_found"}', 'a client that was blocked meanwhile');
rollback to whole;
update oauth.authorization_requests set expires_at = clock_timestamp();
select is(pg_temp.find(), '{"outcome": "expired"}', 'a request that is too old');
update oauth.authorization_requests set ended_at = now();
select is(pg_temp.find(), '{"outcome": "already_decided"}', 'one that has ended');
rollback to whole;
select oauth.decide_authorization_request(
  sha256('id'), '00000000-0000-4000-8000-00000000000a', 'deny', null, null, sha256('secret')
);
select is(pg_temp.find(), '{"outcome": "already_decided"}', 'one that was decided');
select is(pg_temp.find(p_person => 'e'), '{"outcome": "already_decided"}', 'for whomever asks');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.find_authorization_request'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
