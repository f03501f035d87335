-- oauth.revoke_registration_token: the operator ends a token by the name that it was given.

begin;
select plan(6);

create temp table made as
select name, oauth.create_registration_token(p_name => name, p_lifetime => '1 day', p_most_uses => 5) as token
from unnest(array['one', 'two']) as name;

select is(oauth.revoke_registration_token('three'), false, 'none of this name');
select is(oauth.revoke_registration_token('one'), true, 'it is ended');
create temp table before as select * from oauth.registration_tokens;
select is(oauth.revoke_registration_token('one'), false, 'once');
select results_eq(
  'select * from oauth.registration_tokens order by name', 'select * from before order by name', 'the first time stays'
);
select results_eq(
  $$ select name, oauth.redeem_registration_token(sha256(token::bytea)) from made order by name $$,
  $$ values ('one', 'token_revoked'), ('two', 'token_redeemed') $$,
  'and only this one'
);

select is(
  (
    select array_agg(grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.revoke_registration_token'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
