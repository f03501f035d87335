-- oauth.find_live_access_token: an unknown, expired or revoked jti is dead whatever the signature says (RFC 9068).

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
insert into oauth.token_families (id, client_id, person_id, resource, scope, expires_at) values (
  '10000000-0000-4000-8000-000000000001', 'client_a', '00000000-0000-4000-8000-00000000000a',
  'https://rs.test/mcp', '{product:read}', now() + interval '1 day'
);
insert into oauth.access_tokens (jti, family_id, client_id, person_id, resource, scope, expires_at) values
  (
    rpad('person', 22, '_'), '10000000-0000-4000-8000-000000000001', 'client_a',
    '00000000-0000-4000-8000-00000000000a', 'https://rs.test/mcp', '{product:read}', now() + interval '15 minutes'
  ),
  (
    rpad('service', 22, '_'), null, 'client_b', null, 'https://rs.test/mcp', '{product:read}',
    now() + interval '15 minutes'
  );

create function pg_temp.found(p_jti text, p_resource text default 'https://rs.test/mcp')
returns setof text
language sql
as $$
  select rtrim(jti, '_') from oauth.find_live_access_token(p_jti => rpad(p_jti, 22, '_'), p_resource => p_resource);
$$;
-- Applies a change, looks, and takes the change back.
create function pg_temp.found_after(p_change text) returns boolean language plpgsql as $$
declare
  v_found boolean;
begin
  execute p_change;
  v_found := exists (select from pg_temp.found('person'));
  raise exception using errcode = 'UNDO1', message = v_found::text;
exception
  when sqlstate 'UNDO1' then
    return sqlerrm::boolean;
end
$$;

select is(array(select pg_temp.found('person')), '{person}', 'a token of a person is found');
select is(array(select pg_temp.found('service')), '{service}', 'a service token, which has no family, is found');
select is_empty($$ select pg_temp.found('unknown') $$, 'an unknown jti is dead');
select is_empty($$ select pg_temp.found('person', 'https://other.test/mcp') $$, 'a token is dead at another resource');
select is_empty($$ select pg_temp.found('person', 'https://rs.test/mcp/') $$, 'resources are compared byte for byte');
select is_empty($$ select pg_temp.found('person', null) $$, 'and nowhere is another resource');

select is(pg_temp.found_after('select'), true, 'with nothing changed it lives');
select is(
  pg_temp.found_after('update oauth.clients set blocked_at = clock_timestamp()'), false, 'it dies when its client is blocked'
);
select is(
  pg_temp.found_after('update oauth.access_tokens set expires_at = clock_timestamp()'), false, 'it dies at its expiry'
);
select is(pg_temp.found_after('update oauth.access_tokens set revoked_at = now()'), false, 'it can be revoked alone');
select is(
  pg_temp.found_after($$ select oauth.revoke_token_family('10000000-0000-4000-8000-000000000001', 'test') $$),
  false,
  'it dies with its family'
);
select is(pg_temp.found_after($$ select oauth.revoke_signing_key('base') $$), false, 'it dies with its key');
select is(pg_temp.found_after('delete from oauth.signing_keys'), false, 'a token of no key is dead');
select is(pg_temp.found_after('update auth.users set deleted_at = now()'), false, 'it dies with its person');
select is(
  pg_temp.found_after($$ update auth.users set banned_until = now() + interval '1 hour' $$),
  false,
  'it is dead while its person is banned'
);
select is(pg_temp.found_after('delete from auth.users'), false, 'it goes with its person');
select is(pg_temp.found_after('delete from oauth.clients'), false, 'it goes with its client');
select is(pg_temp.found_after('delete from oauth.resources'), false, 'it goes with its resource');

select throws_ok(
  $$ update oauth.access_tokens set jti = 'short' where person_id is null $$, '23514', null, 'a jti has 128 bits'
);
select throws_ok(
  $$ update oauth.access_tokens set family_id = null where person_id is not null $$,
  '23514', null, 'a token for a person belongs to a family'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.find_live_access_token'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
