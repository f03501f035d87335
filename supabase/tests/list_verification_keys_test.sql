-- oauth.list_verification_keys: all that a resource server needs (RFC 7517 §5), and nothing that it must not have.

begin;
select plan(3);

delete from oauth.signing_keys;
select is(oauth.list_verification_keys(), '[]', 'without keys it is an empty list, not null');

insert into oauth.secret_checks (secret_id, check_value) values ('pgtap', sha256('check'));
insert into oauth.signing_keys (kid, public_jwk, sealed_private_key, secret_id, created_at, retired_at) values
  ('older', '{"x": "older"}', 'sealed older', 'pgtap', now() - interval '2 days', null),
  ('youngest', '{"x": "youngest"}', 'sealed youngest', 'pgtap', now() - interval '1 day', null),
  ('retired', '{"x": "retired"}', 'sealed retired', 'pgtap', now(), now());
select is(
  oauth.list_verification_keys(),
  '[{"x": "youngest"}, {"x": "older"}]',
  'public parts only, the youngest first, no retired one'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.list_verification_keys'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
