-- oauth.lease_and_introspect_token without a limit. With one it commits, which a test in a transaction cannot have: the
-- store contract covers that.

begin;
select plan(3);

insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'a@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope, is_default)
values ('https://rs.test/mcp', 'Test', '[{"name": "a:read"}]', '{a:read}', true);
insert into oauth.clients (id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types)
values ('client_a', 'registered', 'A', 'none', '{https://a.test/callback}', '{}', '{code}');
insert into oauth.token_families (id, client_id, person_id, resource, scope, expires_at)
select ('10000000-0000-4000-8000-00000000000' || n)::uuid, 'client_a', '00000000-0000-4000-8000-00000000000a',
  'https://rs.test/mcp', '{a:read}', now() + interval '1 hour'
from generate_series(1, 5) as n;
insert into oauth.refresh_tokens (token_hash, family_id, generation, expires_at)
select sha256(convert_to('token ' || right(id::text, 1), 'UTF8')), id, 1, now() + interval '1 hour'
from oauth.token_families;

create temp table answered (answer jsonb);
do $$
declare
  answer jsonb;
begin
  call oauth.lease_and_introspect_token(
    p_limit => 0, p_subject => null, p_client => row('client_a', null, null, null, null)::oauth.client_proof,
    p_token_hash => sha256('token 1'), p_jti => null, p_request_id => 'r', p_caller => null,
    answer => answer
  );
  insert into answered values (answer);
end
$$;
select is((select answer ->> 'outcome' from answered), 'active', 'it tells');
select is((select count(*) from oauth.rate_counts), 0::bigint, 'and counts nothing');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.lease_and_introspect_token'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
