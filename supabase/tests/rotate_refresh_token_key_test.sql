-- oauth.rotate_refresh_token and oauth.redeem_authorization_code for clients with keys: a family that a key began, or
-- once refreshed, is refreshed by nothing less, whatever the client's document says later.

begin;
select plan(11);

insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'a@example.test');
insert into oauth.resources (identifier, name, scopes, default_scope) values
  ('https://rs.test/mcp', 'Test', '[]', '{product:read}');
insert into oauth.clients (
  id, origin, name, token_endpoint_auth_method, jwks, redirect_uris, grant_types, response_types, fetched_at, fresh_until
) values (
  'https://k.test/client.json', 'document', 'K', 'private_key_jwt', '[{"kid": "1"}]', '{https://k.test/callback}',
  '{authorization_code,refresh_token}', '{code}', now(), now()
);
insert into oauth.authorization_codes (
  code_hash, client_id, person_id, redirect_uri, resource, scope, code_challenge, expires_at
)
select sha256(code::bytea), 'https://k.test/client.json', '00000000-0000-4000-8000-00000000000a', 'https://k.test/callback',
  'https://rs.test/mcp', '{product:read}', repeat('a', 43), now() + interval '1 minute'
from unnest('{by key,by nothing}'::text[]) as code;

create function pg_temp.proof(p_jti text) returns oauth.client_proof language sql as $$
  select row(
    'https://k.test/client.json', null, case when p_jti is not null then '{"kid": "1"}'::jsonb end, sha256(p_jti::bytea),
    case when p_jti is not null then now() + interval '1 minute' end
  )::oauth.client_proof;
$$;
create function pg_temp.redeem(p_code text, p_jti text) returns text language sql as $$
  select oauth.redeem_authorization_code(
    p_code_hash => sha256(p_code::bytea), p_client => pg_temp.proof(p_jti), p_redirect_uri => 'https://k.test/callback',
    p_code_challenge => repeat('a', 43), p_resource => null, p_replay_seconds => 10, p_jti => rpad(p_code, 22, '_'),
    p_access_token_seconds => 900, p_refresh_token_hash => sha256(('refresh ' || p_code)::bytea),
    p_refresh_token_seconds => 3600
  ) ->> 'outcome';
$$;
create function pg_temp.rotate(p_token text, p_jti text) returns text language sql as $$
  select oauth.rotate_refresh_token(
    p_token_hash => sha256(p_token::bytea), p_client => pg_temp.proof(p_jti), p_resource => null, p_scope => null,
    p_successor_hash => sha256(('next ' || p_token)::bytea), p_sealed_successor => 'sealed',
    p_refresh_token_seconds => 3600, p_replay_seconds => 30,
    p_jti => left(md5(p_token || coalesce(p_jti, '')), 22), p_access_token_seconds => 900,
    p_wait_seconds => null
  ) ->> 'outcome';
$$;
create function pg_temp.client_proves_itself_by(p_method text) returns void language sql as $$
  update oauth.clients
  set token_endpoint_auth_method = p_method,
      jwks = case when p_method = 'private_key_jwt' then '[{"kid": "1"}]'::jsonb end;
$$;

select is(pg_temp.redeem('by key', null), 'client_changed', 'a client with a key must use it');
select is(pg_temp.redeem('by key', 'jti 1'), 'redeemed', 'a code is redeemed with a key');
select is(pg_temp.rotate('refresh by key', 'jti 1'), 'assertion_replayed', 'the same assertion refreshes nothing');
select is(pg_temp.rotate('refresh by key', 'jti 2'), 'rotated', 'and nothing was consumed: a new one does');

select pg_temp.client_proves_itself_by('none');
select is(pg_temp.rotate('next refresh by key', null), 'key_required', 'a document that gives up its key refreshes nothing that a key began');
select is(pg_temp.redeem('by nothing', null), 'redeemed', 'what it begins now needs none');
select is(pg_temp.rotate('refresh by nothing', null), 'rotated', 'and refreshes without');

select pg_temp.client_proves_itself_by('private_key_jwt');
select is(pg_temp.rotate('next refresh by nothing', 'jti 3'), 'rotated', 'a client that has moved to a key refreshes what it began without');
select is(pg_temp.rotate('next refresh by key', 'jti 4'), 'rotated', 'and what it had begun with one: key_required consumed nothing');

select pg_temp.client_proves_itself_by('none');
select is(pg_temp.rotate('next next refresh by nothing', null), 'key_required', 'from then on nothing less refreshes it');
select is((select bool_and(revoked_at is null) from oauth.token_families), true, 'none of this revoked anything');

select * from finish();
rollback;
