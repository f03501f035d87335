-- oauth.assume_api_key: the claims of a tool's transaction come from the key's own row, or it aborts.

begin;
select plan(5);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope, is_default) values
  ('https://rs.test/mcp', 'Test', '[
    {"name": "a:read"},
    {"name": "t:write", "detail": {"type": "t", "actions": ["reserve"], "maxAmount": 10, "currency": "JPY"}}
  ]', '{a:read}', true),
  ('https://other.test/mcp', 'Other', '[{"name": "a:read"}]', '{a:read}', false);
insert into oauth.api_keys (id, key_hash, person_id, name, resource, scope, authorization_details, created_at, expires_at, revoked_at)
select
  'key_' || rpad(name, 22, '_'), sha256(name::bytea), ('00000000-0000-4000-8000-00000000000' || person)::uuid, name,
  'https://rs.test/mcp', '{a:read}', '[]', now() - interval '2 days', now() + ends, revoked
from (values
  ('one', 'a', interval '1 day', null), ('two', 'a', interval '1 day', null), ('old', 'a', interval '-1 second', null),
  ('gone', 'a', interval '1 day', now()), ('other', 'b', interval '1 day', null)
) as key (name, person, ends, revoked);

select throws_ok($$ select oauth.assume_api_key(sha256('unknown'), 'https://rs.test/mcp') $$, 'SK401', null, 'an unknown key aborts');
select throws_ok($$ select oauth.assume_api_key(sha256('gone'), 'https://rs.test/mcp') $$, 'SK401', null, 'so does a revoked one');
select oauth.assume_api_key(sha256('one'), 'https://rs.test/mcp');
select is(
  current_setting('request.jwt.claims')::jsonb,
  jsonb_build_object(
    'sub', '00000000-0000-4000-8000-00000000000a', 'client_id', 'key_' || rpad('one', 22, '_'), 'scope', 'a:read',
    'resource', 'https://rs.test/mcp', 'authorization_details', '[]'::jsonb
  ),
  'a live one says whose it is and what it may'
);
select is(access.has_scope('a:read'), true, 'which schema access reads');
select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.assume_api_key'::regproc and grantee <> proowner
  ),
  '{sekisho_mcp}',
  'only sekisho_mcp may execute it'
);

select * from finish();
rollback;
