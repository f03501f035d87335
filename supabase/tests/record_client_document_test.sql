-- oauth.record_client_document: what a client's document says (draft-ietf-oauth-client-id-metadata-document).

begin;
select plan(20);

create function pg_temp.record(
  p_name text default 'App', p_uris text[] default '{https://app.test/cb}', p_method text default 'none',
  p_jwks jsonb default null, p_jwks_uri text default null
)
returns text
language sql
as $$
  select oauth.record_client_document(
    p_id => 'https://app.test/client.json', p_name => p_name,
    p_token_endpoint_auth_method => p_method, p_jwks => p_jwks, p_jwks_uri => p_jwks_uri, p_redirect_uris => p_uris,
    p_grant_types => '{authorization_code}', p_fresh_seconds => 600
  ) ->> 'outcome';
$$;
create function pg_temp.client() returns oauth.clients language sql as $$
  select * from oauth.clients where id = 'https://app.test/client.json';
$$;

select is(pg_temp.record(), 'created', 'a document that was never seen is a new client');
select is(
  (select row(origin, verified, token_endpoint_auth_method, secret_hash, uri)::text from pg_temp.client()),
  row('document', false, 'none', null::bytea, 'https://app.test/client.json')::text,
  'it is public and verified by nobody'
);
select ok((select fresh_until - fetched_at = interval '600 seconds' from pg_temp.client()), 'it is fresh for as long as it was told');
select is(pg_temp.record(), 'unchanged', 'the same document again changes nothing');

insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'a@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope) values ('https://rs.test/mcp', 'Test', '[]', '{a:read}');
create function pg_temp.consent() returns void language sql as $$
  select oauth.record_consent(
    p_person_id => '00000000-0000-4000-8000-00000000000a', p_client_id => 'https://app.test/client.json',
    p_redirect_uri => 'https://app.test/cb', p_resource => 'https://rs.test/mcp', p_scope => '{a:read}'
  );
$$;
select pg_temp.consent();
select is(pg_temp.record(), 'unchanged', 'an unchanged document');
select is((select count(*)::integer from oauth.consents), 1, 'keeps earlier consents');
select is(pg_temp.record('Other'), 'drifted', 'another name is drift');
select is((select count(*)::integer from oauth.consents), 0, 'and earlier consents no longer count');
select pg_temp.consent();
select is(pg_temp.record('Other', '{https://app.test/cb,https://evil.test/cb}'), 'drifted', 'another redirect URI is drift');
select is((select count(*)::integer from oauth.consents), 0, 'and earlier consents no longer count');

select is(
  pg_temp.record('Other', '{https://evil.test/cb,https://app.test/cb}'), 'unchanged', 'the same ones in another order are not'
);

create function pg_temp.keys(p_method text, p_jwks jsonb, p_jwks_uri text) returns text language sql as $$
  select pg_temp.record('Other', '{https://app.test/cb}', p_method, p_jwks, p_jwks_uri);
$$;
select pg_temp.record('Other');
select is(pg_temp.keys('private_key_jwt', '[{"kid": "1"}]', null), 'drifted', 'another way to prove who it is is drift');
select is(pg_temp.keys('private_key_jwt', '[{"kid": "2"}]', null), 'unchanged', 'another key in the document is hygiene');
select is((select jwks from pg_temp.client()), '[{"kid": "2"}]', 'and is taken');
select is(pg_temp.keys('private_key_jwt', null, 'https://app.test/keys'), 'drifted', 'keys elsewhere are drift');
select oauth.record_client_keys('https://app.test/client.json', 'https://app.test/keys', '[{"kid": "3"}]', 600);
select is(pg_temp.keys('private_key_jwt', null, 'https://app.test/keys'), 'unchanged', 'the same URL again changes nothing');
select is((select jwks from pg_temp.client()), '[{"kid": "3"}]', 'and keeps what was read there');
select pg_temp.keys('private_key_jwt', null, 'https://app.test/other');
select is(
  (select row(jwks, jwks_fetched_at, jwks_fresh_until)::text from pg_temp.client()),
  row(null::jsonb, null::timestamptz, null::timestamptz)::text,
  'what was read at another URL is forgotten'
);

select throws_ok(
  $$ insert into oauth.clients (id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types)
     values ('https://app.test/other.json', 'registered', 'X', 'none', '{}', '{}', '{code}') $$,
  '23514', null, 'nobody registers under a URL'
);
select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.record_client_document'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only the oauth function may execute it'
);

select * from finish();
rollback;
