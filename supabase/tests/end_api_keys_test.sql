-- oauth.end_api_keys: one key of a person, or all, and of nobody else.

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

select is(oauth.end_api_keys('00000000-0000-4000-8000-00000000000a', 'why', 'key_' || rpad('other', 22, '_')), 0, 'no key of somebody else');
select is(oauth.end_api_keys('00000000-0000-4000-8000-00000000000a', 'why', 'key_' || rpad('one', 22, '_')), 1, 'one of their own');
select is(pg_temp.live(), 'old other two', 'is over');
select is(oauth.end_api_keys('00000000-0000-4000-8000-00000000000a', 'why'), 1, 'the rest: what is over already is not ended again');
select is(pg_temp.live(), 'old other', 'and nobody else''s');
select is(
  (select jsonb_agg(jsonb_build_array(event, person_id, details) order by id) from oauth.audit_events),
  '[["api_key_revoked", "00000000-0000-4000-8000-00000000000a", {"name": "one", "because": "why"}],
    ["api_key_revoked", "00000000-0000-4000-8000-00000000000a", {"name": "two", "because": "why"}]]',
  'each audited once'
);

select * from finish();
rollback;
