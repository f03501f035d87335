-- oauth.purge_signing_keys: a key stays published until the last token that it signed has expired.

begin;
select plan(8);

delete from oauth.signing_keys;
-- As signing_key_state names them; times are relative to now.
create function pg_temp.lay(p_kid text, p_from interval, p_until interval default null, p_revoked interval default null)
returns void
language sql
as $$
  insert into oauth.signing_keys (
    kid, public_jwk, sealed_private_key, secret_id, created_at, signs_from, signs_until, revoked_at
  )
  values (
    p_kid, jsonb_build_object('x', p_kid), 'sealed ' || p_kid, 'test', now() - interval '1 year', now() + p_from,
    now() + p_until, now() + p_revoked
  );
$$;
create function pg_temp.kids() returns text[] language sql as $$
  select array(select kid from oauth.signing_keys order by kid);
$$;
insert into oauth.resources (identifier, name, scopes, default_scope) values ('https://rs.test/mcp', 'Test', '[]', '{a:read}');
insert into oauth.clients (id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types)
values ('client_a', 'registered', 'A', 'none', '{}', '{}', '{code}');

select pg_temp.lay('a active', '-59 seconds', '1 day');
select pg_temp.lay('b next', '1 day');
select pg_temp.lay('c just replaced', '-2 hours', '-59 seconds');
select pg_temp.lay('d needed', '-4 hours', '-3 hours');
select pg_temp.lay('e over', '-5 hours', '-4 hours');
select pg_temp.lay('f also over', '-6 hours', '-5 hours');
select pg_temp.lay('g revoked', '-7 hours', '-6 hours', '-23 hours');
select pg_temp.lay('h long revoked', '-7 hours', '-6 hours', '-25 hours');
insert into oauth.access_tokens (jti, client_id, kid, resource, scope, expires_at) values
  (rpad('alive', 22, '_'), 'client_a', 'd needed', 'https://rs.test/mcp', '{a:read}', now() + interval '1 minute'),
  (rpad('expired', 22, '_'), 'client_a', 'e over', 'https://rs.test/mcp', '{a:read}', now() - interval '1 minute');

select is(oauth.purge_signing_keys(0), 0::bigint, 'no more than it may');
select is(oauth.purge_signing_keys(1), 1::bigint, 'one when it may one');
select is(oauth.purge_signing_keys(10), 2::bigint, 'then the others that are over');
select is(pg_temp.kids(), '{a active,b next,c just replaced,d needed,g revoked}', 'and nothing that is needed');
update oauth.access_tokens set expires_at = now();
select is(oauth.purge_signing_keys(10), 1::bigint, 'with its last token a key goes');
select is(pg_temp.kids(), '{a active,b next,c just replaced,g revoked}', 'and none that still signs, or did a moment ago');
select is(oauth.purge_signing_keys(10), 0::bigint, 'then there is nothing to do');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_signing_keys'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
