-- oauth.revoke_api_key: a key of the person whose account it is.

begin;
select plan(6);

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

create function pg_temp.live() returns text language sql as $$
  select string_agg(name, ' ' order by name) from oauth.api_keys where revoked_at is null;
$$;

select throws_ok($$ select oauth.revoke_api_key('key_' || rpad('one', 22, '_')) $$, 'SK401', null, 'without claims there is no person');
select set_config('request.jwt.claims', '{"sub": "00000000-0000-4000-8000-00000000000a"}', true);
select throws_ok($$ select oauth.revoke_api_key(null) $$, 'SK401', null, 'null is not every key');
select oauth.revoke_api_key('key_' || rpad('other', 22, '_'));
select is(pg_temp.live(), 'old one other two', 'nobody else''s');
select oauth.revoke_api_key('key_' || rpad('one', 22, '_'));
select is(pg_temp.live(), 'old other two', 'their own');
select oauth.revoke_api_key('key_' || rpad('one', 22, '_'));
select is((select count(*) from oauth.audit_events), 1::bigint, 'again it changes nothing');
select is((select details ->> 'because' from oauth.audit_events), 'revoked by the person', 'and the trail says who');

select * from finish();
rollback;
