-- oauth.create_api_key: a key of the person whose account it is, for what a resource offers, twenty at once.

begin;
select plan(21);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope, is_default) values
  ('https://rs.test/mcp', 'Test', '[
    {"name": "a:read"},
    {"name": "t:write", "detail": {"type": "t", "actions": ["reserve"], "maxAmount": 10, "currency": "JPY"}}
  ]', '{a:read}', true),
  ('https://other.test/mcp', 'Other', '[{"name": "a:read"}]', '{a:read}', false);

create function pg_temp.as_person(p_person text) returns void language sql as $$
  select set_config('request.jwt.claims', jsonb_build_object('sub', '00000000-0000-4000-8000-00000000000' || p_person)::text, true);
$$;
create function pg_temp.make(
  p_id text, p_scope text[] default '{a:read}', p_resource text default 'https://rs.test/mcp', p_days integer default 30,
  p_name text default 'A key'
) returns text language sql as $$
  select oauth.create_api_key(
    p_id => 'key_' || rpad(replace(p_id, ' ', '_'), 22, '_'), p_key_hash => sha256(p_id::bytea), p_name => p_name, p_resource => p_resource,
    p_scope => p_scope, p_days => p_days
  ) ->> 'outcome';
$$;

select throws_ok($$ select pg_temp.make('nobody') $$, 'SK401', null, 'without claims there is no person to own it');
select pg_temp.as_person('a');
select is(pg_temp.make('1'), 'created', 'a key');
select is(
  (select jsonb_build_array(person_id, name, resource, scope, authorization_details, expires_at - created_at, revoked_at, last_used_at) from oauth.api_keys),
  '["00000000-0000-4000-8000-00000000000a", "A key", "https://rs.test/mcp", ["a:read"], [], "30 days", null, null]',
  'is that person''s'
);
select is((select key_hash from oauth.api_keys), sha256('1'), 'kept as its hash');
select is(
  (select jsonb_build_array(event, client_id, person_id, resource, details) from oauth.audit_events),
  jsonb_build_array('api_key_created', 'key_' || rpad('1', 22, '_'), '00000000-0000-4000-8000-00000000000a', 'https://rs.test/mcp', '{"name": "A key", "scope": ["a:read"]}'::jsonb),
  'audited once, without the key'
);
select is(pg_temp.make('2', '{t:write,a:read}', null), 'created', 'for the default resource');
select is(
  (select jsonb_build_array(resource, authorization_details) from oauth.api_keys where key_hash = sha256('2')),
  '["https://rs.test/mcp", [{"type": "t", "actions": ["reserve"], "maxAmount": 10, "currency": "JPY"}]]',
  'with the limits that its scopes have'
);
select is(pg_temp.make('3', p_resource => 'https://nowhere.test'), 'resource_unknown', 'no such resource');
select is(pg_temp.make('3', '{b:read}'), 'scope_unknown', 'no such scope');
select is(pg_temp.make('3', '{a:read,b:read}'), 'scope_unknown', 'one that does not exist among others');
select is(pg_temp.make('3', '{a:*}'), 'scope_unknown', 'a wildcard');
select is(pg_temp.make('3', '{}'), 'scope_unknown', 'no scope at all');
select is(pg_temp.make('3', null), 'scope_unknown', 'nor null');
select is(pg_temp.make('3', '{t:write}', 'https://other.test/mcp'), 'scope_unknown', 'a scope of another resource');
select throws_ok($$ select pg_temp.make('3', p_days => 367) $$, '23514', null, 'no key lives for more than a year');
select throws_ok($$ select pg_temp.make('3', p_days => 0) $$, '23514', null, 'nor not at all');
select throws_ok($$ select pg_temp.make('3', p_name => E'a\nb') $$, '23514', null, 'a name is one line');
select is((select count(*) from oauth.api_keys), 2::bigint, 'what was refused made nothing');

select is(count(*) filter (where pg_temp.make('more ' || n) = 'created'), 18::bigint, 'more of them') from generate_series(1, 18) as n;
select is(pg_temp.make('21st'), 'too_many', 'twenty live keys are enough');
update oauth.api_keys set revoked_at = now() where key_hash = sha256('1');
select is(pg_temp.make('21st'), 'created', 'of which one that is revoked is none');

select * from finish();
rollback;
