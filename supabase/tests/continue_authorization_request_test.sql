-- oauth.continue_authorization_request: a decision becomes a code when the browser that began the request brings the
-- secret that its decider was given. A wrong browser ends it for good: it was phished, or is phishing.

begin;
select plan(21);

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
  id_hash, browser_hash, client_id, redirect_uri, registered_redirect_uri, resource, scope, state, code_challenge,
  expires_at, decision, person_id, granted_scope, continue_secret_hash, decided_at
)
select sha256(name::bytea), sha256('browser'), client, 'http://127.0.0.1:4711/callback', 'http://127.0.0.1/callback',
  'https://rs.test/mcp', '{a:read,b:read}', 'state', repeat('a', 43), now() + lifetime::interval, decision,
  '00000000-0000-4000-8000-00000000000a', case when decision = 'approve' then '{a:read}'::text[] end,
  sha256(name::bytea), now()
from (
  values
    ('good', 'client_a', '10 minutes', 'approve'),
    ('denied', 'client_a', '10 minutes', 'deny'),
    ('old', 'client_a', '-1 second', 'approve'),
    ('stolen', 'client_a', '10 minutes', 'approve'),
    ('cookieless', 'client_a', '10 minutes', 'approve'),
    ('blocked', 'client_b', '10 minutes', 'approve')
) as request (name, client, lifetime, decision);
update oauth.clients set blocked_at = now() where id = 'client_b';

create function pg_temp.continue(p_secret text, p_browser text default 'browser', p_code text default 'code')
returns jsonb
language sql
as $$
  select oauth.continue_authorization_request(
    p_continue_secret_hash => sha256(convert_to(p_secret, 'UTF8')),
    p_browser_hash => sha256(convert_to(p_browser, 'UTF8')),
    p_code_hash => sha256(convert_to(p_code, 'UTF8')),
    p_code_lifetime_seconds => 60
  );
$$;
create function pg_temp.ended() returns text[] language sql as $$
  select array(
    select name
    from unnest(array['good', 'denied', 'old', 'stolen', 'cookieless', 'blocked']) as name
    join oauth.authorization_requests on id_hash = sha256(name::bytea)
    where ended_at is not null
    order by name
  );
$$;

-- Refusals.
select is(pg_temp.continue('unknown'), '{"outcome": "not_found"}', 'an unknown secret');
select is(pg_temp.ended(), '{}', 'ends nothing');
select is(pg_temp.continue('old'), '{"outcome": "expired"}', 'a request that is too old');
select is(pg_temp.continue('stolen', 'another'), '{"outcome": "wrong_browser"}', 'a browser that did not begin it');
select is(pg_temp.continue('stolen'), '{"outcome": "already_continued"}', 'gets no second try, nor does the right one');
select is(pg_temp.continue('cookieless', null), '{"outcome": "wrong_browser"}', 'no cookie is a wrong browser');
select is(pg_temp.continue('blocked'), '{"outcome": "not_found"}', 'a client that was blocked meanwhile');
select is(pg_temp.ended(), '{blocked,cookieless,old,stolen}', 'whatever was presented is over, and nothing else');
select is_empty('table oauth.authorization_codes', 'no refusal leads to a code');

-- Denial.
select is(
  pg_temp.continue('denied'),
  '{"outcome": "denied", "redirect_uri": "http://127.0.0.1:4711/callback", "state": "state"}',
  'a denial goes to the client as asked'
);
select is_empty('table oauth.authorization_codes', 'without a code');
select is_empty('table oauth.consents', 'and is no consent');
select is(pg_temp.continue('denied'), '{"outcome": "already_continued"}', 'once');

-- Approval.
select is(
  pg_temp.continue('good'),
  '{"outcome": "approved", "redirect_uri": "http://127.0.0.1:4711/callback", "state": "state"}',
  'an approval goes to the client as asked'
);
select results_eq(
  $$
    select code_hash, client_id, person_id, redirect_uri, resource, scope, code_challenge, used_at, family_id
    from oauth.authorization_codes
  $$,
  $$
    values (
      sha256('code'), 'client_a', '00000000-0000-4000-8000-00000000000a'::uuid, 'http://127.0.0.1:4711/callback',
      'https://rs.test/mcp', '{a:read}'::text[], repeat('a', 43), null::timestamptz, null::uuid
    )
  $$,
  'with a code for what was granted, not for what was asked'
);
select is(
  (
    select expires_at between now() + interval '60 seconds' and clock_timestamp() + interval '60 seconds'
    from oauth.authorization_codes
  ),
  true,
  'that lives a minute'
);
select results_eq(
  $$ select person_id, client_id, redirect_uri, resource, scope from oauth.consents $$,
  $$
    values (
      '00000000-0000-4000-8000-00000000000a'::uuid, 'client_a', 'http://127.0.0.1/callback', 'https://rs.test/mcp',
      '{a:read}'::text[]
    )
  $$,
  'and the consent is remembered for the registered redirect URI, whatever the port was'
);
select is(
  pg_temp.continue('good', p_code => 'second'), '{"outcome": "already_continued"}', 'a reload is not another approval'
);
select is((select count(*) from oauth.authorization_codes), 1::bigint, 'and leads to no other code');

-- An undecided request has no secret: nothing can be presented for it.
insert into oauth.authorization_requests (
  id_hash, browser_hash, client_id, redirect_uri, registered_redirect_uri, resource, scope, code_challenge, expires_at
) values (
  sha256('undecided'), sha256('browser'), 'client_a', 'https://a.test/callback', 'https://a.test/callback',
  'https://rs.test/mcp', '{a:read}', repeat('a', 43), now() + interval '10 minutes'
);
select is(pg_temp.continue(null), '{"outcome": "not_found"}', 'no secret fits no request');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.continue_authorization_request'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
