-- oauth.purge_refresh_tokens: erases sealed successors that nobody may ask for any more. Rows stay with their family:
-- an old token must be recognised (RFC 9700 §4.14.2).

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
insert into oauth.token_families (id, client_id, person_id, resource, scope, expires_at) values (
  '10000000-0000-4000-8000-000000000001', 'client_a', '00000000-0000-4000-8000-00000000000a',
  'https://rs.test/mcp', '{product:read}', now() + interval '1 day'
);
insert into oauth.refresh_tokens (
  token_hash, family_id, generation, expires_at, rotated_at, successor_hash, sealed_successor, replay_until
)
select sha256(convert_to('token ' || generation, 'UTF8')), '10000000-0000-4000-8000-000000000001', generation,
  now() + interval '1 day', rotated_at, case when rotated_at is not null then sha256('successor') end, sealed,
  rotated_at + interval '30 seconds'
from (
  values
    (1, now() - interval '1 hour', null),
    (2, now() - interval '40 seconds', 'sealed two'),
    (3, now() - interval '31 seconds', 'sealed three'),
    (4, now(), 'sealed four'),
    (5, null, null)
) as token (generation, rotated_at, sealed);

create temp table before as select * from oauth.refresh_tokens;
select is(oauth.purge_refresh_tokens(1), 1::bigint, 'it takes no more than it may');
select is(oauth.purge_refresh_tokens(100), 1::bigint, 'the next run takes the rest');
select is(oauth.purge_refresh_tokens(100), 0::bigint, 'then there is nothing left to do');
select results_eq(
  $$ select generation from oauth.refresh_tokens where sealed_successor is not null $$,
  $$ values (4) $$,
  'what may still be asked for stays'
);
select bag_eq(
  $$ select to_jsonb(token) - 'sealed_successor' from oauth.refresh_tokens as token $$,
  $$ select to_jsonb(token) - 'sealed_successor' from before as token $$,
  'and nothing else of any row changes'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_refresh_tokens'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
