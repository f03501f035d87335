-- oauth.lease_calls_of_api_key: alive, whose, what for, and how many calls of its person's.

begin;
select plan(9);

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
delete from oauth.signing_keys;
select oauth.create_signing_key('kid', '{"kty": "EC"}', 'sealed', 'test', 90);

create function pg_temp.lease(p_name text, p_limit integer default 3) returns jsonb language sql as $$
  select oauth.lease_calls_of_api_key(
    p_key_hash => sha256(p_name::bytea), p_resource => 'https://rs.test/mcp', p_limit => p_limit, p_wanted => 10,
    p_returned => 0, p_returned_minute => 0
  );
$$;

select is(pg_temp.lease('unknown'), '{"outcome": "dead", "keys": [{"kty": "EC"}]}', 'an unknown key is dead');
select is(pg_temp.lease('gone') ->> 'outcome', 'dead', 'and so is a revoked one');
select is(pg_temp.lease('one') ->> 'leased', '1', 'a live one gets a lease');
select is(
  pg_temp.lease('two') -> 'holder',
  jsonb_build_object(
    'id', 'key_' || rpad('two', 22, '_'), 'person_id', '00000000-0000-4000-8000-00000000000a', 'scope', '["a:read"]'::jsonb,
    'expires_at', floor(extract(epoch from now() + interval '1 day'))
  ),
  'and says whose it is and what it may'
);
select is(pg_temp.lease('one') ->> 'leased', '1', 'its person''s keys take from the same calls');
select is(pg_temp.lease('two') ->> 'outcome', 'limited', 'until there are none');
select is(pg_temp.lease('other') ->> 'outcome', 'leased', 'another person has others');
select is(pg_temp.lease('two', 0) ->> 'leased', '10', 'without a limit there is none');
select ok((select last_used_at is not null from oauth.api_keys where name = 'one'), 'when it was last used is remembered');

select * from finish();
rollback;
