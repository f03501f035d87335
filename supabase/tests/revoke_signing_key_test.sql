-- oauth.revoke_signing_key: the operator's answer to a private key that leaked. At once, and somebody always signs.

begin;
select plan(19);

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
create function pg_temp.keys() returns table (kid text, state text) language sql as $$
  select kid, oauth.signing_key_state(key, clock_timestamp()) from oauth.signing_keys as key order by 1;
$$;
insert into oauth.resources (identifier, name, scopes, default_scope) values ('https://rs.test/mcp', 'Test', '[]', '{a:read}');
insert into oauth.clients (id, origin, name, token_endpoint_auth_method, redirect_uris, grant_types, response_types)
values ('client_a', 'registered', 'A', 'none', '{}', '{}', '{code}');
create function pg_temp.issue(p_jti text, p_kid text) returns void language sql as $$
  insert into oauth.access_tokens (jti, client_id, kid, resource, scope, expires_at)
  values (rpad(p_jti, 22, '_'), 'client_a', p_kid, 'https://rs.test/mcp', '{a:read}', now() + interval '15 minutes');
$$;
create function pg_temp.alive() returns text[] language sql as $$
  select array(
    select rtrim(jti, '_') from oauth.access_tokens
    where oauth.access_token_is_live(p_jti => jti, p_resource => resource)
    order by jti
  );
$$;

select pg_temp.lay('old', '-2 days', '-1 day');
select pg_temp.lay('one', '-1 day', '90 days');
select pg_temp.lay('two', '90 days');
select pg_temp.issue('of old', 'old'), pg_temp.issue('of one', 'one');

select is(oauth.revoke_signing_key('unknown'), '{"outcome": "unknown"}', 'what is not there is not revoked');
select is(pg_temp.alive(), '{of old,of one}', 'and nothing changes');

select is(oauth.revoke_signing_key('one'), '{"outcome": "revoked", "active": "two"}', 'the next takes over at once');
select results_eq(
  'select * from pg_temp.keys()', $$ values ('old', 'retiring'), ('one', 'revoked'), ('two', 'active') $$,
  'ninety days early'
);
select is(pg_temp.alive(), '{of old}', 'every token of the revoked key is dead, no other');
select is(oauth.assign_signing_kid(), 'two', 'new ones are recorded with the key that took over');
select is(oauth.list_verification_keys(), '[{"x": "two"}, {"x": "old"}]', 'it is not published any more');
select pg_temp.issue('late', 'one');
select is(pg_temp.alive(), '{of old}', 'a token whose transaction ended later is as dead');

create temp table before as select * from oauth.signing_keys;
select is(oauth.revoke_signing_key('one'), '{"outcome": "revoked", "active": "two"}', 'revoking it again');
select results_eq('table oauth.signing_keys', 'table before', 'changes nothing');

select results_eq(
  'select event, details from oauth.audit_events where occurred_at >= now()', $$ values ('signing_key_revoked', '{"name": "one"}'::jsonb) $$,
  'the audit trail tells it once'
);
select oauth.create_signing_key('three', '{}', 'sealed', 'test', 90);
select is(oauth.revoke_signing_key('three'), '{"outcome": "revoked", "active": "two"}', 'the next may be revoked');
select is(
  (select signs_until from oauth.signing_keys where kid = 'two'), null, 'then the one that signs goes on'
);
select is(
  oauth.create_signing_key('four', '{}', 'sealed', 'test', 90) ->> 'outcome', 'created', 'until another follows'
);
select is(oauth.revoke_signing_key('old'), '{"outcome": "revoked", "active": "two"}', 'one that signs no more may be revoked');
select is(pg_temp.alive(), '{}', 'and its tokens die');

select oauth.revoke_signing_key('four');
select is(
  oauth.revoke_signing_key('two'), '{"outcome": "revoked", "active": null}', 'the last may be revoked: then none signs'
);
select oauth.create_signing_key('five', '{}', 'sealed', 'test', 90);
select is(oauth.assign_signing_kid(), 'five', 'until one is made, which signs at once');

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.revoke_signing_key'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
