-- oauth.purge_registration_tokens: tokens past their time. A revoked one stays until then: its name says what it was.

begin;
select plan(5);

insert into oauth.registration_tokens (token_hash, name, most_uses, uses, created_at, expires_at, revoked_at)
select sha256(name::bytea), name, 1, uses, now() - interval '30 days', now() + left_over::interval, revoked::timestamptz
from (
  values
    ('live', 0, '1 minute', null),
    ('used up', 1, '1 minute', null),
    ('revoked', 0, '1 minute', now()::text),
    ('old', 0, '-1 second', null),
    ('old and revoked', 0, '-20 days', now()::text)
) as token (name, uses, left_over, revoked);

select is(oauth.purge_registration_tokens(1), 1::bigint, 'it takes no more than it may');
select is(oauth.purge_registration_tokens(100), 1::bigint, 'the next run takes the rest');
select is(oauth.purge_registration_tokens(100), 0::bigint, 'then there is nothing left to do');
select bag_eq(
  $$ select name from oauth.registration_tokens $$,
  $$ values ('live'), ('used up'), ('revoked') $$,
  'what is not past its time stays'
);

select is(
  (
    select array_agg(grantee::regrole::text order by grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.purge_registration_tokens'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
