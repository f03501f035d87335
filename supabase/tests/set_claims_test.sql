-- oauth.set_claims: what schema access reads in the rest of a transaction, and nobody but this schema sets.

begin;
select plan(4);

select oauth.set_claims('00000000-0000-4000-8000-00000000000a', 'client', '{a:read,b:write}', 'https://rs.test/mcp', '[{"type": "t"}]');
select is(
  current_setting('request.jwt.claims')::jsonb,
  '{"sub": "00000000-0000-4000-8000-00000000000a", "client_id": "client", "scope": "a:read b:write",
    "resource": "https://rs.test/mcp", "authorization_details": [{"type": "t"}]}',
  'they are set'
);
select oauth.set_claims(null, 'client', '{}', 'https://rs.test/mcp', '[]');
select is(access.person_id(), null, 'a client in its own name is nobody');
select is(access.has_scope('a:read'), false, 'and without a scope may nothing');
select is(
  (
    select count(*)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.set_claims'::regproc and grantee <> proowner
  ),
  0::bigint,
  'nobody else may execute it'
);

select * from finish();
rollback;
