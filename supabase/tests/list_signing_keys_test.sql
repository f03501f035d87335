-- oauth.list_signing_keys: the keys in use with their sealed private parts, the one that signs first.

begin;
select plan(3);

delete from oauth.signing_keys;
select is(oauth.list_signing_keys(), '[]', 'without keys it is an empty list, not null');

insert into oauth.secret_checks (secret_id, check_value) values ('pgtap', sha256('check'));
insert into oauth.signing_keys (kid, public_jwk, sealed_private_key, secret_id, created_at, retired_at) values
  ('older', '{"x": "older"}', 'sealed older', 'pgtap', now() - interval '2 days', null),
  ('youngest', '{"x": "youngest"}', 'sealed youngest', 'pgtap', now() - interval '1 day', null),
  ('retired', '{"x": "retired"}', 'sealed retired', 'pgtap', now(), now());
select is(
  oauth.list_signing_keys(),
  '[
    {"kid": "youngest", "public_jwk": {"x": "youngest"}, "sealed_private_key": "sealed youngest"},
    {"kid": "older", "public_jwk": {"x": "older"}, "sealed_private_key": "sealed older"}
  ]',
  'the youngest first, no retired one'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.list_signing_keys'::regproc and grantee <> proowner
  ),
  '{sekisho_oauth}',
  'only sekisho_oauth may execute it'
);

select * from finish();
rollback;
