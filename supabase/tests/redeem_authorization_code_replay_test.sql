-- oauth.redeem_authorization_code, second uses: always denied. They revoke only for whoever could have made the first
-- use, and only after a pause that no double submit takes (RFC 6749 §4.1.2, RFC 9700 §2.1.1).

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
insert into oauth.authorization_codes (
  code_hash, client_id, person_id, redirect_uri, resource, scope, code_challenge, expires_at
)
select sha256(name::bytea), 'client_a', '00000000-0000-4000-8000-00000000000a', 'https://a.test/callback',
  'https://rs.test/mcp', '{product:read}', repeat('a', 43), now() + interval '1 minute'
from unnest(array['code', 'strict', 'orphan', 'bystander']) as name;

create function pg_temp.redeem(
  p_code text default 'code',
  p_client text default 'client_a',
  p_redirect_uri text default 'https://a.test/callback',
  p_challenge text default repeat('a', 43),
  p_replay_seconds integer default 10,
  p_jti text default 'second'
)
returns text
language sql
as $$
  select oauth.redeem_authorization_code(
    p_code_hash => sha256(convert_to(p_code, 'UTF8')),
    p_client => row(
      p_client, case when p_client = 'client_b' then sha256('secret') end, null, null, null
    )::oauth.client_proof,
    p_redirect_uri => p_redirect_uri,
    p_code_challenge => p_challenge,
    p_resource => 'https://rs.test/mcp',
    p_replay_seconds => p_replay_seconds,
    p_jti => rpad(p_jti || ' of ' || p_code, 22, '_'),
    p_access_token_seconds => 900,
    p_refresh_token_hash => sha256(convert_to(p_jti || p_code, 'UTF8')),
    p_refresh_token_seconds => 2592000
  ) ->> 'outcome';
$$;
create function pg_temp.state() returns jsonb language sql as $$
  select jsonb_build_object(
    'codes', (select jsonb_agg(to_jsonb(code) order by code_hash) from oauth.authorization_codes as code),
    'families', (select jsonb_agg(to_jsonb(family) order by id) from oauth.token_families as family),
    'access', (select jsonb_agg(to_jsonb(token) order by jti) from oauth.access_tokens as token),
    'refresh', (select jsonb_agg(to_jsonb(token) order by token_hash) from oauth.refresh_tokens as token)
  );
$$;
create function pg_temp.revoked() returns text[] language sql as $$
  select array(
    select rtrim(token.jti, '_') || ': ' || family.revoked_because
    from oauth.token_families as family
    join oauth.access_tokens as token on token.family_id = family.id
    where family.revoked_at is not null
    order by token.jti
  );
$$;

select is(pg_temp.redeem(p_jti => 'first'), 'redeemed', 'the first use');
select is(pg_temp.redeem('bystander', p_jti => 'first'), 'redeemed', 'and that of another code');

-- Within the grace time.
create temp table before as select pg_temp.state() as state;
select is(pg_temp.redeem(), 'replayed', 'a second use is denied');
select is(pg_temp.redeem(), 'replayed', 'however often');
select is(pg_temp.state(), (select state from before), 'at once it changes nothing: a client''s double submit');

-- After it, by someone who could not have made the first use.
update oauth.authorization_codes set used_at = used_at - interval '9 seconds' where code_hash = sha256('code');
select is(pg_temp.redeem(), 'replayed', 'nine seconds later it still changes nothing');
update oauth.authorization_codes set used_at = used_at - interval '2 seconds' where code_hash = sha256('code');
create temp table later as select pg_temp.state() as state;
select is(pg_temp.redeem(p_client => 'client_b'), 'client_mismatch', 'a stolen code at another client');
select is(pg_temp.redeem(p_redirect_uri => 'https://b.test'), 'redirect_uri_mismatch', 'with another redirect URI');
select is(pg_temp.redeem(p_challenge => repeat('b', 43)), 'verifier_mismatch', 'or without its verifier');
select is(pg_temp.state(), (select state from later), 'does not hurt its owner');

-- After it, with everything: either the first or this one is a thief.
update oauth.authorization_codes set expires_at = now() - interval '1 hour' where code_hash = sha256('code');
select is(pg_temp.redeem(), 'replayed_and_revoked', 'eleven seconds later it revokes, even if the code is too old by then');
select is(
  pg_temp.revoked(), '{"first of code: authorization code replayed"}', 'what the first use issued, and nothing else'
);
select is(
  oauth.access_token_is_live(rpad('first of code', 22, '_'), 'https://rs.test/mcp'), false, 'its access token is dead'
);
select is(
  oauth.access_token_is_live(rpad('first of bystander', 22, '_'), 'https://rs.test/mcp'), true, 'another one lives'
);
create temp table revoked as select pg_temp.state() as state;
select is(pg_temp.redeem(), 'replayed_and_revoked', 'a third use is denied as well');
select is(pg_temp.state(), (select state from revoked), 'and changes neither time nor reason');
select is(
  (select count(*) from oauth.access_tokens where jti like 'second%'), 0::bigint, 'no second use issued anything'
);

-- Grace 0 is strict.
select is(pg_temp.redeem('strict', p_jti => 'first'), 'redeemed', 'a first use under strict rules');
select is(pg_temp.redeem('strict', p_replay_seconds => 0), 'replayed_and_revoked', 'without a grace time it revokes at once');

-- The family may be gone before the code.
select is(pg_temp.redeem('orphan', p_jti => 'first'), 'redeemed', 'a first use whose family will be gone');
delete from oauth.token_families
where id = (select family_id from oauth.authorization_codes where code_hash = sha256('orphan'));
select is(
  pg_temp.redeem('orphan', p_replay_seconds => 0), 'replayed_and_revoked', 'a code without its family stays used'
);

select * from finish();
rollback;
