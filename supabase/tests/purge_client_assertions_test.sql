-- oauth.purge_client_assertions: an assertion that has expired cannot be used again, and its row is no longer needed.

begin;
select plan(4);

insert into oauth.clients (id, origin, name, token_endpoint_auth_method, jwks, redirect_uris, grant_types, response_types)
values ('client_k', 'operator', 'K', 'private_key_jwt', '[{"kid": "1"}]', '{}', '{}', '{code}');
insert into oauth.client_assertions (client_id, jti_hash, expires_at)
select 'client_k', sha256(age::bytea), now() - age::interval from unnest('{-1 minute,1 second,1 hour}'::text[]) as age;

select is(oauth.purge_client_assertions(1), 1::bigint, 'it removes as many as it may');
select is(oauth.purge_client_assertions(10), 1::bigint, 'and the rest the next time');
select results_eq(
  'select jti_hash from oauth.client_assertions', $$ values (sha256('-1 minute')) $$, 'what could still be used stays'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_client_assertions'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
