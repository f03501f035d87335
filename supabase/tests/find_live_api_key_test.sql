-- oauth.find_live_api_key: good at its own resource, until it is revoked or over or its person is.

begin;
select plan(8);

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

create function pg_temp.found(p_name text, p_resource text default 'https://rs.test/mcp') returns text language sql as $$
  select name from oauth.find_live_api_key(p_key_hash => sha256(p_name::bytea), p_resource => p_resource);
$$;

select is(pg_temp.found('one'), 'one', 'a live key');
select is(pg_temp.found('unknown'), null, 'one that never was');
select is(pg_temp.found('one', 'https://other.test/mcp'), null, 'at another resource');
select is(pg_temp.found('old'), null, 'one that is over');
select is(pg_temp.found('gone'), null, 'one that was revoked');
update auth.users set banned_until = now() + interval '1 hour' where email = 'a@example.test';
select is(pg_temp.found('one'), null, 'of a banned person');
select is(pg_temp.found('other'), 'other', 'not of others');
delete from auth.users where email = 'b@example.test';
select is((select count(*) from oauth.api_keys where name = 'other'), 0::bigint, 'it goes with its person');

select * from finish();
rollback;
