-- From request to token: authorization details (RFC 9396) are completed, narrowed by the person, and reach the tool's claims.

begin;
select plan(14);

insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'a@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope) values (
  'https://rs.test/mcp', 'Test',
  '[
    {"name": "t:read"},
    {"name": "t:write", "detail": {"type": "ticket", "actions": ["reserve", "cancel"], "maxAmount": 100, "currency": "JPY"}}
  ]',
  '{t:read}'
);
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types
) values (
  'client_a', 'registered', 'A', 'none', '{https://a.test/callback}', '{authorization_code,refresh_token}', '{code}'
);
create function pg_temp.ticket(p_amount integer) returns jsonb language sql as $$
  select jsonb_build_array(jsonb_build_object(
    'type', 'ticket', 'actions', jsonb '["reserve", "cancel"]', 'maxAmount', p_amount, 'currency', 'JPY'
  ));
$$;
create function pg_temp.request(p_id text, p_scope text[], p_details jsonb default '[]') returns jsonb language sql as $$
  select oauth.create_authorization_request(
    p_id_hash => sha256(p_id::bytea), p_browser_hash => sha256('browser'), p_client_id => 'client_a',
    p_redirect_uri => 'https://a.test/callback', p_registered_redirect_uri => 'https://a.test/callback',
    p_resource => 'https://rs.test/mcp', p_scope => p_scope, p_authorization_details => p_details, p_state => null,
    p_code_challenge => repeat('a', 43), p_lifetime_seconds => 600
  );
  select jsonb_build_array(scope, authorization_details)
  from oauth.authorization_requests
  where id_hash = sha256(p_id::bytea);
$$;
create function pg_temp.decide(p_id text, p_scope text[], p_details jsonb) returns text language sql as $$
  select oauth.decide_authorization_request(
    p_id_hash => sha256(p_id::bytea), p_person_id => '00000000-0000-4000-8000-00000000000a', p_decision => 'approve',
    p_scope => p_scope, p_authorization_details => p_details, p_continue_secret_hash => sha256(('secret ' || p_id)::bytea)
  ) ->> 'outcome';
$$;
create function pg_temp.granted(p_id text) returns jsonb language sql as $$
  select granted_details from oauth.authorization_requests where id_hash = sha256(p_id::bytea);
$$;

select is(pg_temp.request('read', '{t:read}'), '[["t:read"], []]', 'a scope without limits has no detail');
select is(
  pg_temp.request('default', '{t:read,t:write}'),
  jsonb_build_array(jsonb '["t:read", "t:write"]', pg_temp.ticket(100)),
  'a limited scope brings the default'
);
select is(
  pg_temp.request('asked', '{t:read}', pg_temp.ticket(7)),
  jsonb_build_array(jsonb '["t:read", "t:write"]', pg_temp.ticket(7)),
  'a detail brings its scope'
);
select is(
  pg_temp.request('alone', '{}', pg_temp.ticket(500)),
  jsonb_build_array(jsonb '["t:write"]', pg_temp.ticket(500)),
  'and alone it is all that is asked: the person will see how much'
);

select is(pg_temp.decide('asked', '{t:write}', pg_temp.ticket(8)), 'details_not_requested', 'more than was asked');
select is(pg_temp.granted('asked'), '[]', 'is not recorded');
select is(pg_temp.decide('asked', '{t:read,t:write}', pg_temp.ticket(5)), 'decided', 'less may be given');
select is(pg_temp.granted('asked'), pg_temp.ticket(5), 'and is what is granted');
select is(pg_temp.decide('default', '{t:read}', null), 'decided', 'a limited scope may be kept back');
select is(pg_temp.granted('default'), '[]', 'and then its detail is nothing');
select is(pg_temp.decide('alone', '{t:write}', null), 'decided', 'no details chosen');
select is(pg_temp.granted('alone'), pg_temp.ticket(500), 'are as asked');

select oauth.continue_authorization_request(sha256('secret asked'), sha256('browser'), sha256('code'), 60);
select is(
  oauth.redeem_authorization_code(
    p_code_hash => sha256('code'), p_client => row('client_a', null, null, null, null)::oauth.client_proof,
    p_redirect_uri => null, p_code_challenge => repeat('a', 43), p_resource => null, p_replay_seconds => 10,
    p_jti => rpad('jti', 22, '_'), p_access_token_seconds => 900, p_refresh_token_hash => sha256('refresh'),
    p_refresh_token_seconds => 3600
  ) -> 'authorization_details',
  pg_temp.ticket(5),
  'the token says what was granted'
);
select oauth.assume_access_token(rpad('jti', 22, '_'), 'https://rs.test/mcp');
select is(access.claims() -> 'authorization_details', pg_temp.ticket(5), 'and so do the claims of its tools');

select * from finish();
rollback;
