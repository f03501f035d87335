-- oauth.record_client_keys: what a client's jwks_uri answered (RFC 7591 §2).

begin;
select plan(9);

insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, jwks, jwks_uri, redirect_uris, grant_types, response_types
) values
  ('client_u', 'registered', 'U', 'private_key_jwt', null, 'https://u.test/keys', '{}', '{}', '{code}'),
  ('client_k', 'registered', 'K', 'private_key_jwt', '[{"kid": "own"}]', null, '{}', '{}', '{code}');

create function pg_temp.record(p_jwks jsonb, p_id text default 'client_u', p_uri text default 'https://u.test/keys')
returns text
language sql
as $$
  select oauth.record_client_keys(p_id => p_id, p_jwks_uri => p_uri, p_jwks => p_jwks, p_fresh_seconds => 600) ->> 'outcome';
$$;

select is(pg_temp.record('[{"kid": "1"}]'), 'recorded', 'what was read at the URL of the client');
select is(
  (
    select row(jwks, jwks_fresh_until - jwks_fetched_at, jwks_rest_until - jwks_fetched_at)::text
    from oauth.clients
    where id = 'client_u'
  ),
  row('[{"kid": "1"}]'::jsonb, interval '10 minutes', interval '1 minute')::text,
  'is kept with its age, and the URL left alone for a minute'
);
select is(pg_temp.record('[{"kid": "2"}]', p_uri => 'https://u.test/old'), 'client_changed', 'another URL is not the client''s any more');
select is(pg_temp.record('[{"kid": "2"}]', 'client_k'), 'client_changed', 'a client that brought its keys has no URL');
select is(
  (select jsonb_object_agg(id, jwks) from oauth.clients where id in ('client_u', 'client_k')),
  '{"client_u": [{"kid": "1"}], "client_k": [{"kid": "own"}]}',
  'and nothing of that is kept'
);
select throws_ok($$ select pg_temp.record('[{"kid": "1", "d": "x"}]') $$, '23514', null, 'a private key is never kept');

select is(pg_temp.record('[{"kid": "1"}]') || ' ' || pg_temp.record('[{"kid": "3"}]'), 'recorded recorded', 'the same, and others');
select results_eq(
  $$ select event, client_id from oauth.audit_events $$,
  $$ values ('client_keys_changed', 'client_u') $$,
  'only the others are told to the audit trail'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.record_client_keys'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
