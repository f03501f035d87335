-- oauth.flag_borrowed_name: the audit trail tells of whoever comes with a name that is not their own.

begin;
select plan(4);

select oauth.create_client(
  p_id => id, p_name => name, p_uri => null, p_application_type => 'web', p_token_endpoint_auth_method => 'none',
  p_secret_hash => null, p_jwks => null, p_jwks_uri => null, p_redirect_uris => '{https://evil.test/callback}',
  p_grant_types => '{authorization_code}', p_response_types => '{code}', p_scope => null,
  p_registration_token_hash => null, p_address => null, p_limit => 0
)
from (values ('client_a', 'Claude'), ('client_b', 'Shop helper')) as asked (id, name);

create function pg_temp.flagged(p_client_id text) returns bigint language sql as $$
  select count(*) from oauth.audit_log where event = 'client_name_borrowed' and client_id = p_client_id;
$$;
select is(pg_temp.flagged('client_a'), 1::bigint, 'a registration with a known name');
select is(pg_temp.flagged('client_b'), 0::bigint, 'one with a name of its own');

create function pg_temp.read(p_name text) returns jsonb language sql as $$
  select oauth.record_client_document(
    p_id => 'https://evil.test/client.json', p_name => p_name, p_token_endpoint_auth_method => 'none', p_jwks => null,
    p_jwks_uri => null, p_redirect_uris => '{https://evil.test/callback}', p_grant_types => '{authorization_code}',
    p_fresh_seconds => 600
  );
$$;
select pg_temp.read(name) from unnest(array['ChatGPT', 'ChatGPT']) as name;
select is(pg_temp.flagged('https://evil.test/client.json'), 1::bigint, 'a document with one, once');
select pg_temp.read(name) from unnest(array['Shop helper', 'Claude']) as name;
select is(pg_temp.flagged('https://evil.test/client.json'), 2::bigint, 'and one that takes it later');

select * from finish();
rollback;
