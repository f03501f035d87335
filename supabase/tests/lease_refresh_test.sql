-- oauth.lease_refresh: refreshes are counted by family, so that one client id may stand for thousands of people.

begin;
select plan(9);

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

insert into oauth.refresh_tokens (token_hash, family_id, generation, expires_at, rotated_at, successor_hash)
select sha256('older'), id, 0, now(), now(), sha256('token 1') from oauth.token_families where id::text like '%1';
create function pg_temp.lease(p_token text, p_client_id text default 'client_a') returns integer language sql as $$
  select oauth.lease_refresh(
    p_client_id => p_client_id, p_token_hash => sha256(convert_to(p_token, 'UTF8')), p_limit => 2
  );
$$;
select is(pg_temp.lease('token 1'), null, 'the first of two');
select is(pg_temp.lease('older'), null, 'another generation of the family is the second');
select ok(pg_temp.lease('token 1') between 3540 and 3660, 'the third has to wait for about an hour');
select is(pg_temp.lease('token 2'), null, 'another family of the same person and client does not');

create temp table counted as select count(*) as rows from oauth.rate_counts;
select is(pg_temp.lease('token 3', 'client_b'), null, 'a token in other hands');
select is(pg_temp.lease('unknown'), null, 'an unknown token');
update oauth.token_families set revoked_at = now(), revoked_because = 'test' where id::text like '%1';
select is(pg_temp.lease('token 1'), null, 'and one of a dead family');
select is((select count(*) from oauth.rate_counts), (select rows from counted), 'count for nothing');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.lease_refresh'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
