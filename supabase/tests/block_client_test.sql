-- oauth.block_client: while a client is blocked it gets nothing.

begin;
select plan(6);

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

select is(oauth.block_client('nobody'), false, 'nobody of this id');
select is(oauth.block_client('client_a'), true, 'it is done');
select is(oauth.block_client('client_a'), false, 'once');
select results_eq(
  $$ select id, blocked_at is not null from oauth.clients where id like 'client\_%' order by id $$,
  $$ values ('client_a', true), ('client_b', false) $$,
  'to this one only'
);
select results_eq(
  $$ select event, client_id from oauth.audit_events $$,
  $$ values ('client_blocked', 'client_a') $$,
  'and told once'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.block_client'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
