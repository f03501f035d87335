-- oauth.redeem_registration_token: one use of a token, within its time and its bound. That the bound holds when many come
-- at once is in the store contract and in attack 13.

begin;
select plan(11);

create temp table made as
select name, sha256(oauth.create_registration_token(p_name => name, p_lifetime => '1 day', p_most_uses => uses)::bytea) as hash
from (values ('twice', 2), ('old', 2), ('revoked', 2), ('revoked later', 1)) as token (name, uses);
update oauth.registration_tokens
set created_at = created_at - interval '1 day', expires_at = expires_at - interval '1 day'
where name = 'old';
select oauth.revoke_registration_token('revoked');

create function pg_temp.redeem(p_name text) returns text language sql as $$
  select oauth.redeem_registration_token(p_token_hash => hash) from made where name = p_name;
$$;
create function pg_temp.uses() returns jsonb language sql as $$
  select jsonb_object_agg(name, uses) from oauth.registration_tokens;
$$;

select is(oauth.redeem_registration_token(sha256('unknown')), 'token_unknown', 'an unknown token');
select is(oauth.redeem_registration_token(null), 'token_unknown', 'no token');
select is(pg_temp.redeem('old'), 'token_expired', 'an expired one');
select is(pg_temp.redeem('revoked'), 'token_revoked', 'a revoked one');
select is(
  pg_temp.uses(), '{"twice": 0, "old": 0, "revoked": 0, "revoked later": 0}', 'no refusal counts'
);
select is(pg_temp.redeem('twice'), 'token_redeemed', 'a good one');
select is(pg_temp.redeem('twice'), 'token_redeemed', 'again, as it may');
select is(pg_temp.redeem('twice'), 'token_used_up', 'and no more');
select is(
  pg_temp.uses(), '{"twice": 2, "old": 0, "revoked": 0, "revoked later": 0}', 'each use is counted, of this one only'
);
select pg_temp.redeem('revoked later');
select oauth.revoke_registration_token('revoked later');
select is(pg_temp.redeem('revoked later'), 'token_revoked', 'whoever revoked one may know it, used up or not');

select is(
  (
    select array_agg(grantee::regrole::text)
    from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where pg_proc.oid = 'oauth.redeem_registration_token'::regproc and grantee <> proowner
  ),
  null,
  'only its owner may execute it'
);

select * from finish();
rollback;
