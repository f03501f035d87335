-- oauth.record_consent: the last consent per person, client, redirect URI and resource. It only pre-ticks the page.

begin;
select plan(8);

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
create function pg_temp.record(p_scope text[], p_person text default 'a', p_redirect text default 'https://a.test/callback')
returns void
language sql
as $$
  select oauth.record_consent(
    p_person_id => ('00000000-0000-4000-8000-00000000000' || p_person)::uuid,
    p_client_id => 'client_a',
    p_redirect_uri => p_redirect,
    p_resource => 'https://rs.test/mcp',
    p_scope => p_scope
  );
$$;
create function pg_temp.consents() returns text[] language sql as $$
  select array(
    select concat_ws(' ', right(person_id::text, 1), redirect_uri, scope) from oauth.consents
    order by person_id, redirect_uri
  );
$$;

select pg_temp.record('{product:read,product:write}');
select is(pg_temp.consents(), '{"a https://a.test/callback {product:read,product:write}"}', 'a consent is recorded');

update oauth.consents set given_at = now() - interval '1 day';
select pg_temp.record('{product:read}');
select is(pg_temp.consents(), '{"a https://a.test/callback {product:read}"}', 'the next one replaces it: less is less');
select is((select given_at >= now() from oauth.consents), true, 'with the time at which it was given');

select pg_temp.record('{product:write}', p_redirect => 'https://a.test/other');
select pg_temp.record('{product:write}', p_person => 'b');
select is(
  pg_temp.consents(),
  '{"a https://a.test/callback {product:read}","a https://a.test/other {product:write}","b https://a.test/callback {product:write}"}',
  'another redirect URI or person is another consent'
);
select throws_ok($$ select pg_temp.record('{a}', p_person => 'c') $$, '23503', null, 'nobody consents to nothing');

delete from auth.users where email = 'b@example.test';
select is((select count(*) from oauth.consents), 2::bigint, 'consents go with their person');
delete from oauth.clients;
select is((select count(*) from oauth.consents), 0::bigint, 'and with their client');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.record_consent'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
