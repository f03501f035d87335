-- oauth.live_tokens: who holds what at this moment.

begin;
select plan(4);

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
insert into oauth.token_families (id, client_id, person_id, resource, scope, expires_at, revoked_at, revoked_because)
select
  format('10000000-0000-4000-8000-00000000000%s', number)::uuid, client,
  format('00000000-0000-4000-8000-00000000000%s', person)::uuid, 'https://rs.test/mcp', '{product:read,product:write}',
  now() + lifetime, case when because is not null then now() end, because
from (values
  (1, 'client_a', 'a', interval '1 day', null),
  (2, 'client_a', 'a', '-1 day', null),
  (3, 'client_a', 'a', '1 day', 'a reason'),
  (4, 'client_b', 'b', '1 day', null)
) as family (number, client, person, lifetime, because);
insert into oauth.access_tokens (jti, client_id, resource, scope, expires_at)
values
  (rpad('live', 22, '_'), 'client_b', 'https://rs.test/mcp', '{product:read}', now() + interval '1 hour'),
  (rpad('expired', 22, '_'), 'client_b', 'https://rs.test/mcp', '{product:read}', now() - interval '1 hour');

create function pg_temp.held() returns text language sql as $$
  select string_agg(concat_ws(' ', right(family_id::text, 1), person, client_id, client, resource, scope), '; ' order by family_id)
  from oauth.live_tokens;
$$;
select is(
  pg_temp.held(),
  '1 a@example.test client_a A https://rs.test/mcp product:read product:write; '
    || '4 b@example.test client_b B https://rs.test/mcp product:read product:write; '
    || 'client_b B https://rs.test/mcp product:read',
  'neither what expired nor what was revoked'
);
update auth.users set banned_until = now() + interval '1 hour' where email = 'a@example.test';
select matches(pg_temp.held(), '^4 b@example.test', 'nothing of a person who is banned');
update oauth.clients set blocked_at = now() where id = 'client_b';
select is(pg_temp.held(), null, 'nor of a client that is blocked');
select is(
  (select array_agg(distinct grantee::regrole::text) from pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner)))
   where pg_class.oid = 'oauth.live_tokens'::regclass and grantee <> relowner),
  null, 'only its owner reads it'
);

select * from finish();
rollback;
