-- oauth.decide_authorization_request: a person's decision, once, over no more than was asked (RFC 6749 §3.3).

begin;
select plan(28);

insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-00000000000a', 'a@example.test'),
  ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope) values
  ('https://rs.test/mcp', 'Test', '[]', '{product:read}');
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, secret_hash, redirect_uris, grant_types, response_types
) values
  ('client_a', 'registered', 'A', 'none', null, '{https://a.test/callback}', '{authorization_code,refresh_token}', '{code}'),
  ('client_b', 'operator', 'B', 'client_secret_basic', sha256('secret'), '{https://b.test/callback}', '{authorization_code}', '{code}');
insert into oauth.authorization_requests (
  id_hash, browser_hash, client_id, redirect_uri, registered_redirect_uri, resource, scope, code_challenge, expires_at
)
select sha256(name::bytea), sha256('browser'), 'client_a', 'https://a.test/callback', 'https://a.test/callback',
  'https://rs.test/mcp', '{a:read,b:read,c:read}', repeat('a', 43), now() + lifetime::interval
from (
  values ('one', '10 minutes'), ('two', '10 minutes'), ('old', '-1 second'), ('over', '10 minutes')
) as request (name, lifetime);
update oauth.authorization_requests set ended_at = now() where id_hash = sha256('over');
update auth.users set banned_until = now() + interval '1 day' where email = 'b@example.test';

create function pg_temp.decide(
  p_id text,
  p_scope text[] default '{a:read}',
  p_decision text default 'approve',
  p_person text default 'a',
  p_secret text default 'secret',
  p_details jsonb default null
)
returns text
language sql
as $$
  select oauth.decide_authorization_request(
    p_id_hash => sha256(convert_to(p_id, 'UTF8')),
    p_person_id => ('00000000-0000-4000-8000-00000000000' || p_person)::uuid,
    p_decision => p_decision,
    p_scope => p_scope,
    p_authorization_details => p_details,
    p_continue_secret_hash => sha256(convert_to(p_secret, 'UTF8'))
  ) ->> 'outcome';
$$;
create function pg_temp.request(p_id text) returns jsonb language sql as $$
  select to_jsonb(request) - array['created_at', 'expires_at', 'decided_at', 'continue_secret_hash']
  from oauth.authorization_requests as request
  where id_hash = sha256(convert_to(p_id, 'UTF8'));
$$;

-- Refusals.
create temp table before as select * from oauth.authorization_requests;
select is(pg_temp.decide('unknown'), 'not_found', 'an unknown id');
select is(pg_temp.decide('old'), 'expired', 'a request that is too old');
select is(pg_temp.decide('over'), 'already_decided', 'one that has ended');
select is(pg_temp.decide('one', p_person => 'b'), 'person_inactive', 'a banned person');
select is(pg_temp.decide('one', p_person => 'e'), 'person_inactive', 'a person who is gone');
select is(pg_temp.decide('one', '{}'), 'scope_empty', 'to approve nothing is no approval');
select is(pg_temp.decide('one', null), 'scope_empty', 'nor is it to approve without a list');
select is(pg_temp.decide('one', '{a:read,d:read}'), 'scope_not_requested', 'more than was asked');
select is(pg_temp.decide('one', '{A:READ}'), 'scope_not_requested', 'scopes are compared byte for byte');
select is(pg_temp.decide('one', '{a:read,null}'), 'scope_not_requested', 'null is no scope');
select throws_ok($$ select pg_temp.decide('one', p_decision => 'maybe') $$, '23514', null, 'no unknown decision');
select throws_ok($$ select pg_temp.decide('one', p_decision => null) $$, '23514', null, 'nor none');
select bag_eq('table oauth.authorization_requests', 'table before', 'no refusal changes anything');

-- Approval.
select is(pg_temp.decide('one', '{c:read,a:read,c:read}'), 'decided', 'part of what was asked may be approved');
select is(
  pg_temp.request('one') - 'id_hash' - 'browser_hash' - 'code_challenge',
  '{
    "client_id": "client_a",
    "redirect_uri": "https://a.test/callback",
    "registered_redirect_uri": "https://a.test/callback",
    "resource": "https://rs.test/mcp",
    "scope": ["a:read", "b:read", "c:read"],
    "state": null,
    "decision": "approve",
    "person_id": "00000000-0000-4000-8000-00000000000a",
    "granted_scope": ["a:read", "c:read"],
    "authorization_details": [],
    "granted_details": [],
    "ended_at": null
  }',
  'in the order asked, each once; nothing else changes'
);
select results_eq(
  $$
    select continue_secret_hash, decided_at between now() and clock_timestamp()
    from oauth.authorization_requests
    where id_hash = sha256('one')
  $$,
  $$ values (sha256('secret'), true) $$,
  'with the hash of the secret that continues it'
);

-- Once.
create temp table decided as select * from oauth.authorization_requests;
select is(pg_temp.decide('one', p_secret => 'other'), 'already_decided', 'a second decision');
select is(pg_temp.decide('one', p_decision => 'deny', p_secret => 'other'), 'already_decided', 'is not a change of mind');
select is(pg_temp.decide('one', '{}', p_person => 'b'), 'already_decided', 'and not for others to know more about');
select bag_eq('table oauth.authorization_requests', 'table decided', 'the first decision stays, its secret too');

-- Refusal by the person.
select throws_ok($$ select pg_temp.decide('two') $$, '23505', null, 'a secret continues one request');
select is(pg_temp.decide('two', '{}', 'deny', p_secret => 'second'), 'decided', 'to deny takes no scope');
select is(
  pg_temp.request('two') -> 'granted_scope', 'null', 'a denial grants nothing'
);
select is(
  (select count(*) from oauth.authorization_codes) + (select count(*) from oauth.consents),
  0::bigint,
  'a decision is not yet a code, nor a consent carried through'
);

-- What no caller could write, whatever the function did.
select throws_ok(
  $$ update oauth.authorization_requests set granted_scope = '{d:read}' where decision = 'approve' $$,
  '23514', null, 'an approval grants part of what was asked'
);
select throws_ok(
  $$ update oauth.authorization_requests set granted_scope = null where decision = 'approve' $$,
  '23514', null, 'and not nothing'
);
select throws_ok(
  $$ update oauth.authorization_requests set person_id = null where decision = 'approve' $$,
  '23514', null, 'a decision is somebody''s'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.decide_authorization_request'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
